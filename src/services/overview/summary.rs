//! Everything together.

use super::busiest::Busiest;
use super::trouble::{self, Trouble};
use crate::domain::agent::AgentState;
use crate::domain::series::{Availability, Sample, time_until_full};
use crate::domain::time::Timestamp;
use crate::platform::process::ProcessUsage;
use crate::services::agents::Agents;
use crate::services::all::Services;
use crate::services::health::Report;
use crate::services::series::Span;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use std::cmp::Reverse;
use std::time::Duration;

/// The state of the appliance.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What the checks found.
    pub report: Report,
    /// What needs attention, the worst first.
    pub troubles: Vec<Trouble>,
    /// Everything of the last fifteen minutes.
    pub quarter: Sample,
    /// Open connections.
    pub connections: u64,
    /// Resident memory in bytes.
    pub resident_bytes: u64,
    /// The disk; none when it does not say.
    pub disk: Option<Disk>,
    /// When the server's certificate ends.
    pub certificate_ends: Option<Timestamp>,
    /// How available the appliance was.
    pub availability: Availability,
    /// Busiest tenants of the last fifteen minutes.
    pub recent: Busiest,
    /// Busiest tenants of today.
    pub today: Busiest,
}

/// The disk of the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Disk {
    /// Free bytes.
    pub free_bytes: u64,
    /// All bytes.
    pub total_bytes: u64,
    /// Days until nothing is free, if it goes on as in the last two weeks; null when it cannot be told: it does not get
    /// less, or is known for less than six hours.
    #[serde(rename = "days_until_full", serialize_with = "days")]
    #[schemars(with = "Option<u64>")]
    pub full_in: Option<Duration>,
}

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn days<S: Serializer>(left: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    left.map(|left| left.as_secs() / 86_400).serialize(serializer)
}

impl Overview {
    /// Looks at everything. Waits for the probes, at most as long as they take.
    pub async fn look(services: &Services) -> Self {
        let metrics = &services.metrics;
        let report = services.health.report(metrics.summary()).await;
        let now = report.at;
        services.series.refresh(now);
        let disk = report.space.map(|(free_bytes, total_bytes)| Disk {
            free_bytes,
            total_bytes,
            full_in: time_until_full(&services.series.free_space(now)),
        });
        Self {
            troubles: troubles(services, &report, metrics.totals().panics),
            quarter: services.series.sum(Span::Quarter, now),
            connections: metrics.present().connections,
            resident_bytes: ProcessUsage::read().resident_bytes,
            disk,
            certificate_ends: services.health.certificate_ends(),
            availability: services.series.availability(now),
            recent: Busiest::of(services.usage.recent(now)),
            today: Busiest::of(services.usage.today(now)),
            report,
        }
    }
}

fn troubles(services: &Services, report: &Report, panics: u64) -> Vec<Trouble> {
    let mut troubles: Vec<_> = report.checks.iter().filter_map(trouble::of_check).collect();
    troubles.extend(trouble::of_sources(&services.sources.unusable()));
    troubles.extend(trouble::of_agents(&silent(&services.agents)));
    troubles.extend(services.jobs.list().iter().filter_map(trouble::of_job));
    troubles.extend(trouble::of_blocks(&services.blocks.list()));
    troubles.extend(trouble::of_forwarded(services.forwarders.seen()));
    troubles.extend(trouble::of_panics(panics));
    troubles.sort_by_key(|trouble| Reverse(trouble.status));
    troubles
}

/// Returns the agents that are late or down, as `tenant/name`.
fn silent(agents: &Agents) -> Vec<(String, AgentState)> {
    let all = agents.list_all().into_iter();
    let silent = all.filter(|(_, seen)| matches!(seen.state, AgentState::Late | AgentState::Down));
    silent.map(|(tenant, seen)| (format!("{tenant}/{}", seen.agent.name), seen.state)).collect()
}
