//! What a tenant has done lately: requests, usage by day, events.

use crate::console::words::{Moment, grouped, milliseconds};
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::domain::usage::{Day, Totals};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::reading::{Order, Page, Query, ReadError, StoredEvent};
use std::time::{Duration, Instant};

/// Days of usage on a page: two weeks, to see the same day of the week before.
const DAYS: u32 = 14;

/// Events on a tenant's page; the explorer has the rest.
const EVENTS: usize = 8;

pub(super) struct Lately {
    /// Numbers of the last fifteen minutes, with their names.
    pub(super) figures: Vec<(&'static str, String)>,
    pub(super) days: Vec<(Day, Totals)>,
    pub(super) events: Vec<EventRow>,
}

pub(super) struct EventRow {
    pub(super) seq: String,
    pub(super) address: String,
    pub(super) event_type: String,
    pub(super) source: String,
    pub(super) received: Moment,
}

impl EventRow {
    pub(super) fn new(event: &StoredEvent, now: Timestamp) -> Self {
        Self {
            seq: grouped(event.seq.0),
            address: format!("/console/events/{}?tenant={}", event.seq, event.tenant),
            event_type: event.attributes.event_type.clone(),
            source: event.attributes.source.clone(),
            received: Moment::new(event.received_at, now),
        }
    }
}

/// Writes how long its requests took to be answered.
pub(super) fn took(used: &Totals) -> String {
    milliseconds(Duration::from_micros(used.micros))
}

pub(super) async fn lately(call: &Call<'_>, tenant: &Tenant) -> Result<Lately, Problem> {
    let (services, now) = (call.services()?, call.edge.clock.now());
    let (usage, number, today) = (services.usage.clone(), tenant.number, Day::of(now));
    let days = services.reading.beside(move || usage.of(number, today, DAYS)).await?;
    let days = days.map_err(|_failed| Problem::from(ReadError::Stopped))?;
    let query = Query { limit: EVENTS, order: Order::Descending, ..Query::default() };
    let rows = move |page: Page| Ok(page.events.iter().map(|event| EventRow::new(event, now)).collect());
    let events = services.reading.list(tenant, query, rows).await?;
    Ok(Lately { figures: figures(call, tenant), days, events })
}

fn figures(call: &Call<'_>, tenant: &Tenant) -> Vec<(&'static str, String)> {
    let overview = call.edge.metrics.summary().overview(Instant::now());
    let of = overview.tenants.iter().find(|one| one.tenant.as_deref() == Some(tenant.slug.as_str()));
    let Some(of) = of else { return vec![("Requests", grouped(0_u64))] };
    vec![
        ("Requests", grouped(of.counts.total)),
        ("Refused", grouped(of.counts.refused)),
        ("Failed", grouped(of.counts.errors)),
        ("Median time", format!("{:.2} ms", of.latency.p50_ms)),
        ("95 % within", format!("{:.2} ms", of.latency.p95_ms)),
    ]
}
