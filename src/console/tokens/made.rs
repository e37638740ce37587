//! A token's text, shown once, with what can be done with it.

use crate::console::frame::{Frame, Section, page};
use crate::console::snippets::{Snippet, Target, with_token};
use crate::console::tokens::view::TokenView;
use crate::domain::ids::SYSTEM_TENANT;
use crate::domain::token::Token;
use crate::http::call::Call;
use crate::http::problem::Problem;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/token-made.html")]
struct MadePage {
    frame: Frame,
    token: TokenView,
    text: String,
    authority: Option<Snippet>,
    snippets: Vec<Snippet>,
}

/// Shows the text of a token that was made or rotated just now.
pub(super) fn show_made(call: &Call<'_>, token: &Token, text: String) -> Result<Response, Problem> {
    let view = TokenView::new(call.services()?, token, call.edge.clock.now());
    let target = Target::of(call);
    let shown = MadePage {
        frame: Frame::new(call, Section::Tokens, "The token's text"),
        authority: target.authority(),
        snippets: with_token(&target, &text, token.scopes, token.tenant == SYSTEM_TENANT),
        token: view,
        text,
    };
    page(StatusCode::OK, &shown)
}
