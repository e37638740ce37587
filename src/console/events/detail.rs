//! One event: what it says, its payload to look at or to keep, its neighbours.

use crate::console::address::{own_address, with_query};
use crate::console::events::facts::{EventView, Memory};
use crate::console::events::row::address;
use crate::console::frame::{Frame, Section, page};
use crate::console::words::grouped;
use crate::domain::cursor::Cursor;
use crate::domain::ids::Seq;
use crate::domain::leaf::Leaf;
use crate::domain::patience::Patience;
use crate::domain::tenant::Tenant;
use crate::http::call::{self, Call};
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::services::reading::{Order, Page, Query, ReadError, Reading, StoredEvent};
use askama::Template;
use axum::response::Response;
use data_encoding::HEXLOWER;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use http::{HeaderValue, StatusCode};
use std::sync::Arc;

/// What stands before the number in the path.
const PREFIX: &str = "/console/events/";

#[derive(Template)]
#[template(path = "console/event.html")]
struct EventPage {
    frame: Frame,
    tenant: String,
    seq: u64,
    event: EventView,
    leaf: LeafView,
    /// Addresses of the tenant's events before and behind.
    older: Option<String>,
    newer: Option<String>,
    list: String,
    payload: String,
    /// A command that reads the event.
    command: String,
}

/// What of the event is hashed into the ledger's tree.
struct LeafView {
    epoch: u32,
    hash: String,
    attributes: String,
    payload: String,
}

impl LeafView {
    fn new(leaf: &Leaf) -> Self {
        Self {
            epoch: leaf.epoch.0,
            hash: HEXLOWER.encode(&leaf.hash()),
            attributes: HEXLOWER.encode(&leaf.attributes_digest),
            payload: HEXLOWER.encode(&leaf.payload_digest),
        }
    }
}

pub(in crate::console) async fn show_event(call: &Call<'_>) -> Result<Response, Problem> {
    let (tenant, seq) = named(call)?;
    let services = call.services()?;
    let (ingest, now, of) = (services.ingest.clone(), call.edge.clock.now(), Arc::clone(&tenant));
    let look = move |event| Ok(EventView::new(&event, ingest.key_memory(&of, &event), now));
    let event = services.reading.find(&tenant, seq, look).await?;
    let slug = tenant.slug.as_str();
    let shown = EventPage {
        frame: Frame::new(call, Section::Events, format!("Event {}", grouped(seq.0))),
        older: neighbour(&services.reading, &tenant, seq, Order::Descending).await?,
        newer: neighbour(&services.reading, &tenant, seq, Order::Ascending).await?,
        list: with_query("/console/events", [("tenant", slug)]),
        payload: with_query(&format!("{PREFIX}{seq}/payload"), [("tenant", slug)]),
        command: format!(
            "curl --cacert ca.pem -H 'Authorization: Bearer TOKEN' -H 'X-Tenant-Id: {slug}' \\\n  {}/v1/events/{seq}",
            own_address(call)
        ),
        leaf: LeafView::new(&services.reading.leaf(&tenant, seq).await?),
        tenant: slug.to_owned(),
        seq: seq.0,
        event,
    };
    page(StatusCode::OK, &shown)
}

/// Finds out whose event is asked for, and which, by query and path.
fn named(call: &Call<'_>) -> Result<(Arc<Tenant>, Seq), Problem> {
    let seq = Seq::parse(call.param("seq")).ok_or(ReadError::NotFound)?;
    let parameters = Parameters::read(call.query(), &["tenant"]);
    let named = parameters.text("tenant").unwrap_or("default").to_owned();
    parameters.finish()?;
    Ok((call.services()?.tenants.find_any(&named)?, seq))
}

/// Returns where the tenant's event before or behind is. Where it lies too far away to be found at once, that is a list
/// that begins there.
async fn neighbour(
    reading: &Reading,
    tenant: &Tenant,
    seq: Seq,
    order: Order,
) -> Result<Option<String>, Problem> {
    let after = Some(Cursor { epoch: None, seq });
    let query = Query { after, limit: 1, order, patience: Patience::Page, ..Query::default() };
    let (slug, place) = (tenant.slug.as_str().to_owned(), order);
    let look = move |page: Page| {
        let found = page.events.first().map(|event| address(event.seq.0, &slug));
        let name = if place == Order::Descending { "after" } else { "before" };
        let further = page.next.map(|cursor| cursor.to_string());
        let list =
            |cursor: String| with_query("/console/events", [("tenant", slug.as_str()), (name, &cursor)]);
        Ok(found.or(further.map(list)))
    };
    Ok(reading.list(tenant, query, look).await?)
}

/// Endings of files by media type, for what people open elsewhere.
const ENDINGS: &[(&str, &str)] = &[
    ("application/json", "json"),
    ("text/plain", "txt"),
    ("text/csv", "csv"),
    ("application/xml", "xml"),
    ("text/xml", "xml"),
    ("application/pdf", "pdf"),
    ("image/png", "png"),
    ("image/jpeg", "jpg"),
];

/// Answers the payload byte for byte, as a download.
pub(in crate::console) async fn download_payload(call: &Call<'_>) -> Result<Response, Problem> {
    let (tenant, seq) = named(call)?;
    let answers = call.answers().with_room()?;
    let hold = move |event: StoredEvent| {
        Ok((ending(event.attributes.content_type.as_deref()), answers.hold(event.payload)?))
    };
    let (ending, payload) = call.services()?.reading.find(&tenant, seq, hold).await?;
    let mut response = call::answer(StatusCode::OK, "application/octet-stream", payload);
    let name = format!("attachment; filename=\"{}-event-{seq}.{ending}\"", tenant.slug);
    let name = HeaderValue::try_from(name).expect("slugs and digits are plain");
    let headers = response.headers_mut();
    headers.insert(CONTENT_DISPOSITION, name);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    Ok(call::uncached(response))
}

fn ending(content_type: Option<&str>) -> &'static str {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim_ascii();
    let known = ENDINGS.iter().find(|(media, _)| essence.eq_ignore_ascii_case(media));
    known.map_or("bin", |(_, ending)| ending)
}
