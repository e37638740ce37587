//! Help: first steps, how to send, what answers mean, where to look. It needs no network but the appliance's.

use crate::console::examples::{Example, examples};
use crate::console::frame::{Frame, Section, page};
use crate::console::snippets::Target;
use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::route::{Handler, Route, SEE};
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/help.html")]
struct HelpPage {
    frame: Frame,
    place: String,
    /// Whether clients need `ca.pem`.
    needs_authority: bool,
    examples: Vec<Example>,
    /// How long keys are remembered: those that were sent, those made of the content.
    retention: String,
    auto_window: String,
    body_bytes_max: String,
    codes: &'static [Code],
}

pub(super) fn show_help(call: &Call<'_>) -> Result<Response, Problem> {
    let target = Target::of(call);
    let shown = HelpPage {
        frame: Frame::new(call, Section::Help, "Help"),
        examples: examples(&target),
        place: target.address,
        needs_authority: target.needs_authority,
        retention: call.options.key_retention.clone(),
        auto_window: call.options.auto_key_window.clone(),
        body_bytes_max: crate::console::words::bytes(call.options.body_bytes_max as u64),
        codes: Code::ALL,
    };
    page(StatusCode::OK, &shown)
}

pub(super) static ROUTES: &[Route] = &[Route::page("/console/help", SEE, Handler::Now(show_help))];
