//! Every page and form of tokens.

use crate::web::call::Call;
use crate::web::console::tokens::{create, list, one};
use crate::web::problem::Problem;
use axum::body::Body;
use axum::response::Response;

/// A page of tokens, or what a form is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPage {
    /// The list.
    List,
    /// The form for a new one.
    New,
    /// Makes one.
    Create,
    /// One of them.
    One,
    /// Gives one a new secret.
    Rotate,
    /// Revokes one.
    Revoke,
}

/// Answers a page or form.
pub(in crate::web::console) async fn answer(
    page: TokenPage,
    call: &Call<'_>,
    body: &mut Body,
) -> Result<Response, Problem> {
    match page {
        TokenPage::List => list::show_tokens(call),
        TokenPage::New => create::show_form(call),
        TokenPage::Create => create::create_token(call, body).await,
        TokenPage::One => one::show_token(call),
        TokenPage::Rotate => one::rotate_token(call, body).await,
        TokenPage::Revoke => one::revoke_token(call, body).await,
    }
}
