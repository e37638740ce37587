//! Making the first owner by the one-time link.

use crate::console::form;
use crate::console::frame::{Files, page, see_other};
use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{Handler, Route, Who, handler};
use crate::services::operators::LinkRefusal;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/setup.html")]
struct SetupPage {
    files: Files,
    link: String,
    name: String,
    opens: bool,
    fault: Option<String>,
}

/// Shows where the first owner is made; gone once there is one.
pub(super) fn show_setup(call: &Call<'_>) -> Result<Response, Problem> {
    let first_run = &call.services()?.first_run;
    let query = Parameters::read(call.query(), &["link"]);
    let link = query.text("link").unwrap_or_default().to_owned();
    let opens = match first_run.check(&link) {
        Ok(()) => true,
        Err(LinkRefusal::Done) => return Err(done()),
        Err(_) => false,
    };
    let (files, name, fault) = (Files::new(), "owner".to_owned(), None);
    page(StatusCode::OK, &SetupPage { files, link, name, opens, fault })
}

pub(super) async fn set_up(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["link", "name", "password", "again"]).await?;
    let first_run = &call.services()?.first_run;
    let (link, name) = (form.text("link").to_owned(), form.trimmed("name").to_owned());
    let (fault, opens) = if form.text("password") == form.text("again") {
        match first_run.complete(&link, &name, &form.secret("password")).await {
            Ok(()) => return Ok(see_other("/login")),
            Err(LinkRefusal::Done) => return Err(done()),
            Err(refusal) => (refusal.to_string(), refusal != LinkRefusal::Wrong),
        }
    } else {
        ("the two passwords differ; hint: type the same one twice".to_owned(), true)
    };
    let shown = SetupPage { files: Files::new(), link, name, opens, fault: Some(fault) };
    page(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

fn done() -> Problem {
    Problem::new(
        Code::NotFound,
        "there is nothing here any more: the first owner was made; hint: sign in at /login",
    )
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/setup", Who::Anyone, Handler::Now(show_setup)),
    Route::form("/setup", Who::Anyone, handler!(set_up)),
];
