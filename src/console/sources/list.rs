//! The list of sources.

use crate::console::frame::{Frame, Section, page};
use crate::console::listed::{Asked, offered_tenants};
use crate::console::sources::view::SourceView;
use crate::domain::permission::Permission;
use crate::http::call::Call;
use crate::http::portion::Portion;
use crate::http::problem::Problem;
use crate::services::sources::Registered;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

/// Where the page is.
const ADDRESS: &str = "/console/sources";

#[derive(Template)]
#[template(path = "console/sources.html")]
struct SourcesPage {
    frame: Frame,
    asked: Asked,
    tenants: Vec<String>,
    /// The tenant asked for is not there.
    fault: Option<&'static str>,
    sources: Vec<SourceView>,
    before: Option<String>,
    after: Option<String>,
}

/// Shows the list.
pub(super) fn show_sources(call: &Call<'_>) -> Result<Response, Problem> {
    let (services, now, asked) = (call.services()?, call.edge.clock.now(), Asked::read(call));
    let tenant = Some(asked.tenant.as_str()).filter(|slug| !slug.is_empty());
    let listed = services.sources.list(tenant);
    let fault = listed.is_err().then_some("There is no such tenant.");
    let mut found = listed.unwrap_or_default();
    found.retain(|one| asked.finds(&[one.source.name.as_str(), one.source.scheme.as_str()]));
    let portion = Portion::of(found, &asked.bounds, Registered::key);
    let (before, after) = asked.ways(ADDRESS, &portion);
    let shown = SourcesPage {
        frame: Frame::new(call, Section::Sources, "Sources"),
        tenants: offered_tenants(services),
        fault,
        sources: portion.things.iter().map(|source| SourceView::new(services, source, now)).collect(),
        before,
        after,
        asked,
    };
    page(StatusCode::OK, &shown)
}

impl SourcesPage {
    fn may_change(&self) -> bool {
        self.frame.may(Permission::Change)
    }
}
