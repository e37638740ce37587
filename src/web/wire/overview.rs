//! How everything is, at a overview.

use crate::domain::series::{AVAILABILITY_DAYS, Availability, OBJECTIVE};
use crate::domain::time::Timestamp;
use crate::services::health::Status;
use crate::services::overview::{Busiest, Disk, Overview, Trouble};
use crate::web::wire::report::{CheckJson, Named, OverallJson};
use crate::web::wire::series::SampleJson;
use crate::web::wire::usage::TenantUsageJson;
use serde::Serialize;

/// `GET /api/v1/overview`.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Overview")]
pub(crate) struct OverviewJson<'a> {
    /// Now.
    timestamp: Timestamp,
    /// How the appliance is.
    status: OverallJson,
    /// The program's version.
    version: &'static str,
    /// When the appliance was started.
    started_at: Timestamp,
    /// What each check found.
    #[schemars(with = "std::collections::BTreeMap<String, CheckJson>")]
    checks: Named<CheckJson>,
    /// What somebody should look at, the worst first.
    problems: Vec<TroubleJson<'a>>,
    /// Everything of the last fifteen minutes.
    last_15_minutes: SampleJson,
    /// Connections.
    connections: ConnectionsJson,
    /// Resident memory now.
    resident_bytes: u64,
    /// The disk; null when it does not say.
    disk: Option<DiskJson>,
    /// When the server's certificate ends; null where there is none.
    certificate_ends_at: Option<Timestamp>,
    /// How available the appliance was.
    availability: AvailabilityJson,
    /// The busiest tenants: the five with most events and the five whose requests took most time.
    busiest_last_15_minutes: Vec<TenantUsageJson>,
    /// The same of today (UTC).
    busiest_today: Vec<TenantUsageJson>,
}

/// Something that somebody should look at.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Trouble")]
pub(crate) struct TroubleJson<'a> {
    /// `degraded` or `down`.
    status: &'static str,
    /// `check`, `source`, `agent`, `job`, `blocked`, `proxy` or `panic`.
    kind: &'static str,
    /// What it is.
    what: &'a str,
    /// What to do about it.
    way_out: &'a str,
}

/// Connections.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Connections")]
pub(crate) struct ConnectionsJson {
    /// Open now.
    open: u64,
    /// Most that a listener takes.
    limit: usize,
}

/// The disk of the data directory.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Disk")]
pub(crate) struct DiskJson {
    /// Free bytes.
    free_bytes: u64,
    /// All bytes.
    total_bytes: u64,
    /// Days until nothing is free, if it goes on as in the last two weeks; null when it cannot be told: it does not get
    /// less, or is known for less than six hours.
    days_until_full: Option<u64>,
}

/// How available the appliance was, by whole minutes. A minute counts as up if every look in it found that traffic may
/// come; one in which the appliance did not run, planned or not, counts as down.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Availability")]
pub(crate) struct AvailabilityJson {
    /// Over how many days it is counted, or since the first start.
    days: u32,
    /// Minutes of that time.
    minutes: u32,
    /// Those that count as up.
    minutes_up: u32,
    /// Which part that is; null before the first minute has passed.
    share: Option<f64>,
    /// Which part the objective asks for.
    objective: f64,
    /// Minutes that may be down in that many days.
    budget_minutes: f64,
    /// Which part of them is left; negative when more were down.
    budget_left: f64,
}

impl<'a> OverviewJson<'a> {
    /// Shows an overview; a listener takes so many connections.
    pub(crate) fn new(overview: &'a Overview, connections_max: usize) -> Self {
        let report = &overview.report;
        Self {
            timestamp: report.at,
            status: report.overall().into(),
            version: env!("CARGO_PKG_VERSION"),
            started_at: report.started_at,
            checks: report.checks.iter().map(|check| (check.name, check.into())).collect(),
            problems: overview.troubles.iter().map(TroubleJson::from).collect(),
            last_15_minutes: (&overview.quarter).into(),
            connections: ConnectionsJson { open: overview.connections, limit: connections_max },
            resident_bytes: overview.resident_bytes,
            disk: overview.disk.map(DiskJson::from),
            certificate_ends_at: overview.certificate_ends,
            availability: overview.availability.into(),
            busiest_last_15_minutes: busiest(&overview.recent),
            busiest_today: busiest(&overview.today),
        }
    }
}

fn busiest(busiest: &Busiest) -> Vec<TenantUsageJson> {
    busiest.tenants.iter().map(|busy| TenantUsageJson::new(busy.tenant.clone(), busy.used)).collect()
}

impl<'a> From<&'a Trouble> for TroubleJson<'a> {
    fn from(trouble: &'a Trouble) -> Self {
        let status = if trouble.status == Status::Down { "down" } else { "degraded" };
        Self { status, kind: trouble.kind, what: &trouble.what, way_out: &trouble.way_out }
    }
}

impl From<Disk> for DiskJson {
    fn from(disk: Disk) -> Self {
        let Disk { free_bytes, total_bytes, full_in } = disk;
        Self { free_bytes, total_bytes, days_until_full: full_in.map(|left| left.as_secs() / 86_400) }
    }
}

impl From<Availability> for AvailabilityJson {
    fn from(availability: Availability) -> Self {
        let exact = |part: f64| (part * 1e6).round() / 1e6;
        Self {
            days: AVAILABILITY_DAYS,
            minutes: availability.minutes,
            minutes_up: availability.up,
            share: availability.share().map(exact),
            objective: OBJECTIVE,
            budget_minutes: exact(Availability::budget()),
            budget_left: exact(availability.budget_left()),
        }
    }
}
