//! The list of a tenant's events, newest first.

use crate::console::address::own_address;
use crate::console::events::asked::Asked;
use crate::console::events::row::{Listed, Row};
use crate::console::events::search::{Taken, Unsearched, search};
use crate::console::form::Faults;
use crate::console::frame::{Frame, Section, page};
use crate::console::words::grouped;
use crate::domain::permission::Permission;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::http::assets;
use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::services::reading::{Page, ReadError};
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

/// The tenant whose events are shown first.
const DEFAULT_SLUG: &str = "default";

/// Most tenants that a page offers by name; of more it asks for the name. They take half of a page's 100 KiB.
const OFFERED_MAX: usize = 512;

#[derive(Template)]
#[template(path = "console/events.html")]
struct EventsPage {
    frame: Frame,
    tenant: String,
    /// None: too many.
    offered: Option<Vec<String>>,
    asked: Asked,
    /// What the search text was taken for.
    taken: Option<Taken>,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
    /// How far was looked where there may be more.
    looked_to: Option<String>,
    /// Where events are told as they come.
    tail: Option<String>,
    script: String,
    /// The appliance's own address.
    host: String,
    can_change: bool,
}

pub(in crate::console) async fn show_events(call: &Call<'_>) -> Result<Response, Problem> {
    let mut asked = Asked::read(call.query());
    let tenant = found_tenant(call, &mut asked)?;
    let mut status = if asked.faults().is_empty() { StatusCode::OK } else { Code::InvalidQuery.status() };
    let mut shown = EventsPage {
        frame: Frame::new(call, Section::Events, "Events"),
        tenant: asked.text("tenant").to_owned(),
        offered: offered(call)?,
        taken: None,
        rows: Vec::new(),
        newer: None,
        older: None,
        looked_to: None,
        tail: None,
        script: assets::address("tail.js"),
        host: own_address(call),
        can_change: call.signed_in().operator.role.may(Permission::Change),
        asked,
    };
    if let Some(tenant) = tenant.filter(|_| status == StatusCode::OK) {
        tenant.slug.as_str().clone_into(&mut shown.tenant);
        status = shown.fill(call, &tenant).await?;
    }
    page(status, &shown)
}

/// Finds the tenant that was named, also a deleted one: its events stay in the ledger.
fn found_tenant(call: &Call<'_>, asked: &mut Asked) -> Result<Option<Arc<Tenant>>, Problem> {
    let named = Some(asked.text("tenant")).filter(|named| !named.is_empty()).unwrap_or(DEFAULT_SLUG);
    let found = call.services()?.tenants.find_any(named);
    if found.is_err() {
        asked.refuse("tenant", "There is no such tenant.");
    }
    Ok(found.ok())
}

fn offered(call: &Call<'_>) -> Result<Option<Vec<String>>, Problem> {
    let tenants = call.services()?.tenants.list();
    let there = tenants.iter().filter(|tenant| tenant.status != TenantStatus::Deleted);
    let mut slugs: Vec<_> = there.map(|tenant| tenant.slug.as_str().to_owned()).collect();
    slugs.sort_unstable();
    Ok((slugs.len() <= OFFERED_MAX).then_some(slugs))
}

impl EventsPage {
    /// Reads the events; returns the page's status.
    async fn fill(&mut self, call: &Call<'_>, tenant: &Arc<Tenant>) -> Result<StatusCode, Problem> {
        let (reading, now) = (&call.services()?.reading, call.edge.clock.now());
        // Before the list is read: what comes between is in both, and told once.
        let newest = reading.newest();
        let text = self.asked.text("q").to_owned();
        let listed = if text.is_empty() {
            let list = move |page: Page| Ok(Listed::new(&page, now));
            let listed = reading.list(tenant, self.asked.query.clone(), list).await;
            listed.map_err(Unsearched::Unread)
        } else {
            let found = search(reading, tenant, &text, &self.asked.query, now).await;
            found.map(|(taken, listed)| {
                self.taken = Some(taken);
                listed
            })
        };
        match listed {
            Ok(listed) => self.show(listed),
            Err(Unsearched::Unusable(fault)) => {
                self.asked.refuse("q", fault);
                return Ok(Code::InvalidQuery.status());
            }
            Err(Unsearched::Unread(error @ (ReadError::StaleCursor | ReadError::CursorAhead))) => {
                let problem = Problem::from(error);
                self.asked.refuse("place", problem.detail);
                return Ok(problem.status);
            }
            Err(Unsearched::Unread(error)) => return Err(error.into()),
        }
        if self.asked.is_open_ended() {
            self.tail = Some(self.asked.tail(tenant.slug.as_str(), newest));
        }
        Ok(StatusCode::OK)
    }

    fn show(&mut self, listed: Listed) {
        self.newer = listed.prev.map(|cursor| self.asked.at("before", cursor));
        self.older = listed.next.map(|cursor| self.asked.at("after", cursor));
        let is_short = listed.rows.len() < self.asked.query.limit;
        let stopped = if self.asked.query.before.is_some() { listed.prev } else { listed.next };
        self.looked_to = stopped.filter(|_| is_short).map(|cursor| grouped(cursor.seq.0));
        self.rows = listed.rows;
    }

    fn faults(&self) -> &Faults {
        self.asked.faults()
    }

    /// Returns the address of the list without filters.
    fn everything(&self) -> String {
        self.asked.only("tenant", "")
    }
}
