//! Everything together, and which tenants use most.

use super::trouble::{self, Trouble};
use crate::domain::agent::AgentState;
use crate::domain::series::{Availability, Sample, time_until_full};
use crate::domain::time::Timestamp;
use crate::domain::usage::Totals;
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

/// How many of the busiest are named by events, and how many by time.
const EACH: usize = 5;

/// A busy tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Its slug.
    pub tenant: String,
    /// What it used.
    pub used: Totals,
}

/// The five tenants with most events and the five whose requests took most time, by events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Busiest {
    /// The busiest tenants.
    pub tenants: Vec<Busy>,
    /// How many others used anything.
    pub others: usize,
}

impl Busiest {
    pub(super) fn of(used: Vec<(String, Totals)>) -> Self {
        let all: Vec<_> = used.into_iter().map(|(tenant, used)| Busy { tenant, used }).collect();
        let first = |measure: fn(&Totals) -> u64| {
            let mut order: Vec<_> = all.iter().collect();
            order.sort_by_key(|busy| (Reverse(measure(&busy.used)), busy.tenant.clone()));
            let most = order.into_iter().filter(|busy| measure(&busy.used) > 0).take(EACH);
            most.cloned().collect::<Vec<_>>()
        };
        let mut tenants = first(|used| used.events);
        for busy in first(|used| used.micros) {
            if !tenants.contains(&busy) {
                tenants.push(busy);
            }
        }
        tenants.sort_by_key(|busy| (Reverse(busy.used.events), Reverse(busy.used.micros)));
        Self { others: all.len() - tenants.len(), tenants }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_by_events_and_by_time_are_named_once() {
        let used = |events, micros| Totals { events, micros, ..Totals::default() };
        let all =
            (0..20).map(|at| (format!("t{at:02}"), used(at, if at == 0 { 1_000 } else { at }))).collect();
        let found = Busiest::of(all);
        let names: Vec<_> = found.tenants.iter().map(|busy| busy.tenant.as_str()).collect();
        assert_eq!((names, found.others), (vec!["t19", "t18", "t17", "t16", "t15", "t00"], 14));
        assert_eq!(Busiest::of(Vec::new()), Busiest::default());
    }
}
