//! The way to a new tenant's first event: a token, a command to copy, and a page that waits until the event is there.

use crate::console::form::{self, REQUEST, fresh_key};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::snippets::{Snippet, Target};
use crate::console::tenants::lately::EventRow;
use crate::domain::cursor::Cursor;
use crate::domain::ids::SYSTEM_TENANT;
use crate::domain::permission::Permission;
use crate::domain::scope::Scope;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::services::reading::{Page, Query};
use crate::services::refusal::Refusal;
use crate::services::tokens::NewToken;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;

const TENANTS: &str = "/console/tenants/";

/// What the token is called that is made here, and so the source of the first event.
const TOKEN_NAME: &str = "first-steps";

/// What stands for a token's text that was not made on this page.
const PLACEHOLDER: &str = "mst_YOUR_TOKEN";

#[derive(Template)]
#[template(path = "console/first-event.html")]
struct FirstEventPage {
    frame: Frame,
    slug: String,
    /// Whether its requests are taken.
    is_active: bool,
    /// The text of the token that was made just now, and where the token is.
    token: Option<(String, String)>,
    request: String,
    command: String,
    authority: Option<Snippet>,
    event: Option<EventRow>,
    /// Where is asked whether the event has come, and the same for people.
    state: String,
    again: String,
}

impl FirstEventPage {
    fn may_change(&self) -> bool {
        self.frame.may(Permission::Change) && self.is_active
    }
}

/// Answers whether the event has come.
#[derive(Debug, Serialize)]
struct StateJson {
    /// `waiting` or `arrived`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<ArrivedJson>,
}

/// The event, for the page that waits.
#[derive(Debug, Serialize)]
struct ArrivedJson {
    seq: String,
    address: String,
    #[serde(rename = "type")]
    event_type: String,
    source: String,
}

fn tenant_of(call: &Call<'_>) -> Result<Arc<Tenant>, Problem> {
    let tenant = call.services()?.tenants.find(call.param("tenant"))?;
    if tenant.number == SYSTEM_TENANT {
        let detail =
            "events of tenant `system` are written by the appliance alone; hint: look at another tenant";
        return Err(Problem::new(Code::NotFound, detail));
    }
    Ok(tenant)
}

/// Returns the place in the ledger behind which the event is waited for; the beginning without.
fn after(call: &Call<'_>) -> Option<Cursor> {
    let query = Parameters::read(call.query(), &["after", "done"]);
    query.text("after").and_then(|text| Cursor::parse(text).ok())
}

/// Finds the tenant's first event behind a place.
async fn find(call: &Call<'_>, tenant: &Tenant, after: Option<Cursor>) -> Result<Option<EventRow>, Problem> {
    let now: Timestamp = call.edge.clock.now();
    let query = Query { after, limit: 1, ..Query::default() };
    let row = move |page: Page| Ok(page.events.first().map(|event| EventRow::new(event, now)));
    Ok(call.services()?.reading.list(tenant, query, row).await?)
}

/// Shows the way, and the event once it is there.
pub(super) async fn show_first_event(call: &Call<'_>) -> Result<Response, Problem> {
    let tenant = tenant_of(call)?;
    show(call, &tenant, after(call), None).await
}

async fn show(
    call: &Call<'_>,
    tenant: &Tenant,
    after: Option<Cursor>,
    token: Option<(String, String)>,
) -> Result<Response, Problem> {
    let (slug, target) = (tenant.slug.as_str(), Target::of(call));
    let behind = after.map(|cursor| format!("?after={cursor}")).unwrap_or_default();
    let shown = FirstEventPage {
        frame: Frame::new(call, Section::Tenants, format!("First event of {slug}")),
        slug: slug.to_owned(),
        is_active: tenant.status == TenantStatus::Active,
        request: fresh_key(call),
        command: target.first_event(token.as_ref().map_or(PLACEHOLDER, |(text, _)| text)),
        authority: target.authority(),
        token,
        event: find(call, tenant, after).await?,
        state: format!("{TENANTS}{slug}/first-event/state{behind}"),
        again: format!("{TENANTS}{slug}/first-event{behind}"),
    };
    page(StatusCode::OK, &shown)
}

/// Makes a token that sends and reads, and waits for what comes from now on.
pub(super) async fn make_token(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &[REQUEST]).await?;
    let (tenant, services) = (tenant_of(call)?, call.services()?);
    let scopes = [Scope::EventsWrite, Scope::EventsRead].into_iter().collect();
    let (slug, name) = (tenant.slug.to_string(), TOKEN_NAME.to_owned());
    let new = NewToken { tenant: slug, name, scopes, expires_in: None };
    let newest = services.reading.newest();
    match services.tokens.create(form.request(call)?, new).await {
        Ok((token, text)) => {
            let made = (text, format!("/console/{}", token.place()));
            show(call, &tenant, Some(newest), Some(made)).await
        }
        Err(Refusal::Repeated { .. }) => Ok(done(&format!("{TENANTS}{}/first-event", tenant.slug), "before")),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Tells the page that waits whether the event has come.
pub(super) async fn show_state(call: &Call<'_>) -> Result<Response, Problem> {
    let tenant = tenant_of(call)?;
    let event = find(call, &tenant, after(call)).await?.map(|row| ArrivedJson {
        seq: row.seq,
        address: row.address,
        event_type: row.event_type,
        source: row.source,
    });
    let state = if event.is_some() { "arrived" } else { "waiting" };
    Ok(call::uncached(call::json(StatusCode::OK, &StateJson { state, event })))
}
