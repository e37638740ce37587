//! Every page and form of tenants.

use crate::web::call::Call;
use crate::web::console::tenants::{create, first_event, list, one};
use crate::web::problem::Problem;
use axum::body::Body;
use axum::response::Response;

/// A page of tenants, or what a form is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantPage {
    /// The list.
    List,
    /// The form for a new one.
    New,
    /// Makes one.
    Create,
    /// One of them.
    One,
    /// Changes its name and settings.
    Change,
    /// Suspends or activates it.
    SetStatus,
    /// Deletes it.
    Delete,
    /// The way to its first event.
    FirstEvent,
    /// Makes the token for it.
    FirstToken,
    /// Whether it has come, for the page that waits.
    FirstEventState,
}

/// Answers a page or form.
pub(in crate::web::console) async fn answer(
    page: TenantPage,
    call: &Call<'_>,
    body: &mut Body,
) -> Result<Response, Problem> {
    match page {
        TenantPage::List => list::show_tenants(call).await,
        TenantPage::New => create::show_form(call),
        TenantPage::Create => create::create_tenant(call, body).await,
        TenantPage::One => one::show_tenant(call).await,
        TenantPage::Change => one::change_tenant(call, body).await,
        TenantPage::SetStatus => one::set_status(call, body).await,
        TenantPage::Delete => one::delete_tenant(call, body).await,
        TenantPage::FirstEvent => first_event::show_first_event(call).await,
        TenantPage::FirstToken => first_event::make_token(call, body).await,
        TenantPage::FirstEventState => first_event::show_state(call).await,
    }
}
