//! What somebody should look at.

use crate::domain::agent::AgentState;
use crate::domain::job::RunOutcome;
use crate::services::health::{Check, Status};
use crate::services::jobs::JobView;
use crate::services::limits::{Blocked, By, Forwarded};
use crate::services::sources::TenantSource;
use schemars::JsonSchema;
use serde::Serialize;

/// Names told of each kind of trouble; the rest is counted.
const NAMES_TOLD: usize = 3;

/// Something that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trouble {
    /// How bad it is: degraded or down.
    pub status: Status,
    /// `check`, `source`, `agent`, `job`, `blocked`, `proxy` or `panic`.
    pub kind: &'static str,
    /// What it is.
    pub what: String,
    /// What to do about it.
    pub way_out: String,
    /// The console's page about it.
    #[serde(skip)]
    pub page: &'static str,
}

impl Trouble {
    fn new(status: Status, kind: &'static str, page: &'static str, what: String, way_out: &str) -> Self {
        Self { status, kind, what, way_out: way_out.to_owned(), page }
    }
}

/// Says what to do about a check that is not up.
pub(super) fn of_check(check: &Check) -> Option<Trouble> {
    let way_out = match (check.name, check.status) {
        (_, Status::Up) => return None,
        ("database", Status::Degraded) => {
            "Writes or reads take over 100 ms: look for other work on this disk."
        }
        ("database" | "session" | "agentRegistry", _) => {
            "The database does not answer: read the log, then restart the appliance."
        }
        ("eventLedger", Status::Degraded) => "More comes in than can be written: slow the senders down.",
        ("eventLedger", _) => "Events are not written: read the log, then restart the appliance.",
        ("api", _) => {
            "95 % of requests should take less than a second: look at the charts of load and processor."
        }
        ("disk", Status::Degraded) => {
            "Less than a tenth is free: make room, or move the data to a larger disk."
        }
        ("disk", _) => "Events are refused until there is room: delete other files, or grow the disk.",
        ("certificate", Status::Degraded) => {
            "It ends within 14 days: run `mainstay tls renew`, or put new files in place and reload."
        }
        ("certificate", _) => {
            "It has ended and clients refuse it: run `mainstay tls renew`, or put new files in place and reload."
        }
        ("clock", _) => {
            "Set the clock and turn on a time service. If it is ahead and right, confirm it on the health page."
        }
        _ => "Read the log.",
    };
    let page = match check.name {
        "certificate" => "/console/certificate",
        _ => "/console/health",
    };
    let state = if check.status == Status::Down { "is down" } else { "is degraded" };
    let what = match check.reason.as_str() {
        "" => format!("The check `{}` {state}.", check.name),
        reason => sentence(&format!("The check `{}` {state}: {reason}", check.name)),
    };
    Some(Trouble::new(check.status, "check", page, what, way_out))
}

/// Tells of addresses that the appliance keeps out by itself; what the operator keeps out is as it should be.
pub(super) fn of_blocks(blocks: &[Blocked]) -> Option<Trouble> {
    let own = blocks.iter().filter(|one| one.by == By::Appliance).map(|one| one.network.as_str());
    let names = listed(own)?;
    let way_out = "They sent too many wrong tokens or signatures: correct the sender, then lift the block with \
                   `mainstay block lift`.";
    Some(Trouble::new(Status::Degraded, "blocked", "/console/limits", format!("Kept out: {names}."), way_out))
}

/// Tells of sources whose deliveries are refused.
pub(super) fn of_sources(unusable: &[(TenantSource, String)]) -> Option<Trouble> {
    let name = |(one, _): &(TenantSource, String)| format!("{}/{}", one.tenant.slug, one.source.name);
    let names = listed(unusable.iter().map(name))?;
    let (_, reason) = unusable.first()?;
    let what = format!("Sources that cannot be used: {names}.");
    Some(Trouble::new(Status::Degraded, "source", "/console/sources", what, &sentence(reason)))
}

pub(super) fn of_agents(agents: &[(String, AgentState)]) -> Vec<Trouble> {
    let of = |wanted: AgentState, status: Status, word: &str| {
        let silent = agents.iter().filter(|(_, state)| *state == wanted).map(|(name, _)| name);
        let what = format!("Agents {word}: {}.", listed(silent)?);
        let way_out = "Look whether they run and reach the appliance; pause those that rest on purpose.";
        Some(Trouble::new(status, "agent", "/console/agents", what, way_out))
    };
    let down = of(AgentState::Down, Status::Down, "down");
    down.into_iter().chain(of(AgentState::Late, Status::Degraded, "late")).collect()
}

/// Tells of jobs whose last run failed.
pub(super) fn of_job(job: &JobView) -> Option<Trouble> {
    let last = job.history.first().filter(|run| run.outcome == RunOutcome::Failed)?;
    let what = format!("The last run of job {} failed: {}", job.name, sentence(&last.message));
    let way_out = "It is tried again by itself; mend the cause, or have it run now.";
    Some(Trouble::new(Status::Degraded, "job", "/console/jobs", what, way_out))
}

/// Tells of a proxy that is not trusted.
pub(super) fn of_forwarded(forwarded: Forwarded) -> Option<Trouble> {
    let peer = forwarded.peer?;
    let what = format!(
        "{} requests were forwarded by peers that are not trusted, such as {peer}.",
        forwarded.requests
    );
    let way_out =
        "If it is your proxy, name it in limits.trusted_proxies: all its clients count as one until then.";
    Some(Trouble::new(Status::Degraded, "proxy", "/console/settings", what, way_out))
}

pub(super) fn of_panics(panics: u64) -> Option<Trouble> {
    let what = format!("Requests or workers panicked {panics} times since the start.");
    let way_out = "It is a mistake of the program: keep the log and report it.";
    (panics > 0).then(|| Trouble::new(Status::Degraded, "panic", "/console/logs", what, way_out))
}

/// Writes the first names and how many more there are; none if there are none.
fn listed(names: impl Iterator<Item = impl AsRef<str>>) -> Option<String> {
    let all: Vec<_> = names.collect();
    let told: Vec<_> = all.iter().take(NAMES_TOLD).map(AsRef::as_ref).collect();
    let more = match all.len().saturating_sub(NAMES_TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!told.is_empty()).then(|| format!("{}{more}", told.join(", ")))
}

fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let text = format!("{first}{}", letters.as_str());
    if text.ends_with('.') { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use std::time::Duration;

    #[test]
    fn every_check_that_is_not_up_says_what_to_do() {
        let checks =
            ["database", "session", "eventLedger", "agentRegistry", "api", "disk", "certificate", "clock"];
        for name in checks {
            let check = |status| Check {
                name,
                status,
                reason: String::new(),
                latency: Duration::ZERO,
                at: Timestamp::default(),
            };
            assert_eq!(of_check(&check(Status::Up)), None);
            for status in [Status::Degraded, Status::Down] {
                let trouble = of_check(&check(status)).unwrap();
                assert!(trouble.status == status && trouble.way_out != "Read the log.", "{trouble:?}");
            }
        }
    }

    #[test]
    fn long_lists_are_cut_and_empty_ones_are_no_trouble() {
        let agents: Vec<_> = (0..9).map(|at| (format!("acme/{at}"), AgentState::Down)).collect();
        let [trouble] = &of_agents(&agents)[..] else { unreachable!() };
        assert_eq!(trouble.what, "Agents down: acme/0, acme/1, acme/2 and 6 more.");
        assert!(of_agents(&[("acme/a".to_owned(), AgentState::Paused)]).is_empty());
        assert_eq!((of_blocks(&[]), of_sources(&[]), of_panics(0)), (None, None, None));
        assert_eq!(sentence("its scheme is not configured"), "Its scheme is not configured.");
    }
}
