//! How every part of the appliance is, and which gates are open.

use crate::actor::Actor;
use crate::app::TestApp;
use http::Method;
use mainstay::domain::scope::Scope;
use mainstay::domain::tenant::TenantStatus;
use mainstay::platform::clock::Clock;
use mainstay::services::health::{Phase, Readiness, Report};
use mainstay::services::tenants::TenantChange;
use serde_json::{Value, json};
use std::time::Duration;

fn operator(app: &TestApp) -> Actor {
    app.anonymous().at("127.0.0.1")
}

fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn the_report_tells_of_every_part() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    assert_eq!(acme.send("k", "{}").await.status, 201);

    let report = operator(&app).get("/api/health").await.json();

    assert_ne!(report["status"], "unhealthy", "{report}");
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["timestamp"], "2026-03-01T12:00:00.000000Z");
    let wanted = ["api", "clock", "database", "disk", "eventLedger", "session"];
    assert!(wanted.iter().all(|name| names(&report["checks"]).contains(name)), "{report}");
    for absent in ["deliveries", "backup"] {
        assert!(report["checks"][absent].is_null(), "{absent} says something without being there");
    }
    let known = |name: &&str| Report::CHECKS.contains(name);
    assert!(names(&report["checks"]).iter().all(known), "each can be left out: {report}");
    let ready = operator(&app).get("/readyz").await.json();
    let mut readiness = Readiness::CHECKS;
    readiness.sort_unstable();
    assert_eq!(names(&ready["checks"]), readiness);
    for name in wanted {
        let check = &report["checks"][name];
        assert_eq!(check["lastChecked"], "2026-03-01T12:00:00.000000Z", "{name}");
        assert!(check["latency"].as_f64().unwrap() >= 0.0);
    }
    assert!(report["checks"]["database"]["latency"].as_f64().unwrap() > 0.0, "a write and a read take time");
    assert_eq!(report["checks"]["eventLedger"]["status"], "up");
    assert_eq!(report["metrics"]["requests"]["total"], 1);
    assert_eq!(names(&report["metrics"]["latency"]).len(), 4);
    assert_eq!(report["metrics"]["uptime"]["startTime"], "2026-03-01T12:00:00.000000Z");
    assert_eq!(report["metrics"]["uptime"]["seconds"], report["uptime"]);
    assert_eq!(report["features"], json!({}));
}

#[tokio::test]
async fn strangers_get_words_and_readers_of_metrics_the_details() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    let word = stranger.get("/api/health").await.json();
    assert_eq!(names(&word), ["status"]);
    assert_eq!(stranger.get("/api/health/ready").await.json(), json!({"ready":true,"status":"ready"}));
    assert_eq!(names(&stranger.get("/api/health?verbose").await.json()), ["status"], "no lines either");
    assert_eq!(names(&stranger.get("/readyz/disk").await.json()), ["status"]);
    let reader = app.system_token(&[Scope::MetricsRead]).await;
    let others = app.tenant("acme").await;
    let expired = stranger.with_token("mst_nobody");
    for (path, member) in [("/api/health", "checks"), ("/api/health/ready", "gates"), ("/ready", "checks")] {
        assert!(!reader.get(path).await.json()[member].is_null(), "{path}");
        for stranger in [&others, &expired] {
            let answer = stranger.get(path).await;
            assert!(answer.status == 200 && answer.json()[member].is_null(), "{path}");
        }
    }
}

#[tokio::test]
async fn checks_are_left_out_spelled_out_and_asked_for_one_by_one() {
    let app = TestApp::start().await;
    let operator = operator(&app);
    let report = operator.get("/api/health?exclude=disk,clock&exclude=api").await.json();
    assert_eq!(report["checks"]["disk"], Value::Null);
    // On a busy machine it is slow.
    assert_ne!(report["checks"]["database"]["status"], "down");
    let text = operator.get("/api/health?verbose&exclude=disk").await;
    assert_eq!(text.header("content-type"), Some("text/plain; charset=utf-8"));
    let text = String::from_utf8(text.body.to_vec()).unwrap();
    assert!(text.contains("[+]eventLedger ok\n") && text.ends_with("health check passed\n"), "{text}");
    assert!(!text.contains("disk"));
    let one = operator.get("/readyz/database").await.json();
    assert_eq!((&one["status"], &one["checks"]), (&json!("ok"), &json!({"database":true})));
    assert_eq!(operator.get("/readyz/database?verbose").await.body, "[+]database ok\nreadyz check passed\n");
    operator.get("/readyz/nothing").await.refused(404, "check_not_found");
    for path in ["/readyz", "/ready", "/api/health"] {
        let answer = operator.get(&format!("{path}?exclude=disk,dsik")).await;
        answer.refused(400, "invalid_query");
        let detail = answer.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with("names \"dsik\", which is no check; hint: leave out some of database, "));
        assert_eq!(operator.get(&format!("{path}?nobody=1")).await.status, 200);
    }
    app.parts().health.enter(Phase::Draining);
    assert_eq!(operator.ask(Method::GET, "/readyz/serving").ask_health().await.status, 503);
    assert_eq!(operator.get("/readyz/database").await.status, 200);
}

#[tokio::test]
async fn whoever_accepts_health_json_gets_it() {
    let app = TestApp::start().await;
    for path in ["/api/health?exclude=disk", "/readyz?exclude=disk"] {
        let ask = |actor: Actor| {
            actor.ask(Method::GET, path).header("accept", "text/html, Application/Health+JSON;q=0.9").send()
        };
        let answer = ask(operator(&app)).await;
        assert_eq!(answer.header("content-type"), Some("application/health+json"), "{path}");
        let body = answer.json();
        assert_eq!((answer.status, &body["status"]), (200, &json!("pass")), "{body}");
        let (_, checks) = body["checks"].as_object().unwrap().iter().next().unwrap();
        assert_eq!((&checks[0]["status"], checks[0]["time"].is_string()), (&json!("pass"), true), "{body}");
        assert_eq!(ask(app.anonymous()).await.json(), json!({"status":"pass"}));
    }
    let body = operator(&app).ask(Method::GET, "/api/health").header("accept", "application/health+json");
    let body = body.send().await.json();
    assert_eq!(body["checks"]["database:responseTime"][0]["observedUnit"], "ms");
}

#[tokio::test]
async fn callers_within_a_second_share_one_run_of_probes() {
    let app = TestApp::start().await;
    operator(&app).get("/readyz").await;
    let before = app.parts().store.positions().acknowledged;
    for path in ["/readyz", "/api/health", "/api/health/ready", "/health/ready", "/readyz/disk"] {
        operator(&app).get(path).await;
    }
    assert!(app.parts().store.positions().acknowledged <= before + 1, "each wrote an entry of its own");
}

#[tokio::test]
async fn a_stopped_store_is_down_and_closes_gates() {
    let app = TestApp::start().await;
    app.parts().store.close().unwrap();
    let operator = operator(&app);
    let ask = async |path: &str| operator.ask(Method::GET, path).send_report().await;
    let report = ask("/api/health").await;
    assert_eq!((report.status, &report.json()["status"]), (503, &json!("unhealthy")));
    assert_eq!(report.json()["checks"]["database"]["status"], "down");
    assert_eq!(report.json()["checks"]["eventLedger"]["status"], "down");
    let gates = ask("/api/health/ready").await;
    assert_eq!((gates.status, &gates.json()["ready"]), (503, &json!(false)));
    assert_eq!(gates.json()["database"], "disconnected");
    assert_eq!(gates.json()["gates"]["ledger"], false);
    assert_eq!(gates.json()["blockers"], json!(["health", "ledger"]));
    assert_eq!(ask("/readyz").await.status, 503);
    assert_eq!(ask("/livez").await.status, 200);
}

#[tokio::test]
async fn a_suspended_default_tenant_closes_its_gate_and_nothing_else() {
    let app = TestApp::start().await;
    let gates = operator(&app).get("/api/health/ready").await.json();
    assert_eq!((&gates["gates"]["tenant"], &gates["blockers"]), (&json!(true), &json!([])));
    assert!(gates["gates"]["hardening"].is_null(), "there are no flags yet");
    let suspend = TenantChange { status: Some(TenantStatus::Suspended), ..TenantChange::default() };
    app.change_tenant("default", suspend).await;
    let gates = operator(&app).ask(Method::GET, "/api/health/ready").send_report().await;
    assert_eq!((gates.status, &gates.json()["blockers"]), (503, &json!(["tenant"])));
    assert_eq!(app.tenant("acme").await.send("k", "{}").await.status, 201, "intake asks no gates");
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_is_degraded() {
    let app = TestApp::start().await;
    let clock = async || operator(&app).get("/api/health").await.json()["checks"]["clock"]["status"].clone();
    assert_eq!(clock().await, "up");
    app.clock.advance(Duration::from_mins(11));
    assert_eq!(clock().await, "up", "time passed");
    app.clock.set(app.clock.now().saturating_add(Duration::from_mins(11)));
    assert_eq!(clock().await, "degraded");
}
