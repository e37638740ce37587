//! Any bytes as a request: never a 5xx, never a panic, always a well-formed answer.

use crate::actor::Actor;
use crate::app::TestApp;
use http::{HeaderValue, Method, Uri};
use mainstay::domain::scope::Scope;
use proptest::prelude::*;
use tokio::runtime::Runtime;

/// Headers that the edge reads.
const HEADERS: [&str; 20] = [
    "host",
    "authorization",
    "x-api-key",
    "x-tenant-id",
    "idempotency-key",
    "prefer",
    "traceparent",
    "content-type",
    "content-encoding",
    "accept",
    "x-request-id",
    "forwarded",
    "x-forwarded-for",
    "x-signature",
    "x-webhook-signature",
    "stripe-signature",
    "webhook-signature",
    "webhook-timestamp",
    "webhook-id",
    "x-slack-request-timestamp",
];

/// Paths that lead somewhere, or nearly.
const PATHS: [&str; 15] = [
    "/v1/events",
    "/v1/events/export",
    "/v1/events/1",
    "/v1/events/1/payload",
    "/v1",
    "/metrics",
    "/readyz",
    "/nowhere",
    "/in/acme/pos",
    "/in/acme/stripe",
    "/in/acme/standard",
    "/in/acme/open",
    "/in/acme/nothing",
    "/pos/pos/ingest",
    "/pos/open/ingest",
];

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..max),
        "[ -~]{0,40}".prop_map(String::into_bytes),
        "[\"{}\\[\\]:,0-9a-z ]{0,40}".prop_map(String::into_bytes),
    ]
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    proptest::collection::vec((proptest::sample::select(&HEADERS[..]), bytes(60)), 0..5)
}

fn paths() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(&PATHS[..]).prop_map(str::to_owned);
    let query = "(\\?((after|before|limit|type|source|since|until|trace|key|order|subject|verbose|exclude)=?[!-~]{0,12}&){0,4})?";
    prop_oneof![3 => (known, query).prop_map(|(path, query)| path + &query), 1 => "/[!-~]{0,40}"]
}

fn methods() -> impl Strategy<Value = Method> {
    prop_oneof![
        4 => Just(Method::POST),
        4 => Just(Method::GET),
        1 => "[A-Z]{1,8}".prop_map(|name| Method::from_bytes(name.as_bytes()).unwrap()),
    ]
}

#[test]
fn any_request_is_answered_and_none_breaks_the_appliance() {
    let runtime = Runtime::new().unwrap();
    let (app, actors) = runtime.block_on(async {
        // Only the stranger is limited and blocked.
        let app = TestApp::start_with(|config| {
            config.limits.exempt_networks = vec!["192.0.2.10/32".parse().unwrap()];
        })
        .await;
        let acme = app.tenant("acme").await;
        acme.send("k", "{}").await;
        for (name, scheme) in
            [("pos", "hmac-sha256"), ("stripe", "stripe"), ("standard", "standard"), ("open", "none")]
        {
            app.source("acme", name, scheme, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").await;
        }
        let admin = app.system_token(&[Scope::Admin]).await;
        let actors = [app.anonymous().at("192.0.2.11"), acme.clone(), acme.at("127.0.0.1"), admin];
        (app, actors)
    });
    let request = (0..actors.len(), methods(), paths(), headers(), bytes(300));
    let config = ProptestConfig { cases: 2_000, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&request, |(who, method, path, headers, body)| {
        prop_assume!(path.parse::<Uri>().is_ok());
        let answer = runtime.block_on(sent(&actors[who], method, &path, headers, body));
        prop_assert!(answer < 500, "{} for {}", answer, path);
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(async {
        assert_eq!(actors[1].get("/v1/events?limit=1").await.status, 200);
        let metrics = actors[2].get("/metrics").await;
        let text = String::from_utf8(metrics.body.to_vec()).unwrap();
        assert!(!text.contains("status_code=\"5"), "{text}");
    });
    drop(app);
}

async fn sent(
    actor: &Actor,
    method: Method,
    path: &str,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
) -> u16 {
    let mut ask = actor.ask(method, path).body(body);
    for (name, value) in headers {
        if HeaderValue::from_bytes(&value).is_ok() {
            ask = ask.header(name, value);
        }
    }
    ask.send().await.status
}
