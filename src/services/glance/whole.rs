//! The whole.

use super::busiest::Busiest;
use super::trouble::{self, Trouble};
use crate::domain::agent::AgentState;
use crate::domain::series::{Availability, Sample, time_until_full};
use crate::domain::time::Timestamp;
use crate::platform::process::ProcessUsage;
use crate::services::agents::Agents;
use crate::services::health::{Health, Report};
use crate::services::jobs::Jobs;
use crate::services::limits::{Blocks, Forwarders};
use crate::services::series::{Series, Sources as Watched, Span};
use crate::services::sources::Sources;
use crate::services::usage::Usage;
use crate::telemetry::metrics::Metrics;
use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

/// Looks at everything. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Glances {
    /// Whether the appliance works.
    pub health: Health,
    /// What is kept of minutes and hours.
    pub series: Series,
    /// What tenants use.
    pub usage: Usage,
    /// Named senders.
    pub sources: Sources,
    /// Agents.
    pub agents: Agents,
    /// Jobs.
    pub jobs: Jobs,
    /// Who is kept out.
    pub blocks: Blocks,
    /// Who forwards without being trusted to.
    pub forwarders: Forwarders,
}

/// How everything is.
#[derive(Clone, Debug)]
pub struct Glance {
    /// What the checks found.
    pub report: Report,
    /// What somebody should look at, the worst first.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Free bytes.
    pub free_bytes: u64,
    /// All bytes.
    pub total_bytes: u64,
    /// When nothing is free any more, if it goes on as in the last days; none when that cannot be told.
    pub full_in: Option<Duration>,
}

impl Glances {
    /// Looks at everything. Waits for the probes, at most as long as they take.
    pub async fn look(&self, metrics: &Arc<Metrics>) -> Glance {
        let report = self.health.report(metrics.summary()).await;
        let now = report.at;
        self.refresh(metrics, now);
        let disk = report.space.map(|(free_bytes, total_bytes)| Disk {
            free_bytes,
            total_bytes,
            full_in: time_until_full(&self.series.free_space(now)),
        });
        Glance {
            troubles: self.troubles(&report, metrics.totals().panics),
            quarter: self.series.sum(Span::Quarter, now),
            connections: metrics.connections(),
            resident_bytes: ProcessUsage::read().resident_bytes,
            disk,
            certificate_ends: self.health.certificate_ends(),
            availability: self.series.availability(now),
            recent: Busiest::of(self.usage.recent(now)),
            today: Busiest::of(self.usage.today(now)),
            report,
        }
    }

    /// Has the series know of this moment.
    pub fn refresh(&self, metrics: &Arc<Metrics>, now: Timestamp) {
        let sources = Watched { metrics: Arc::clone(metrics), health: self.health.clone() };
        self.series.refresh(now, &sources);
    }

    fn troubles(&self, report: &Report, panics: u64) -> Vec<Trouble> {
        let mut troubles: Vec<_> = report.checks.iter().filter_map(trouble::of_check).collect();
        troubles.extend(trouble::of_sources(&self.sources.unusable()));
        troubles.extend(trouble::of_agents(&self.silent()));
        troubles.extend(self.jobs.list().iter().filter_map(trouble::of_job));
        troubles.extend(trouble::of_blocks(&self.blocks.list()));
        troubles.extend(trouble::of_forwarded(self.forwarders.seen()));
        troubles.extend(trouble::of_panics(panics));
        troubles.sort_by_key(|trouble| Reverse(trouble.status));
        troubles
    }

    /// Returns the agents that are late or down, as `tenant/name`.
    fn silent(&self) -> Vec<(String, AgentState)> {
        let all = self.agents.list_all().into_iter();
        let silent = all.filter(|(_, seen)| matches!(seen.state, AgentState::Late | AgentState::Down));
        silent.map(|(tenant, seen)| (format!("{tenant}/{}", seen.agent.name), seen.state)).collect()
    }
}
