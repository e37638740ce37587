//! The list of tenants, and making one.

use crate::console::form::{self, Faults, Form, REQUEST, fresh_key};
use crate::console::frame::{Frame, Section, done, page, repeated};
use crate::console::listed::Asked;
use crate::console::words::grouped;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::domain::usage::{Day, Totals};
use crate::http::call::Call;
use crate::http::portion::Portion;
use crate::http::problem::Problem;
use crate::services::reading::ReadError;
use crate::services::refusal::Refusal;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

const ADDRESS: &str = "/console/tenants";

/// What may be asked for: those that are there, or one state.
const STATES: [(&str, &str); 4] =
    [("", "active and suspended"), ("active", "active"), ("suspended", "suspended"), ("deleted", "deleted")];

#[derive(Template)]
#[template(path = "console/tenants.html")]
struct TenantsPage {
    frame: Frame,
    asked: Asked,
    /// How many there are in all, deleted ones left out.
    total: String,
    /// Each with what it used today.
    tenants: Vec<(Arc<Tenant>, Totals)>,
    before: Option<String>,
    after: Option<String>,
}

fn is_wanted(tenant: &Tenant, asked: &Asked) -> bool {
    let of_state = match asked.state.as_str() {
        "active" => tenant.status == TenantStatus::Active,
        "suspended" => tenant.status == TenantStatus::Suspended,
        "deleted" => tenant.status == TenantStatus::Deleted,
        _ => tenant.status != TenantStatus::Deleted,
    };
    of_state && asked.finds(&[tenant.slug.as_str(), &tenant.name])
}

pub(super) async fn show_tenants(call: &Call<'_>) -> Result<Response, Problem> {
    let (services, now, asked) = (call.services()?, call.edge.clock.now(), Asked::read(call));
    let all = services.tenants.list();
    let there = all.iter().filter(|tenant| tenant.status != TenantStatus::Deleted).count();
    let found: Vec<_> = all.into_iter().filter(|tenant| is_wanted(tenant, &asked)).collect();
    let portion = Portion::of(found, &asked.bounds, |tenant| tenant.slug.as_str().to_owned());
    let (before, after) = asked.ways(ADDRESS, &portion);
    let (usage, today) = (services.usage.clone(), Day::of(now));
    let numbers: Vec<_> = portion.things.iter().map(|tenant| tenant.number).collect();
    let read = move || -> Result<Vec<Totals>, _> {
        let of = |number| usage.of(number, today, 1).map(|days| days.first().map(|(_, totals)| *totals));
        numbers.into_iter().map(|number| of(number).map(Option::unwrap_or_default)).collect()
    };
    let used = services.reading.beside(read).await?.map_err(|_failed| Problem::from(ReadError::Stopped))?;
    let shown = TenantsPage {
        frame: Frame::new(call, Section::Tenants, "Tenants"),
        total: grouped(there as u64),
        tenants: portion.things.into_iter().zip(used).collect(),
        before,
        after,
        asked,
    };
    page(StatusCode::OK, &shown)
}

#[derive(Template)]
#[template(path = "console/new-tenant.html")]
struct NewTenantPage {
    frame: Frame,
    form: Form,
    faults: Faults,
}

pub(super) fn show_form(call: &Call<'_>) -> Result<Response, Problem> {
    show(call, Form::filled(vec![(REQUEST, fresh_key(call))]), Faults::default())
}

fn show(call: &Call<'_>, form: Form, faults: Faults) -> Result<Response, Problem> {
    let frame = Frame::new(call, Section::Tenants, "New tenant");
    page(faults.status(), &NewTenantPage { frame, form, faults })
}

/// Makes the tenant and leads to its first event, or shows the form again.
pub(super) async fn create_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["slug", "name", REQUEST]).await?;
    let faults = match form.new_input() {
        Err(faults) => faults,
        Ok(new) => match call.services()?.tenants.create(form.request(call)?, new).await {
            Ok(tenant) => return Ok(done(&format!("/console/{}/first-event", tenant.place()), "made")),
            Err(Refusal::Repeated { made }) => return Ok(repeated(&made)),
            Err(refusal) => Faults::of_refusal(&refusal),
        },
    };
    show(call, form, faults)
}
