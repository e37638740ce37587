//! Facts for those who help.

use crate::api::ops::summary::rounded;
use crate::api::tags;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::route::{ADMIN, Route, handler};
use crate::services::diagnostics::{Differing, Gathered};
use crate::services::health::{Overall, Status};
use crate::telemetry::summary::{Counts, Latency};
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What somebody who helps needs to know: no secrets, nothing of tenants, no addresses of clients.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Diagnostics")]
pub(crate) struct DiagnosticsJson<'a> {
    at: Timestamp,
    version: &'static str,
    /// `release` or `debug`.
    build: &'static str,
    /// Such as `linux x86_64 (musl)`.
    platform: &'a str,
    /// The kernel's release.
    kernel: &'a str,
    processors: usize,
    memory_bytes: u64,
    resident_bytes: u64,
    open_files: u64,
    threads: u64,
    started_at: Timestamp,
    uptime_seconds: u64,
    health: Overall,
    /// The state of each check: `up`, `degraded` or `down`.
    checks: BTreeMap<&'static str, Status>,
    /// Requests of the last fifteen minutes by what became of them.
    requests: BTreeMap<&'static str, u64>,
    p95_ms: f64,
    /// How many there are of what.
    counts: BTreeMap<&'static str, u64>,
    schema: Option<SchemaJson>,
    /// Sizes in bytes.
    sizes: BTreeMap<&'static str, u64>,
    /// Settings that differ from their defaults.
    settings: &'a [Differing],
}

/// The database's schema.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "SchemaState")]
struct SchemaJson {
    version: u32,
    /// Steps that are due.
    due: usize,
}

/// Returns the word of a check's state.
fn word(status: Status) -> &'static str {
    match status {
        Status::Up => "up",
        Status::Degraded => "degraded",
        Status::Down => "down",
    }
}

impl<'a> From<&'a Gathered> for DiagnosticsJson<'a> {
    fn from(gathered: &'a Gathered) -> Self {
        let Gathered { version, build, system, process, report, counts, sizes, settings, schema } = gathered;
        Self {
            at: report.at,
            version,
            build,
            platform: &system.platform,
            kernel: &system.kernel,
            processors: system.processors,
            memory_bytes: system.memory_bytes,
            resident_bytes: process.resident_bytes,
            open_files: process.open_files,
            threads: process.threads,
            started_at: report.started_at,
            uptime_seconds: report.uptime.as_secs(),
            health: report.overall(),
            checks: report.checks.iter().map(|check| (check.name, check.status)).collect(),
            requests: BTreeMap::from([
                ("all", report.counts.total),
                ("success", report.counts.success),
                ("refused", report.counts.refused),
                ("failed", report.counts.errors),
            ]),
            p95_ms: rounded(report.latency.p95_ms),
            counts: counts.iter().copied().collect(),
            schema: schema.map(|(version, due)| SchemaJson { version, due }),
            sizes: sizes.iter().copied().collect(),
            settings,
        }
    }
}

/// Writes it as lines for a mail or a ticket.
pub(crate) fn as_text(gathered: &Gathered) -> String {
    let mut text = String::new();
    write(&mut text, gathered).expect("a string takes any text");
    text
}

fn write(text: &mut String, gathered: &Gathered) -> std::fmt::Result {
    let Gathered { version, build, system, process, report, settings, counts, schema, sizes } = gathered;
    writeln!(text, "Mainstay {version} ({build}) at {}", report.at)?;
    writeln!(text, "platform: {}, kernel {}", system.platform, system.kernel)?;
    writeln!(text, "machine: {} processors, {} bytes of memory", system.processors, system.memory_bytes)?;
    let (resident, files, threads) = (process.resident_bytes, process.open_files, process.threads);
    writeln!(text, "process: {resident} bytes resident, {files} open files, {threads} threads")?;
    writeln!(text, "started: {}, {} s ago", report.started_at, report.uptime.as_secs())?;
    writeln!(text, "\nhealth")?;
    for check in &report.checks {
        writeln!(text, "  {}: {}, {} µs", check.name, word(check.status), check.latency.as_micros())?;
    }
    let Counts { total, success, refused, errors } = report.counts;
    let Latency { p50_ms, p95_ms, p99_ms, .. } = report.latency;
    writeln!(text, "\nrequests of the last 15 minutes")?;
    writeln!(text, "  {total} in all, {success} success, {refused} refused, {errors} failed")?;
    writeln!(text, "  p50 {p50_ms:.2} ms, p95 {p95_ms:.2} ms, p99 {p99_ms:.2} ms")?;
    for (title, numbers) in [("counts", counts), ("bytes", sizes)] {
        writeln!(text, "\n{title}")?;
        numbers.iter().try_for_each(|(name, number)| writeln!(text, "  {name}: {number}"))?;
    }
    if let Some((version, due)) = schema {
        writeln!(text, "\nschema: version {version}, {due} steps due")?;
    }
    writeln!(text, "\nsettings that differ")?;
    if settings.is_empty() {
        writeln!(text, "  none")?;
    }
    settings.iter().try_for_each(|one| writeln!(text, "  {} = {} ({})", one.key, one.value, one.origin))
}

pub(crate) async fn show_diagnostics(call: &Call<'_>) -> Result<Response, Problem> {
    let gathered = call.services()?.diagnostics.gather(call.edge.metrics.summary()).await;
    Ok(call::shown(&DiagnosticsJson::from(&gathered)))
}

static DIAGNOSTICS: Operation = Operation::new(&tags::ABOUT, "showDiagnostics", "Shows what support needs to know")
    .detail("Version, machine, settings that differ, counts, health, sizes. No secrets, nothing of tenants, no addresses.")
    .answers::<DiagnosticsJson<'static>>("What was gathered.");

pub(crate) static ROUTES: &[Route] =
    &[Route::get("/api/v1/diagnostics", ADMIN, handler!(show_diagnostics), &DIAGNOSTICS)];
