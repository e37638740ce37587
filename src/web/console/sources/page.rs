//! Every page and form of sources.

use crate::web::call::Call;
use crate::web::console::sources::{create, list, one};
use crate::web::problem::Problem;
use axum::body::Body;
use axum::response::Response;

/// A page of sources, or what a form is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourcePage {
    /// The list.
    List,
    /// The form for a new one.
    New,
    /// Makes one.
    Create,
    /// One of them.
    One,
    /// Changes one.
    Change,
    /// Gives one a new secret.
    Rotate,
    /// Deletes one.
    Delete,
}

/// Answers a page or form.
pub(in crate::web::console) async fn answer(
    page: SourcePage,
    call: &Call<'_>,
    body: &mut Body,
) -> Result<Response, Problem> {
    match page {
        SourcePage::List => list::show_sources(call),
        SourcePage::New => create::show_form(call),
        SourcePage::Create => create::create_source(call, body).await,
        SourcePage::One => one::show_source(call),
        SourcePage::Change => one::change_source(call, body).await,
        SourcePage::Rotate => one::rotate_source(call, body).await,
        SourcePage::Delete => one::delete_source(call, body).await,
    }
}
