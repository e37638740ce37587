//! Routes before the start, while stopping, and on the other listeners.

use crate::actor::Actor;
use crate::app::{TestApp, unopened_edge};
use crate::documented::is_page;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::channel::Channel;
use mainstay::app::routes::ROUTES;
use mainstay::config::Config;
use mainstay::http::edge::Edge;
use mainstay::http::route::{Found, When};
use mainstay::http::router;

use mainstay::platform::clock::{Clock, SystemClock};
use mainstay::platform::entropy::SeededEntropy;
use mainstay::platform::machine::Machine;
use mainstay::services::health::Phase;
use mainstay::telemetry::metrics::Metrics;
use std::convert::Infallible;
use std::sync::Arc;
use tower::ServiceExt;

fn starting_edge() -> Arc<Edge> {
    let machine = Machine { clock: Arc::new(SystemClock), entropy: Arc::new(SeededEntropy::new(1)) };
    let metrics = Arc::new(Metrics::new(SystemClock.now()));
    unopened_edge(&Config::default(), metrics, machine)
}

fn path_of(pattern: &str) -> String {
    pattern.replace("{seq}", "1").replace("{check}", "database")
}

#[tokio::test]
async fn before_the_start_only_health_questions_are_answered() {
    let nobody = Actor::anonymous(router::build(&starting_edge(), &ROUTES));
    for route in ROUTES.iter() {
        let answer = nobody.ask(route.method.clone(), &path_of(route.pattern)).ask_health().await;
        let alive = route.pattern.contains("live");
        match (route.when, alive) {
            (When::Always, true) => assert_eq!(answer.status, 200, "{}", route.pattern),
            (When::Always, false) => assert_eq!(answer.status, 503, "{}", route.pattern),
            _ if is_page(route) => assert_eq!(answer.status, 503, "{}", route.pattern),
            _ => answer.refused(503, "starting"),
        }
    }
    nobody.get("/nowhere").await.refused(503, "starting");
}

#[tokio::test]
async fn while_stopping_new_work_is_refused_and_health_is_told() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await.at("127.0.0.1");
    app.parts().health.enter(Phase::Draining);
    for route in ROUTES.iter().filter(|route| route.found != Found::Socket) {
        let answer = acme.ask(route.method.clone(), &path_of(route.pattern)).ask_health().await;
        assert_eq!(answer.header("connection"), Some("close"), "{}", route.pattern);
        let is_work = [When::Serving, When::Streaming].contains(&route.when);
        if is_page(route) {
            assert_eq!(answer.status, if is_work { 503 } else { 303 }, "{}", route.pattern);
        } else if is_work {
            answer.refused(503, "draining");
        }
    }
    for (path, status) in [
        ("/livez", 200),
        ("/startupz", 200),
        ("/health", 503),
        ("/readyz", 503),
        ("/ready", 503),
        ("/health/ready", 503),
        ("/readyz/database", 200),
        ("/readyz/serving", 503),
        ("/api/health", 503),
        ("/api/health/ready", 503),
        ("/metrics", 200),
        ("/api/metrics", 200),
        ("/v1", 200),
    ] {
        let answer = acme.ask(Method::GET, path).ask_health().await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn an_edge_that_opens_later_serves_from_then_on() {
    let app = TestApp::start().await;
    let edge = starting_edge();
    let acme = app.tenant("acme").await.before(router::build(&edge, &ROUTES));
    acme.get("/v1/events").await.refused(503, "starting");
    edge.open(Arc::clone(app.parts()));
    assert_eq!(acme.get("/v1/events").await.status, 200);
}

#[tokio::test]
async fn an_edge_is_closed_and_opened_again_with_other_services_behind_its_routers() {
    // After a restart other random numbers are drawn, so that the tokens differ.
    let (app, other) = (TestApp::start().await, TestApp::start().await.restart().await);
    let (acme, globex) = (app.tenant("acme").await, other.tenant("globex").await);
    // Made before the services go, like the routers of listeners that go on accepting.
    let globex = globex.before(app.router());
    assert_eq!(acme.send("k", "{}").await.status, 201);
    globex.get("/v1/events").await.refused(401, "token_unknown");

    app.edge().close();
    acme.get("/v1/events").await.refused(503, "starting");
    assert_eq!(acme.ask(Method::GET, "/readyz").ask_health().await.status, 503);
    assert_eq!(acme.get("/livez").await.status, 200);

    app.edge().open(Arc::clone(other.parts()));
    assert_eq!(globex.send("k", "{}").await.status, 201);
    assert_eq!(globex.get("/v1/events").await.json()["events"].as_array().unwrap().len(), 1);
    acme.get("/v1/events").await.refused(401, "token_unknown");
}

#[tokio::test]
async fn a_request_under_way_finishes_with_the_services_it_began_with() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
    let request = Request::post("/v1/events").header("host", "mainstay.example");
    let request = request.header("authorization", format!("Bearer {}", acme.token()));
    let request = request.header("content-type", "application/json").header("idempotency-key", "k");
    let answer = tokio::spawn(app.router().oneshot(request.body(Body::new(body)).unwrap()));
    // The first piece has been taken once there is room for the second.
    sender.send_data("{".into()).await.unwrap();
    sender.send_data(" ".into()).await.unwrap();
    app.edge().close();
    acme.get("/v1/events").await.refused(503, "starting");
    sender.send_data("}".into()).await.unwrap();
    drop(sender);
    assert_eq!(answer.await.unwrap().unwrap().status(), 201);
}

#[tokio::test]
async fn the_operations_listener_knows_health_and_metrics_only() {
    let app = TestApp::start().await;
    let acme =
        app.tenant("acme").await.at("127.0.0.1").on_plain(router::build_operations(app.edge(), &ROUTES));
    for route in ROUTES.iter() {
        let answer = acme.ask(route.method.clone(), &path_of(route.pattern)).send().await;
        let expected = if route.found == Found::Operations { 200 } else { 404 };
        assert_eq!(answer.status, expected, "{}: {answer:?}", route.pattern);
    }
}

#[tokio::test]
async fn the_plain_listener_leads_to_https_and_takes_nothing() {
    let app = TestApp::start().await;
    app.edge().https_bound(8443);
    let acme = app.tenant("acme").await.on_plain(router::build_redirect(app.edge(), &ROUTES));
    for (number, route) in ROUTES.iter().enumerate() {
        let path = format!("{}?a=b", path_of(route.pattern));
        // There are more routes than requests that one address may make.
        let acme = acme.at(&format!("198.51.100.{}", number % 250));
        let answer = acme.ask(Method::GET, &path).header("host", "till.example:80").send().await;
        assert_eq!(answer.status, 308);
        assert_eq!(answer.header("location"), Some(format!("https://till.example:8443{path}").as_str()));
    }
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = acme.ask(method, "/v1/events").header("host", "till.example").send().await;
        answer.refused(403, "tls_required");
    }
    acme.ask(Method::GET, "/").header("host", "").send().await.refused(400, "invalid_host");
}

#[tokio::test]
async fn health_answers_have_their_published_shapes() {
    let app = TestApp::start().await;
    let nobody = app.anonymous().at("127.0.0.1");
    assert_eq!(nobody.get("/health").await.json()["service"], "mainstay");
    assert_eq!(nobody.get("/livez").await.json()["alive"], true);
    assert_eq!(nobody.get("/startupz").await.json()["started"], true);
    let ready = nobody.get("/ready").await.json();
    assert_eq!((&ready["status"], &ready["checks"]["database"]), (&"ok".into(), &true.into()));
    let stranger = nobody.at("198.51.100.1").get("/ready").await.json();
    assert_eq!(stranger, serde_json::json!({ "status": "ok" }), "strangers get the word alone");
    let ready = nobody.get("/health/ready").await.json();
    assert_eq!((&ready["status"], &ready["database"]), (&"ready".into(), &"connected".into()));
    let verbose = nobody.get("/readyz?verbose").await;
    assert!(String::from_utf8(verbose.body.to_vec()).unwrap().contains("[+]database ok\n"));
    let about = nobody.get("/v1").await.json();
    assert_eq!(about["idempotency"]["retention"], "30d");
    assert_eq!(about["limits"]["body_bytes_max"], 65_536);
    assert_eq!(nobody.get("/ca.pem").await.body, crate::app::AUTHORITY);
}

#[tokio::test]
async fn over_the_most_requests_at_once_others_are_sent_away_and_health_answers() {
    let app = TestApp::start_with(|config| config.limits.in_flight_max = 0).await;
    let acme = app.tenant("acme").await;
    let shed = acme.send("k", "{}").await;
    shed.refused(503, "too_busy");
    assert_eq!(shed.header("retry-after"), Some("1"));
    for path in ["/livez", "/readyz", "/health", "/api/health", "/metrics"] {
        assert_eq!(app.anonymous().at("127.0.0.1").get(path).await.status, 200, "{path}");
    }
}
