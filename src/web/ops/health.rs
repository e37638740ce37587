//! Whether the process lives, has started and may take traffic. Machines read the status alone.

use crate::services::health::Readiness;
use crate::web::call::{self, Call};
use crate::web::edge::Stage;
use crate::web::problem::Problem;
use crate::web::request::query::decode;
use crate::web::wire::health::{
    AliveJson, ChecksJson, DatabaseReadyJson, HealthJson, ReadyDetails, ReadyJson, StartupJson,
};
use axum::response::Response;
use http::StatusCode;
use std::fmt::Write;

/// Most checks a request may leave out: more than there are.
const EXCLUDES_MAX: usize = 32;

/// Answers `GET /health`; while the appliance stops, load balancers are sent elsewhere.
pub(in crate::web) fn show_health(call: &Call<'_>) -> Result<Response, Problem> {
    if call.edge.stage() == Stage::Draining {
        return Err(call::draining());
    }
    let body = HealthJson { status: "ok", time: call.edge.clock.now(), service: "mainstay" };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Answers that the process lives.
pub(in crate::web) fn show_alive(call: &Call<'_>) -> Response {
    let body = AliveJson { alive: true, status: "alive", timestamp: call.edge.clock.now() };
    call::uncached(call::json(StatusCode::OK, &body))
}

/// Answers whether start has completed; once it has, it stays so.
pub(in crate::web) fn show_started(call: &Call<'_>) -> Response {
    let started = call.edge.services().is_some_and(|services| services.health.has_started());
    let (status, word) =
        if started { (StatusCode::OK, "started") } else { (StatusCode::SERVICE_UNAVAILABLE, "starting") };
    let body = StartupJson { started, status: word, timestamp: call.edge.clock.now() };
    call::uncached(call::json(status, &body))
}

/// Answers which checks pass: as JSON, or with `?verbose` as one line each; `?exclude=` leaves checks out.
pub(in crate::web) async fn show_ready(call: &Call<'_>) -> Response {
    let wish = Wish::read(call.parts.uri.query());
    let mut readiness = readiness(call).await;
    readiness.checks.retain(|(name, _)| !wish.excluded.iter().any(|excluded| excluded == name));
    let ready = readiness.is_ready();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let trusted = call.gate.origin().may_operate(&call.edge.options);
    if wish.verbose && trusted {
        let text = verbose(&readiness);
        return call::uncached(call::answer(status, "text/plain; charset=utf-8", text));
    }
    let uptime = call.edge.services().map_or(0, |services| services.health.uptime().as_secs());
    let details = ReadyDetails { checks: ChecksJson(&readiness), version: env!("CARGO_PKG_VERSION"), uptime };
    let status_word = if ready { "ok" } else { "degraded" };
    let body = ReadyJson { status: status_word, details: trusted.then_some(details) };
    call::uncached(call::json(status, &body))
}

/// Answers whether traffic may come and whether the database answers.
pub(in crate::web) async fn show_database_ready(call: &Call<'_>) -> Response {
    let readiness = readiness(call).await;
    let (status, word) = if readiness.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let database = if readiness.passed("database") { "connected" } else { "disconnected" };
    let body = DatabaseReadyJson { status: word, database, timestamp: call.edge.clock.now() };
    call::uncached(call::json(status, &body))
}

async fn readiness(call: &Call<'_>) -> Readiness {
    match call.edge.services() {
        Some(services) if services.health.has_started() => services.health.readiness().await,
        _ => Readiness { checks: vec![("serving", false)] },
    }
}

fn verbose(readiness: &Readiness) -> String {
    let mut text = String::new();
    for (name, passed) in &readiness.checks {
        let (sign, word) = if *passed { ('+', "ok") } else { ('-', "failed") };
        writeln!(text, "[{sign}]{name} {word}").expect("writing to a string never fails");
    }
    text.push_str(if readiness.is_ready() { "readyz check passed\n" } else { "readyz check failed\n" });
    text
}

/// What a prober wants to see. Unknown parameters are passed over: a probe that worked before an update works after.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    verbose: bool,
    excluded: Vec<String>,
}

impl Wish {
    fn read(query: Option<&str>) -> Self {
        let mut wish = Self::default();
        for pair in query.unwrap_or_default().split('&') {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("verbose", value) => wish.verbose = !matches!(value, "false" | "0"),
                ("exclude", value) => {
                    let names = decode(value).unwrap_or_default();
                    let room = EXCLUDES_MAX - wish.excluded.len();
                    wish.excluded.extend(names.split(',').take(room).map(str::to_owned));
                }
                _ => {}
            }
        }
        wish
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn checks_can_be_left_out_and_spelled_out() {
        let wish = Wish::read(Some("verbose&exclude=disk&exclude=a%2Cb&x=1"));
        assert_eq!(wish, Wish { verbose: true, excluded: vec!["disk".into(), "a".into(), "b".into()] });
        assert_eq!(Wish::read(Some("verbose=0")), Wish::default());
        assert_eq!(Wish::read(None), Wish::default());
    }

    #[test]
    fn the_verbose_form_has_a_line_for_each_check() {
        let readiness = Readiness { checks: vec![("database", true), ("disk", false)] };
        assert_eq!(verbose(&readiness), "[+]database ok\n[-]disk failed\nreadyz check failed\n");
    }

    proptest! {
        #[test]
        fn any_query_is_a_wish(query in "((exclude|verbose)?=?[ -~,%]{0,80}&){0,60}") {
            prop_assert!(Wish::read(Some(&query)).excluded.len() <= EXCLUDES_MAX);
        }
    }
}
