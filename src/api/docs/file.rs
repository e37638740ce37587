//! `GET /static/{file}`.

use super::fixed::{self, CHECKED, FOR_GOOD};
use crate::api::tags;
use crate::http::assets::{self, Kept};
use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::gate::Judged;
use crate::http::operation::{Answer, Carried, Content, Operation};
use crate::http::problem::Problem;
use crate::http::route::{Handler, Route, When, Who};
use crate::http::schemas::anything;
use axum::response::Response;

/// Answers a file that pages use.
pub(crate) fn show_file(call: &Call<'_>) -> Result<Response, Problem> {
    let wanted = call.param("file");
    let (asset, kept) = assets::find(wanted)
        .ok_or_else(|| Problem::new(Code::NotFound, "there is no such file; hint: reload the page"))?;
    let kept = match kept {
        Kept::ForGood => FOR_GOOD,
        Kept::Checked => CHECKED,
    };
    Ok(fixed::answer(call, asset.media, &asset.content, kept))
}

const CACHED: &[(&str, Carried)] = &[("ETag", Carried::Always), ("Cache-Control", Carried::Always)];

static STATIC_FILE: Operation = Operation::new(&tags::ABOUT, "showStaticFile", "Gives a file that pages use")
    .answer(Answer::of(200, "The file.", &[Content::of("*/*", anything)]).with(CACHED))
    .answer(Answer::empty(304, "What `If-None-Match` names is still the same.").with(CACHED))
    .refuses(&[Code::NotFound]);

/// The routes.
pub(crate) static ROUTES: &[Route] =
    &[Route::get("/static/{file}", Who::Anyone, Handler::Now(show_file), &STATIC_FILE)
        .when(When::Started)
        .judged(Judged::ByBlocks)];
