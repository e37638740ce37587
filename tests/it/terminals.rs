//! Deliveries of points of sale: a signature or a token.

use crate::app::TestApp;
use crate::provider::hex_code;
use http::Method;
use mainstay::domain::scope::Scope;

const SECRET: &str = "terminal-secret";

const PATH: &str = "/pos/till/ingest";

async fn started() -> TestApp {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    app.source("acme", "till", "hmac-sha256", SECRET).await;
    app
}

#[tokio::test]
async fn a_signature_is_enough_and_the_tenant_stands_in_a_header() {
    let app = started().await;
    let signed = |tenant: Option<&str>, name: &str| {
        let ask = app.anonymous().ask(Method::POST, PATH).body("{}").header(name, hex_code(SECRET, "{}"));
        match tenant {
            Some(tenant) => ask.header("x-tenant-id", tenant),
            None => ask,
        }
    };
    let stored = signed(Some("acme"), "x-signature").send().await;
    assert_eq!((stored.status, stored.json()["tenant"].as_str()), (201, Some("acme")));
    assert_eq!(signed(Some("acme"), "x-webhook-signature").send().await.status, 204);
    signed(None, "x-signature").send().await.refused(404, "source_unknown");
    app.source("default", "till", "hmac-sha256", SECRET).await;
    assert_eq!(signed(None, "x-signature").send().await.json()["tenant"], "default");
    for tenant in ["nowhere", "", "ACME", "acme/till"] {
        signed(Some(tenant), "x-signature").send().await.refused(404, "source_unknown");
    }
    signed(Some("system"), "x-signature").send().await.refused(403, "tenant_reserved");
    let twice = signed(Some("acme"), "x-signature").header("x-tenant-id", "acme").send().await;
    twice.refused(400, "repeated_header");
}

#[tokio::test]
async fn a_token_is_enough_by_its_own_rules() {
    let app = started().await;
    let sender = app.token("acme", &[Scope::EventsWrite]).await;
    let stored = sender.post_to(PATH, r#"{"a":1}"#).send().await;
    assert_eq!((stored.status, stored.json()["source"].as_str()), (201, Some("till")));
    assert_eq!(sender.post_to(PATH, r#"{"a":1}"#).send().await.status, 204);
    let reader = app.token("acme", &[Scope::EventsRead]).await;
    reader.post_to(PATH, "{}").send().await.refused(403, "scope_missing");
    sender.in_tenant("default").post_to(PATH, "{}").send().await.refused(403, "tenant_mismatch");
    sender.post_to("/pos/other/ingest", "{}").send().await.refused(404, "source_unknown");
    let of_all = app.system_token(&[Scope::EventsWrite]).await;
    of_all.post_to(PATH, "{}").send().await.refused(404, "source_unknown");
    assert_eq!(of_all.in_tenant("acme").post_to(PATH, "{}").send().await.status, 201);
}

#[tokio::test]
async fn every_proof_that_is_there_must_hold() {
    let app = started().await;
    let sender = app.token("acme", &[Scope::EventsWrite]).await;
    let (good, wrong) = (hex_code(SECRET, "{}"), "0".repeat(64));
    let both = sender.post_to(PATH, "{}").header("x-signature", &good).send().await;
    assert_eq!(both.status, 201);
    let wrong = sender.post_to(PATH, "{}").header("x-signature", &wrong).send().await;
    wrong.refused(403, "signature_wrong");
    let stranger = app.anonymous().with_token("mst_short").in_tenant("acme");
    let unknown = stranger.post_to(PATH, "{}").header("x-signature", &good).send().await;
    unknown.refused(401, "token_unknown");
    let neither = app.anonymous().in_tenant("acme").post_to(PATH, "{}").send().await;
    neither.refused(401, "signature_missing");
    assert_eq!(neither.header("www-authenticate"), Some("Signature realm=\"webhook\", Bearer"));
    let got = app.anonymous().get(PATH).await;
    assert_eq!((got.status, got.header("allow")), (405, Some("POST")));
}
