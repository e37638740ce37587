//! Jobs and what they do.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use http::Method;
use mainstay::domain::idempotency::IdempotencyKey;
use mainstay::domain::job::{RETRY_PAUSES, RunOutcome, Schedule, Trigger};
use mainstay::domain::scope::Scope;
use mainstay::platform::clock::Clock;
use mainstay::platform::workers::{Supervisor, Workers};
use mainstay::services::audit::Actor as By;
use mainstay::services::jobs::{Job, Jobs};
use mainstay::services::refusal::Refusal;
use mainstay::services::request::Request;
use mainstay::telemetry::metrics::Metrics;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const JOB: &str = "/api/v1/jobs/usage-snapshot";

async fn run(admin: &Actor, key: &str) -> Answer {
    admin.ask(Method::POST, &format!("{JOB}/run")).key(key).send().await
}

/// Waits until the job has run so often.
async fn after_runs(admin: &Actor, count: usize) -> Value {
    let waiting = async {
        loop {
            let job = admin.get(JOB).await.json();
            if job["history"].as_array().unwrap().len() >= count {
                return job;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("the job runs")
}

#[tokio::test]
async fn a_job_runs_on_request_once_for_each_key_and_its_history_outlasts_a_restart() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let before = admin.get(JOB).await.json();
    assert_eq!(before["next_at"], "2026-03-02T00:05:00.000000Z");
    assert_eq!(before["history"], json!([]));
    let asked = run(&admin, "k1").await;
    assert_eq!((asked.status, asked.header("location")), (202, Some(JOB)));
    after_runs(&admin, 1).await;
    assert_eq!(run(&admin, "k1").await.status, 204);
    app.clock.advance(Duration::from_secs(1));
    run(&admin, "k2").await;
    after_runs(&admin, 2).await;
    admin.ask(Method::POST, "/api/v1/jobs/nothing/run").send().await.refused(404, "not_found");

    let app = app.restart().await;
    let admin = admin.before(app.router());

    assert_eq!(run(&admin, "k1").await.status, 204, "still known");
    let job = admin.get(JOB).await.json();
    assert_eq!(job["history"].as_array().unwrap().len(), 2);
    let last = &job["history"][0];
    assert_eq!(
        (&last["trigger"], &last["outcome"], &last["attempt"]),
        (&json!("request"), &json!("succeeded"), &json!(1))
    );
    assert_eq!(job["next_at"], "2026-03-02T00:05:00.000000Z");
}

#[tokio::test]
async fn a_day_that_ends_is_closed_with_what_each_tenant_used() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    for key in ["a", "b", "a"] {
        acme.send(key, r#"{"n":1}"#).await;
    }
    globex.send("a", "{}").await;
    app.parts().usage.write(app.clock.now()).unwrap();
    let app = app.restart().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    acme.before(app.router()).send("c", r#"{"n":1}"#).await;

    // The first time the job is due; nothing else moves the clock.
    run(&admin, "today").await;
    after_runs(&admin, 1).await;
    app.clock.advance(Duration::from_hours(13));
    let job = after_runs(&admin, 2).await;

    assert_eq!(job["history"][0]["trigger"], "schedule");
    assert_eq!(job["history"][0]["message"], "1 days closed: 4 events, 1 repeats");
    assert_eq!(job["next_at"], "2026-03-03T00:05:00.000000Z");
    let used = admin.get("/api/v1/usage?day=2026-03-01").await.json();
    let of = |slug: &str| {
        used["tenants"].as_array().unwrap().iter().find(|t| t["tenant"] == slug).unwrap().clone()
    };
    let numbers = |slug: &str| ["events", "repeats", "bytes"].map(|name| of(slug)[name].as_u64().unwrap());
    assert_eq!((numbers("acme"), numbers("globex")), ([3, 1, 21], [1, 0, 2]), "{used}");
    // What workers write waits in the same queue as this.
    app.tenant("later").await;
    let log = admin.in_tenant("system").get("/v1/events?type=usage.snapshot").await.json();
    assert_eq!(log["events"].as_array().unwrap().len(), 1);
    assert_eq!(log["events"][0]["data"]["events"], 4);
    admin.get("/api/v1/usage?day=soon").await.refused(400, "invalid_query");
}

#[tokio::test]
async fn a_time_that_passed_while_stopped_is_made_up_for() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    run(&admin, "k").await;
    after_runs(&admin, 1).await;
    app.clock.advance(Duration::from_hours(100));
    let app = app.restart().await;
    let job = after_runs(&admin.before(app.router()), 2).await;
    assert_eq!(
        (&job["history"][0]["trigger"], &job["history"][0]["due_at"]),
        (&json!("schedule"), &json!("2026-03-02T00:05:00.000000Z"))
    );
    assert_eq!(job["next_at"], "2026-03-06T00:05:00.000000Z");
}

#[tokio::test]
async fn the_gate_of_workflows_is_open_while_the_runner_looks() {
    let app = TestApp::start().await;
    let operator = app.anonymous().at("127.0.0.1");
    let gates = operator.get("/api/health/ready").await.json();
    let open = json!({"health":true,"ledger":true,"tenant":true,"agents":true,"workflows":true});
    assert_eq!((&gates["ready"], &gates["gates"]), (&json!(true), &open));
}

#[tokio::test]
async fn a_request_for_a_run_is_in_progress_until_the_run_ends_and_acts_again_after_a_crash() {
    let app = TestApp::start().await;
    let job = || {
        let schedule = Schedule::Daily(Duration::from_hours(13));
        Job { name: "sweep", purpose: "sweeps", schedule, work: Arc::new(|_now| Ok("done".to_owned())) }
    };
    let load = |app: &TestApp| {
        let (store, clock) = (app.parts().store.clone(), Arc::clone(&app.clock) as _);
        Jobs::load(store, clock, Arc::new(Metrics::new(app.clock.now())), vec![job()]).unwrap()
    };
    let ask = async |app: &TestApp, jobs: &Jobs, key: &str| {
        let key = IdempotencyKey::parse(key).unwrap();
        let once = Some(app.parts().requests.identify("a test", &key, &[b"run"]));
        jobs.ask(Request { actor: By::CommandLine, once }, "sweep").await.map(|job| job.name)
    };
    let done = || Err(Refusal::Repeated { made: "jobs/sweep".to_owned() });

    let jobs = load(&app);
    assert_eq!(ask(&app, &jobs, "k1").await, Ok("sweep"));
    assert_eq!(ask(&app, &jobs, "k1").await, Err(Refusal::InProgress));
    assert_eq!(ask(&app, &jobs, "k2").await, Ok("sweep"), "one run serves both");
    assert_eq!(ask(&app, &jobs, "k2").await, done());

    let app = app.restart().await;
    let jobs = load(&app);
    assert_eq!(ask(&app, &jobs, "k1").await, Ok("sweep"), "the first was cut off");
    let clock: Arc<dyn Clock> = Arc::clone(&app.clock) as _;
    Supervisor::new(jobs.worker(), clock, &Workers::default()).step().await;
    assert_eq!((ask(&app, &jobs, "k1").await, ask(&app, &jobs, "k2").await), (done(), done()));
    assert_eq!(jobs.find("sweep").unwrap().history.len(), 1);
}

#[tokio::test]
async fn a_run_that_fails_is_repeated_and_the_repetition_counted() {
    let app = TestApp::start().await;
    let runs = AtomicUsize::new(0);
    let work = move |_now| match runs.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Err("the disk said no".to_owned()),
        _ => Ok("done".to_owned()),
    };
    let schedule = Schedule::Daily(Duration::from_hours(13));
    let job = Job { name: "sweep", purpose: "sweeps", schedule, work: Arc::new(work) };
    let (metrics, clock) = (Arc::new(Metrics::new(app.clock.now())), Arc::clone(&app.clock));
    let (store, counted) = (app.parts().store.clone(), Arc::clone(&metrics));
    let jobs = Jobs::load(store, Arc::clone(&clock) as _, counted, vec![job]).unwrap();
    let mut runner = Supervisor::new(jobs.worker(), clock, &Workers::default());
    runner.step().await;
    let retried = || {
        let text = metrics.render();
        let series = "retry_attempts_total{service=\"jobs\",tenant=\"system\"} ";
        text.lines().find_map(|line| line.strip_prefix(series)).unwrap().parse::<u8>().unwrap()
    };
    let history = || jobs.find("sweep").unwrap().history;
    assert_eq!((retried(), history().len()), (0, 0));
    let pauses = [Duration::from_hours(1), RETRY_PAUSES[0], RETRY_PAUSES[1]];
    for (nth, pause) in pauses.into_iter().enumerate() {
        app.clock.advance(pause);
        runner.step().await;
        assert_eq!(history().len(), nth + 1);
        assert_eq!(usize::from(retried()), nth, "the first run repeats nothing");
    }
    let told: Vec<_> = history().iter().map(|run| (run.trigger, run.outcome, run.attempt)).collect();
    let expected = [
        (Trigger::Retry, RunOutcome::Succeeded, 3),
        (Trigger::Retry, RunOutcome::Failed, 2),
        (Trigger::Schedule, RunOutcome::Failed, 1),
    ];
    assert_eq!(told, expected);
}
