//! How often tenants and their tokens may come, and blocks over HTTP.

use crate::answer::Answer;
use crate::app::TestApp;
use http::Method;
use mainstay::domain::scope::Scope;
use mainstay::services::input::Change;
use mainstay::services::tenants::TenantChange;
use std::time::Duration;

fn heads(answer: &Answer) -> (Option<&str>, Option<&str>, Option<&str>) {
    (answer.header("ratelimit-policy"), answer.header("ratelimit"), answer.header("x-ratelimit-remaining"))
}

#[tokio::test]
async fn a_tenant_over_its_limit_is_refused_and_no_other() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let pos = app.source("acme", "pos", "hmac-sha256", "the secret").await;
    app.change_tenant("acme", TenantChange { rate_limit: Change::of("3/10s"), ..TenantChange::default() })
        .await;

    let first = acme.send("k1", "{}").await;
    assert_eq!(heads(&first), (Some("\"tenant\";q=3;w=10"), Some("\"tenant\";r=2;t=10"), Some("2")));
    assert_eq!(acme.get("/v1/events").await.header("ratelimit"), Some("\"tenant\";r=1;t=10"));
    let signed = pos.send("{}").await;
    assert_eq!((signed.status, signed.header("ratelimit")), (201, Some("\"tenant\";r=0;t=10")));

    let before = app.ledger_len();
    let over = acme.at("192.0.2.77").send("k2", "{}").await;
    over.refused(429, "rate_limited");
    assert_eq!(over.header("retry-after"), Some("10"));
    let body = over.json();
    assert_eq!((&body["error"], &body["retryAfter"]), (&"RATE_LIMITED".into(), &10.into()));
    pos.send("{\"n\":2}").await.refused(429, "rate_limited");
    assert_eq!(app.ledger_len(), before);
    let operator = app.system_token(&[Scope::Admin]).await.in_tenant("acme");
    assert_eq!(operator.get("/api/v1/settings").await.status, 200, "who mends it is let in");
    assert_eq!(heads(&globex.send("k1", "{}").await), (None, None, None));
    assert_eq!(acme.get("/livez").await.status, 200);

    app.clock.advance(Duration::from_secs(10));
    assert_eq!(acme.send("k2", "{}").await.status, 201);
    app.change_tenant("acme", TenantChange { rate_limit: Change::of("off"), ..TenantChange::default() })
        .await;
    assert_eq!(heads(&acme.send("k3", "{}").await), (None, None, None));
}

#[tokio::test]
async fn a_token_over_its_limit_leaves_the_tenants_other_tokens_alone() {
    let app = TestApp::start().await;
    let (one, other) = (app.tenant("acme").await, app.token("acme", crate::app::BOTH).await);
    let change = TenantChange {
        rate_limit: Change::of("9/1m"),
        token_rate_limit: Change::of("2/1m"),
        ..TenantChange::default()
    };
    app.change_tenant("acme", change).await;
    let first = one.send("k1", "{}").await;
    let policy = "\"tenant\";q=9;w=60, \"token\";q=2;w=60";
    assert_eq!(heads(&first), (Some(policy), Some("\"tenant\";r=8;t=60, \"token\";r=1;t=60"), Some("1")));
    one.send("k2", "{}").await;
    let over = one.send("k3", "{}").await;
    over.refused(429, "rate_limited");
    assert!(over.json()["detail"].as_str().unwrap().contains("with this token"));
    let noticed = other.send("k3", "{}").await;
    assert_eq!(noticed.status, 201);
    assert!(
        noticed.header("ratelimit").unwrap().starts_with("\"tenant\";r=6;"),
        "the refused one took nothing"
    );

    let metrics = app.anonymous().at("127.0.0.1").get("/metrics").await;
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    assert!(text.lines().any(|line| line == "rate_limited_total{scope=\"token\"} 1"), "{text}");
}

#[tokio::test]
async fn unsigned_deliveries_take_nothing_of_a_tenants_share() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.source("acme", "open", "none", "").await;
    app.change_tenant("acme", TenantChange { rate_limit: Change::of("2/1m"), ..TenantChange::default() })
        .await;
    for number in 0..5 {
        let open = app.anonymous().post_to("/in/acme/open", format!("{{\"n\":{number}}}")).send().await;
        assert_eq!((open.status, open.header("ratelimit-policy")), (201, Some("\"default\";q=100;w=60")));
    }
    assert_eq!(acme.send("k", "{}").await.header("ratelimit"), Some("\"tenant\";r=1;t=60"));
}

#[tokio::test]
async fn blocks_are_added_once_listed_and_lifted_over_http() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await.at("127.0.0.1");
    let add = |key: &str| {
        let body = r#"{"network":"192.0.2.0/24","reason":"scanner","for":"7d"}"#;
        admin.post_to("/api/v1/blocks", body).key(key).send()
    };
    let made = add("b1").await;
    let place = "/api/v1/blocks?network=192.0.2.0/24";
    assert_eq!((made.status, made.header("location")), (201, Some(place)));
    let events = app.ledger_len();
    let again = add("b1").await;
    assert_eq!((again.status, again.header("location")), (204, Some(place)));
    assert_eq!(app.ledger_len(), events, "a repeat changes nothing");
    app.anonymous().get("/v1").await.refused(429, "address_blocked");
    let listed = admin.get(place).await.json();
    assert_eq!(listed["blocks"], serde_json::json!([made.json()]));
    assert_eq!(listed["blocks"][0]["by"], "operator");

    let app = app.restart().await;
    let admin = admin.before(app.router());
    assert_eq!(admin.get("/api/v1/blocks").await.json(), listed);
    let lifted = admin.ask(Method::DELETE, place).send().await;
    assert_eq!((lifted.status, lifted.json()["lifted"].clone()), (200, 1.into()));
    assert_eq!(app.anonymous().get("/v1").await.status, 200);
    admin.ask(Method::DELETE, place).send().await.refused(404, "not_found");
    admin.ask(Method::DELETE, "/api/v1/blocks").send().await.refused(400, "invalid_query");
    for wrong in
        [r#"{"network":"127.0.0.1"}"#, r#"{"network":"x"}"#, r#"{"network":"192.0.2.1","for":"soon"}"#]
    {
        admin.post_to("/api/v1/blocks", wrong).send().await.refused(422, "unacceptable");
    }
    let refused = admin.ask(Method::PUT, "/api/v1/blocks").send().await;
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD, POST, DELETE")));
}

#[tokio::test]
async fn a_flood_of_bad_tokens_is_blocked_while_other_addresses_notice_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for number in 0..1_000 {
        let guess = format!("mst_{}_guess{number}", "a".repeat(16));
        let answer = app.anonymous().with_token(&guess).get("/v1/events").await;
        assert_eq!(answer.status, if number < 10 { 401 } else { 429 }, "{number}");
        if number % 50 == 0 {
            assert_eq!(acme.at("198.51.100.9").send(&format!("k{number}"), "{}").await.status, 201);
            assert_eq!(app.anonymous().at("198.51.100.8").get("/v1").await.status, 200);
        }
    }
}

#[tokio::test]
async fn the_text_of_api_key_is_a_token_with_every_scope_until_another_is_given() {
    use mainstay::services::audit::Actor as By;
    use mainstay::services::tokens::ApiKey;
    let app = TestApp::start().await;
    let tokens = &app.parts().tokens;
    let give = async |text| tokens.ensure_api_key(By::Appliance, text).await;
    let (first, second) = ("first-key-0123456789abcdef", "second-key-0123456789abcdef");
    assert_eq!(give(Some(first)).await, Ok(ApiKey::Changed));
    assert_eq!(give(Some(first)).await, Ok(ApiKey::Unchanged));
    let holder = app.anonymous().with_token(first);
    assert_eq!(holder.send("k", "{}").await.status, 201, "it acts in tenant default");
    assert_eq!(holder.get("/api/v1/settings").await.status, 200);
    assert_eq!(holder.get("/metrics").await.status, 200);
    let by_header = app.anonymous().ask(Method::GET, "/v1/events").header("x-api-key", first).send().await;
    assert_eq!(by_header.status, 200);

    assert_eq!(give(Some(second)).await, Ok(ApiKey::Changed));
    holder.get("/v1/events").await.refused(401, "token_unknown");
    let holder = app.anonymous().with_token(second);
    assert_eq!(holder.get("/v1/events").await.status, 200);
    assert_eq!(give(None).await, Ok(ApiKey::Revoked));
    holder.get("/v1/events").await.refused(401, "token_revoked");
    assert_eq!(give(None).await, Ok(ApiKey::Unchanged));
    assert_eq!(give(Some(second)).await, Ok(ApiKey::Changed));
    assert_eq!(holder.get("/v1/events").await.status, 200);
    for wrong in ["", "mst_aaaaaaaaaaaaaaaa_b", "two words", "schlüssel"] {
        let refusal = give(Some(wrong)).await.unwrap_err().to_string();
        assert!(refusal.contains("hint: ") && (wrong.is_empty() || !refusal.contains(wrong)), "{refusal}");
    }
}
