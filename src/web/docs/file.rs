//! `GET /static/{file}`.

use super::fixed::{self, CHECKED, FOR_GOOD};
use crate::web::assets::{self, Kept};
use crate::web::call::Call;
use crate::web::code::Code;
use crate::web::problem::Problem;
use axum::response::Response;

/// What stands before a file's name in a path.
const PREFIX: &str = "/static/";

/// Answers a file that pages use.
pub(in crate::web) fn show_file(call: &Call<'_>) -> Result<Response, Problem> {
    let wanted = call.parts.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let asset = assets::find(wanted)
        .ok_or_else(|| Problem::new(Code::NotFound, "there is no such file; hint: reload the page"))?;
    let kept = match asset.kept {
        Kept::ForGood => FOR_GOOD,
        Kept::Checked => CHECKED,
    };
    Ok(fixed::answer(call, asset.media, &asset.content, kept))
}
