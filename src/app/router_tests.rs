//! The router before the store is open: health questions are answered, everything else waits.

use crate::app::routes::ROUTES;
use crate::http::edge::Edge;
use crate::http::options::EdgeOptions;
use crate::http::route::{Found, Told, When};
use crate::http::router;
use crate::http::testing::edge;
use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use std::collections::HashSet;
use tower::ServiceExt;

/// An answer as tests look at it.
struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn head(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Sends a request and checks what every answer must have.
async fn ask(router: &Router, request: http::request::Builder) -> Answer {
    let says = request.headers_ref().is_some_and(|headers| headers.contains_key("host"));
    let request = if says { request } else { request.header("host", "mainstay.example") };
    let request = request.body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
    assert!(!answer.head("x-request-id").is_empty());
    assert_eq!(answer.head("x-content-type-options"), "nosniff");
    assert_eq!(answer.head("server"), "");
    if answer.status >= 400
        && answer.head("content-type") == "application/problem+json"
        && !answer.body.is_empty()
    {
        assert_eq!(answer.json()["request_id"], answer.head("x-request-id"));
        assert_eq!(answer.json()["status"], answer.status);
    }
    answer
}

fn https() -> Router {
    router::build(&edge(EdgeOptions::default()), &ROUTES)
}

#[test]
fn a_method_of_a_pattern_is_listed_once() {
    let pairs: HashSet<_> = ROUTES.iter().map(|route| (&route.method, route.pattern)).collect();
    assert_eq!(pairs.len(), ROUTES.iter().count());
}

#[tokio::test]
async fn before_the_start_is_over_only_life_and_readiness_are_answered() {
    let router = https();
    for route in ROUTES.iter() {
        let path = route.pattern.replace("{seq}", "1");
        let answer = ask(&router, Request::builder().method(route.method.clone()).uri(&path)).await;
        if route.when == When::Always {
            let expected = if path.contains("live") { 200 } else { 503 };
            assert_eq!(
                (answer.status, answer.head("content-type")),
                (expected, "application/json"),
                "{path}"
            );
        } else if route.told == Told::Page {
            let told = (answer.status, answer.head("content-type"), answer.head("retry-after"));
            assert_eq!(told, (503, "text/html; charset=utf-8", "2"), "{path}");
        } else {
            assert_eq!((answer.status, &answer.json()["code"]), (503, &"starting".into()), "{path}");
            assert_eq!(answer.head("retry-after"), "2", "{path}");
        }
    }
}

fn ready_word(word: &str) -> Value {
    serde_json::json!({ "status": word })
}

#[tokio::test]
async fn life_and_readiness_have_their_public_shape() {
    let router = https();
    let alive = ask(&router, Request::get("/livez")).await.json();
    assert_eq!(alive["alive"], true);
    assert_eq!(
        (&alive["status"], &alive["timestamp"]),
        (&"alive".into(), &"2026-01-01T00:00:00.000000Z".into())
    );
    let ready = ask(&router, Request::get("/ready")).await.json();
    assert_eq!(ready, ready_word("degraded"), "strangers get the word alone");
    let ready = ask(&router, Request::get("/health/ready")).await.json();
    assert_eq!((&ready["status"], &ready["database"]), (&"not ready".into(), &"disconnected".into()));
    let verbose = ask(&router, Request::get("/readyz?verbose")).await.json();
    assert_eq!(verbose, ready_word("degraded"), "and no lines either");
}

#[tokio::test]
async fn a_wrong_method_is_refused_with_those_that_work() {
    let router = https();
    for (path, allow) in [("/v1/events", "GET, HEAD, POST"), ("/livez", "GET, HEAD"), ("/v1", "GET, HEAD")] {
        for method in ["DELETE", "OPTIONS", "PATCH", "BREW"] {
            let request = Request::builder().method(method).uri(path);
            let answer = ask(&router, request).await;
            assert_eq!((answer.status, answer.head("allow")), (405, allow), "{method} {path}");
            assert_eq!(answer.json()["code"], "method_not_allowed");
        }
    }
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body() {
    let answer = ask(&https(), Request::head("/livez")).await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_ne!(answer.head("content-length"), "0");
}

#[tokio::test]
async fn a_clients_request_id_comes_back() {
    let answer = ask(&https(), Request::get("/livez").header("x-request-id", "mine-1")).await;
    assert_eq!(answer.head("x-request-id"), "mine-1");
}

#[tokio::test]
async fn the_listener_for_operations_has_health_and_metrics_alone() {
    let edge = edge(EdgeOptions::default());
    let router = router::build_operations(&edge, &ROUTES);
    for route in ROUTES.iter() {
        ask(
            &router,
            Request::builder().method(route.method.clone()).uri(route.pattern.replace("{seq}", "1")),
        )
        .await;
    }
    let text = edge.metrics.render();
    for route in ROUTES.iter() {
        let found = text.contains(&format!("route=\"{}\",status_code", route.pattern));
        assert_eq!(found, route.found == Found::Operations, "{}", route.pattern);
    }
}

#[tokio::test]
async fn plain_http_leads_to_https_and_takes_nothing_else() {
    let edge = edge(EdgeOptions::default());
    let router = router::build_redirect(&edge, &ROUTES);
    let get = || Request::get("/v1/events?limit=1").header("host", "till.example:8080");
    assert_eq!(ask(&router, get()).await.status, 503);
    edge.https_bound(8443);
    let answer = ask(&router, get()).await;
    assert_eq!(answer.status, 308);
    assert_eq!(answer.head("location"), "https://till.example:8443/v1/events?limit=1");
    let answer = ask(&router, Request::post("/v1/events").header("host", "a")).await;
    assert_eq!((answer.status, &answer.json()["code"]), (403, &"tls_required".into()));
    assert_eq!(ask(&router, Request::get("/").header("host", "a@b")).await.status, 400);
}

#[tokio::test]
async fn methods_and_paths_a_client_thinks_of_make_no_series() {
    let edge: std::sync::Arc<Edge> = edge(EdgeOptions::default());
    let router = router::build(&edge, &ROUTES);
    for number in 0..50 {
        let method = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
        ask(&router, Request::builder().method(method).uri(format!("/path-{number}"))).await;
    }
    let text = edge.metrics.render();
    assert!(
        text.contains("http_requests_total{method=\"OTHER\",route=\"unmatched\",status_code=\"503\"} 50")
    );
    assert!(!text.contains("path-"));
}
