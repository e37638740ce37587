//! The list of tenants.

use crate::console::frame::{Frame, Section, page};
use crate::console::listed::Asked;
use crate::console::tenants::typed::state;
use crate::console::words::{Moment, grouped};
use crate::domain::permission::Permission;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::domain::usage::{Day, Totals};
use crate::http::call::Call;
use crate::http::portion::Portion;
use crate::http::problem::Problem;
use crate::services::reading::ReadError;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

/// Where the page is.
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
    tenants: Vec<TenantRow>,
    before: Option<String>,
    after: Option<String>,
}

struct TenantRow {
    slug: String,
    name: String,
    state: (&'static str, &'static str),
    events: String,
    repeats: String,
    created: Moment,
}

impl TenantsPage {
    fn may_change(&self) -> bool {
        self.frame.may(Permission::Change)
    }
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

/// Shows the list.
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
    let row = |(tenant, used): (&std::sync::Arc<Tenant>, &Totals)| TenantRow {
        slug: tenant.slug.as_str().to_owned(),
        name: tenant.name.clone(),
        state: state(tenant.status),
        events: grouped(used.events),
        repeats: grouped(used.repeats),
        created: Moment::new(tenant.created_at, now),
    };
    let shown = TenantsPage {
        frame: Frame::new(call, Section::Tenants, "Tenants"),
        total: grouped(there as u64),
        tenants: portion.things.iter().zip(&used).map(row).collect(),
        before,
        after,
        asked,
    };
    page(StatusCode::OK, &shown)
}
