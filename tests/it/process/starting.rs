//! A start that takes long, and one by a clock that is wrong.

use super::program::{Program, read, wait_for};
use crate::documented::is_page;
use mainstay::app::directory::DataDirectory;
use mainstay::app::observer::{OnFailure, StoreObserver};
use mainstay::app::opening::Opening;
use mainstay::app::routes::ROUTES;
use mainstay::config::{self, Sources};
use mainstay::domain::time::Timestamp;

use mainstay::platform::clock::{Clock, ManualClock, SystemClock};
use mainstay::platform::entropy::SystemEntropy;
use mainstay::platform::machine::Machine;
use mainstay::services::setup;
use mainstay::store::options::OnLoss;
use mainstay::telemetry::metrics::Metrics;
use mainstay::tls::keeper::TlsKeeper;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};
use std::sync::Arc;

/// Returns the address that the log says HTTPS is bound to.
fn bound(log: &str) -> Option<String> {
    let (_, rest) = log.split_once("the listeners are bound (https ")?;
    rest.split([',', ')']).next().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_store_is_being_opened_life_is_told_and_everything_else_is_503() {
    let program = Program::with_acme();
    let token = program.token("system", &["admin"]);
    // Reading a pipe waits for somebody who writes into it: the start stands still at its fourth step.
    let key = program.data("keys/sealing.key");
    let text = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    mknodat(CWD, &key, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let mut server = program.begin_to_serve(&[]);
    let https = wait_for("the listeners", || bound(&program.log()));
    server.run = json!({ "https": https, "ca": program.data("tls/ca.pem") });
    let client = server.client(&token);
    let fill = |pattern: &str| pattern.replace(['{', '}'], "");
    for route in ROUTES.iter() {
        let asked = client.ask(route.method.clone(), &fill(route.pattern)).bearer_auth(&token);
        let response = asked.send().await.unwrap();
        let (status, kind) = (response.status().as_u16(), response.headers().get("content-type").cloned());
        let body = response.text().await.unwrap();
        let told = format!("{} {}: {status} {body}", route.method, route.pattern);
        if route.pattern.contains("live") {
            assert_eq!(status, 200, "{told}");
            continue;
        }
        assert_eq!(status, 503, "{told}");
        if kind.is_some_and(|kind| kind == "application/problem+json") {
            let problem: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(problem["code"], "starting", "{told}");
        } else {
            let report = ["ready", "startupz"].iter().any(|word| route.pattern.contains(word));
            assert!(is_page(route) || report, "{told}");
        }
    }
    read(client.ask(reqwest::Method::GET, "/nowhere")).await.unwrap().refused(503, "starting");
    assert!(!program.data("run.json").exists());
    std::fs::write(&key, text).unwrap();
    wait_for("the start", || program.data("run.json").exists().then_some(()));
    assert_eq!(client.get("/v1/events", Some("acme")).await.unwrap().status, 200);
    server.stop();
}

/// Makes a data directory whose last event is of an instant.
fn begun_at(program: &Program, instant: &str) {
    let directory = DataDirectory::create(&program.data("")).unwrap();
    let _lock = directory.lock().unwrap();
    let clock = Arc::new(ManualClock::new(Timestamp::parse(instant).unwrap()));
    let machine = Machine { clock: Arc::clone(&clock) as _, entropy: Arc::new(SystemEntropy::new()) };
    directory.create_database(machine.clock.as_ref(), machine.entropy.as_ref()).unwrap();
    let loaded = config::load(&Sources::new()).unwrap();
    let metrics = Arc::new(Metrics::new(clock.now()));
    let opening = Opening {
        tls: TlsKeeper::open(&loaded.config.tls, &directory.tls(), Arc::new(SystemClock)).unwrap(),
        loaded,
        machine,
        observer: StoreObserver::new(Arc::clone(&metrics), OnFailure::Report),
        metrics,
        on_loss: OnLoss::Refuse,
        apply: Box::new(|_config| ()),
    };
    let services = opening.open(&directory).unwrap();
    setup::record_start(&services.store, "0").unwrap();
    services.store.close().unwrap();
}

#[test]
fn a_clock_that_is_far_from_the_last_event_is_told_at_start() {
    for (last, words) in [
        (
            "2999-01-01T00:00:00Z",
            "the newest time in the ledger. Until it has caught up, new events get that time.",
        ),
        ("2001-01-01T00:00:00Z", " ahead of the last time kept before the reboot, and more than 7 days off"),
    ] {
        let program = Program::new();
        begun_at(&program, last);
        program.serve(&[]).stop();
        assert_eq!(program.log().matches(words).count(), 1, "{}", program.log());
    }
    let program = Program::new();
    program.serve(&[]).stop();
    program.serve(&[]).stop();
    assert!(!program.log().contains("The clock is "), "{}", program.log());
}
