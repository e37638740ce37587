//! Pages of other sites, and what answers tell browsers.

use crate::app::TestApp;
use http::Method;
use mainstay::config::cors::WebOrigin;

const SHOP: &str = "https://shop.example.org";

async fn open_to(origin: &str) -> TestApp {
    TestApp::start_with(|config| config.cors.origins = vec![WebOrigin::parse(origin).unwrap()]).await
}

#[tokio::test]
async fn pages_of_other_sites_are_answered_nothing_special_by_default() {
    let app = TestApp::start().await;
    let asked = app.anonymous().ask(Method::OPTIONS, "/v1/events").header("origin", SHOP);
    let answer = asked.header("access-control-request-method", "POST").send().await;
    answer.refused(405, "method_not_allowed");
    let answer = app.anonymous().ask(Method::GET, "/v1").header("origin", SHOP).send().await;
    assert!(answer.header("access-control-allow-origin").is_none() && answer.header("vary").is_none());
}

#[tokio::test]
async fn pages_of_named_sites_may_call() {
    let app = open_to(SHOP).await;
    let acme = app.tenant("acme").await;
    for path in ["/v1/events", "/in/acme/pos", "/nowhere"] {
        let asked = app.anonymous().ask(Method::OPTIONS, path).header("origin", SHOP);
        let answer = asked.header("access-control-request-method", "POST").send().await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(SHOP));
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET, POST, PUT, DELETE"));
        assert!(answer.header("access-control-allow-headers").unwrap().contains("Idempotency-Key"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(answer.header("ratelimit"), None, "a browser's question counts for nobody");
    }
    let answer = acme.post("{}").key("k").header("origin", SHOP).send().await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (201, Some(SHOP)));
    assert_eq!(answer.header("access-control-expose-headers"), Some("ETag, Retry-After"));
    assert_eq!(answer.header("vary"), Some("Origin"));
    let refused = app.anonymous().ask(Method::GET, "/v1/events").header("origin", SHOP).send().await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, Some(SHOP)));
}

#[tokio::test]
async fn pages_of_other_sites_may_not_call() {
    let app = open_to(SHOP).await;
    for other in
        ["https://evil.example", "https://shop.example.org.evil.example", "http://shop.example.org", "null"]
    {
        let asked = app.anonymous().ask(Method::OPTIONS, "/v1/events").header("origin", other);
        let answer = asked.header("access-control-request-method", "POST").send().await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{other}");
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
}

#[tokio::test]
async fn any_site_may_be_let_in_without_its_cookies() {
    let app = open_to("*").await;
    let answer = app.anonymous().ask(Method::GET, "/v1").header("origin", "https://a.example").send().await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn every_answer_tells_browsers_to_keep_to_themselves_what_they_know() {
    let app = TestApp::start().await;
    let page = app.anonymous().ask(Method::GET, "/nowhere").header("accept", "text/html").send().await;
    assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    for path in ["/v1", "/v1/events", "/nowhere", "/livez"] {
        let answer = app.anonymous().get(path).await;
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(answer.header("permissions-policy").unwrap().contains("camera=()"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        for rule in ["default-src 'none'", "frame-ancestors 'none'", "upgrade-insecure-requests"] {
            assert!(policy.split("; ").any(|stated| stated == rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("server"), None);
    }
}
