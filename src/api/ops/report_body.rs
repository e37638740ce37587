//! How every part of the appliance is.

use crate::api::ops::summary::{LatencyJson, RequestsJson, rounded};
use crate::domain::time::Timestamp;
use crate::services::health::{Check, Overall, Readiness, Report, Status};
use serde::ser::{Serialize, Serializer};
use std::time::Duration;

/// The media type of [`PassJson`] (draft-inadarei-api-health-check-06).
pub(crate) const HEALTH_JSON: &str = "application/health+json";

/// `GET /api/health`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Report")]
pub(crate) struct ReportJson {
    /// How the appliance is.
    pub status: Overall,
    /// What else those see who may read `/metrics`; strangers get the word alone.
    #[serde(flatten)]
    pub details: Option<ReportDetails>,
}

/// What operators see of `GET /api/health`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "ReportDetails")]
pub(crate) struct ReportDetails {
    /// Now.
    pub timestamp: Timestamp,
    /// Seconds since start.
    pub uptime: u64,
    /// The program's version.
    pub version: &'static str,
    /// What each check found.
    #[schemars(with = "std::collections::BTreeMap<String, CheckJson>")]
    pub checks: Named<CheckJson>,
    /// Requests of the last fifteen minutes, and the time since start.
    pub metrics: MetricsJson,
    /// Flags of the default tenant: there are none.
    #[schemars(with = "std::collections::BTreeMap<String, bool>")]
    pub features: Named<bool>,
}

/// What a check found.
#[derive(Clone, Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Check")]
pub(crate) struct CheckJson {
    /// `up`, `degraded` or `down`.
    pub status: Status,
    /// How many milliseconds the look at it took.
    pub latency: f64,
    /// When it was looked at.
    #[serde(rename = "lastChecked")]
    pub last_checked: Timestamp,
    /// Why it is so, as a sentence.
    pub reason: String,
    /// What to do; left out while it is up.
    #[serde(rename = "wayOut", skip_serializing_if = "Option::is_none")]
    pub way_out: Option<&'static str>,
}

impl From<&Check> for CheckJson {
    fn from(check: &Check) -> Self {
        Self {
            status: check.status,
            latency: milliseconds(check.latency),
            last_checked: check.at,
            reason: check.reason.clone(),
            way_out: check.way_out(),
        }
    }
}

/// Requests of the last fifteen minutes, and the time since start.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "ReportMetrics")]
pub(crate) struct MetricsJson {
    /// How many requests there were.
    pub requests: RequestsJson,
    /// How long they took.
    pub latency: LatencyJson,
    /// The time since start.
    pub uptime: UptimeJson,
}

/// The time since start.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Uptime")]
pub(crate) struct UptimeJson {
    /// When the appliance was started.
    #[serde(rename = "startTime")]
    pub start_time: Timestamp,
    /// Seconds since then.
    pub seconds: u64,
    /// The same for people: `1d 2h 3m 4s`.
    pub formatted: String,
}

impl From<&Report> for ReportDetails {
    fn from(report: &Report) -> Self {
        let seconds = report.uptime.as_secs();
        Self {
            timestamp: report.at,
            uptime: seconds,
            version: env!("CARGO_PKG_VERSION"),
            checks: report.checks.iter().map(|check| (check.name, check.into())).collect(),
            metrics: MetricsJson {
                requests: report.counts.into(),
                latency: report.latency.into(),
                uptime: UptimeJson { start_time: report.started_at, seconds, formatted: formatted(seconds) },
            },
            features: Named(Vec::new()),
        }
    }
}

/// `GET /api/health/ready`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Gates")]
pub(crate) struct GatesJson {
    /// Whether every gate is open.
    pub ready: bool,
    /// `ready` or `not ready`.
    pub status: &'static str,
    /// What else those see who may read `/metrics`; strangers get the word alone.
    #[serde(flatten)]
    pub details: Option<GatesDetails>,
}

/// What operators see of `GET /api/health/ready`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "GatesDetails")]
pub(crate) struct GatesDetails {
    /// `connected` or `disconnected`.
    pub database: &'static str,
    /// Each gate's name and whether it is open.
    #[schemars(with = "std::collections::BTreeMap<String, bool>")]
    pub gates: Named<bool>,
    /// What is in the way: closed gates, `starting`, `draining`.
    pub blockers: Vec<&'static str>,
}

/// `GET /api/v1/health`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "WholeHealth")]
pub(crate) struct WholeHealthJson {
    /// How the appliance is.
    pub status: Overall,
    /// What was found.
    #[serde(flatten)]
    pub details: ReportDetails,
    /// What decides whether traffic may come.
    #[schemars(with = "std::collections::BTreeMap<String, bool>")]
    pub readiness: Named<bool>,
    /// Each gate's name and whether it is open.
    #[schemars(with = "std::collections::BTreeMap<String, bool>")]
    pub gates: Named<bool>,
    /// Gates that are closed.
    pub blockers: Vec<&'static str>,
    /// Background work, in the order in which it was started.
    pub workers: Vec<WorkerJson>,
}

/// A background worker.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Worker")]
pub(crate) struct WorkerJson {
    /// Its name.
    pub name: &'static str,
    /// `idle`, `running`, or `failed` after a step that failed.
    pub status: &'static str,
    /// Why the last failed step failed; stays after later steps succeed.
    pub last_error: Option<String>,
    /// When the last step began; null before the first.
    pub last_step_at: Option<Timestamp>,
    /// When the next step is due; null while a step is running.
    pub next_step_at: Option<Timestamp>,
}

/// Values by name as one object, in their fixed order.
#[derive(Debug)]
pub(crate) struct Named<T, N = &'static str>(Vec<(N, T)>);

impl<T, N> FromIterator<(N, T)> for Named<T, N> {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl<T: Serialize, N: Serialize> Serialize for Named<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The same as `application/health+json`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "HealthReport")]
pub(crate) struct PassJson {
    status: &'static str,
    #[serde(rename = "releaseId", skip_serializing_if = "Option::is_none")]
    release_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Under `component:measurement`.
    #[schemars(with = "std::collections::BTreeMap<String, Vec<PassCheck>>")]
    checks: Option<Named<[PassCheck; 1], String>>,
}

/// One check.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "HealthCheck")]
struct PassCheck {
    status: &'static str,
    #[serde(rename = "observedValue", skip_serializing_if = "Option::is_none")]
    observed_value: Option<f64>,
    #[serde(rename = "observedUnit", skip_serializing_if = "Option::is_none")]
    observed_unit: Option<&'static str>,
    time: Timestamp,
}

impl PassJson {
    pub(crate) fn of_report(report: &Report) -> Self {
        let worst = report.checks.iter().map(|check| check.status).max();
        let status = worst.map_or("pass", verdict);
        let check = |check: &Check| (format!("{}:responseTime", check.name), [check.into()]);
        Self::new(status, report.checks.iter().map(check).collect())
    }

    pub(crate) fn of_readiness(readiness: &Readiness, now: Timestamp) -> Self {
        let check = |(name, passed): &(&'static str, bool)| {
            let status = word(*passed);
            let check = PassCheck { status, observed_value: None, observed_unit: None, time: now };
            (format!("{name}:ready"), [check])
        };
        Self::new(word(readiness.is_ready()), readiness.checks.iter().map(check).collect())
    }

    /// Leaves the word alone, for strangers.
    #[must_use]
    pub(crate) fn without_details(self) -> Self {
        Self { release_id: None, checks: None, ..self }
    }

    fn new(status: &'static str, checks: Named<[PassCheck; 1], String>) -> Self {
        Self { status, release_id: Some(env!("CARGO_PKG_VERSION")), checks: Some(checks) }
    }
}

impl From<&Check> for PassCheck {
    fn from(check: &Check) -> Self {
        let observed_value = Some(milliseconds(check.latency));
        Self { status: verdict(check.status), observed_value, observed_unit: Some("ms"), time: check.at }
    }
}

fn word(passed: bool) -> &'static str {
    verdict(if passed { Status::Up } else { Status::Down })
}

fn verdict(status: Status) -> &'static str {
    match status {
        Status::Up => "pass",
        Status::Degraded => "warn",
        Status::Down => "fail",
    }
}

/// Writes a line for each check and one for all, as Kubernetes' own components do.
pub(crate) fn lines(checks: impl Iterator<Item = (&'static str, bool)> + Clone, all: &str) -> String {
    let word = if checks.clone().all(|(_, passed)| passed) { "passed" } else { "failed" };
    let line =
        |(name, passed)| if passed { format!("[+]{name} ok\n") } else { format!("[-]{name} failed\n") };
    checks.map(line).collect::<String>() + &format!("{all} check {word}\n")
}

fn milliseconds(duration: Duration) -> f64 {
    rounded(duration.as_secs_f64() * 1_000.0)
}

/// Writes seconds for people, from the largest unit there is to seconds.
fn formatted(seconds: u64) -> String {
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (length, unit) in [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')] {
        if seconds >= length || unit == 's' {
            parts.push(format!("{}{unit}", rest / length));
        }
        rest %= length;
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verbose_form_has_a_line_for_each_check() {
        let checks = [("database", true), ("disk", false)].into_iter();
        assert_eq!(lines(checks, "readyz"), "[+]database ok\n[-]disk failed\nreadyz check failed\n");
    }

    #[test]
    fn uptime_is_told_from_its_largest_unit_on() {
        let texts = [0, 59, 60, 3_605, 93_784].map(formatted);
        assert_eq!(texts, ["0s", "59s", "1m 0s", "1h 0m 5s", "1d 2h 3m 4s"]);
    }
}
