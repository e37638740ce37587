//! Signed deliveries of registered sources.

use crate::app::TestApp;
use crate::provider::{Provider, code, hex_code};
use axum::body::Body;
use bytes::Bytes;
use data_encoding::BASE64;
use http::Method;
use http_body_util::channel::Channel;
use mainstay::domain::source::AutomaticKeys;
use mainstay::domain::tenant::TenantStatus;
use mainstay::platform::clock::Clock;
use mainstay::services::tenants::TenantChange;
use std::time::Duration;

const SECRET: &str = "It's a Secret to Everybody";

async fn started() -> (TestApp, Provider) {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let provider = app.source("acme", "pos", "hmac-sha256", SECRET).await;
    (app, provider)
}

#[tokio::test]
async fn a_signed_delivery_is_stored_byte_for_byte_and_read_back() {
    let (app, provider) = started().await;
    let reader = app.token("acme", crate::app::BOTH).await;
    let bodies: [(&str, &[u8]); 4] = [
        ("application/json", "{\"total\" : \"12.30€\",\r\n \"b\":[]}\n".as_bytes()),
        ("text/plain; charset=latin1", b"\xff\x00caf\xe9"),
        ("application/cloudevents+json", b"{\"specversion\":\"1.0\"}"),
        ("application/x-ndjson", b"{}\n{}\n"),
    ];
    for (content_type, body) in bodies {
        let stored = provider.signed(body).header("content-type", content_type).send().await;
        assert_eq!(stored.status, 201, "{stored:?}");
        let receipt = stored.json();
        assert_eq!(
            (&receipt["tenant"], &receipt["source"], &receipt["type"]),
            (&"acme".into(), &"pos".into(), &"event".into())
        );
        let payload = reader.get(&format!("/v1/events/{}/payload", stored.seq())).await;
        assert_eq!((payload.status, &payload.body[..]), (200, body));
        assert_eq!(payload.header("content-type"), Some(content_type));
    }
    let plain = provider.signed("").send().await;
    let event = reader.get(&format!("/v1/events/{}", plain.seq())).await.json();
    assert_eq!(event["datacontenttype"], "application/octet-stream");
}

#[tokio::test]
async fn a_missing_signature_is_401_a_wrong_one_403_and_neither_is_stored() {
    let (app, provider) = started().await;
    let before = app.ledger_len();
    let missing = provider.deliver("{}").send().await;
    missing.refused(401, "signature_missing");
    assert_eq!(missing.header("www-authenticate"), Some("Signature realm=\"webhook\""));
    let good = hex_code(SECRET, "{}");
    for wrong in [
        String::new(),
        "0".repeat(64),
        good.split_at(62).0.to_owned(),
        format!("{good}00"),
        format!("SHA256={good}"),
        format!("sha256=sha256={good}"),
        format!("sha1={good}"),
        "x".repeat(20_000),
        "é".to_owned(),
    ] {
        let answer = provider.deliver("{}").header("x-signature", &wrong).send().await;
        answer.refused(403, "signature_wrong");
    }
    provider.deliver("{} ").header("x-signature", &good).send().await.refused(403, "signature_wrong");
    provider.knowing("other").send("{}").await.refused(403, "signature_wrong");
    let doubled = provider.signed("{}").header("x-signature", &good).send().await;
    doubled.refused(403, "signature_wrong");
    let contradicted = provider.signed("{}").header("x-webhook-signature", "00").send().await;
    contradicted.refused(403, "signature_wrong");
    assert_eq!(app.ledger_len(), before);
    let upper = provider.deliver("{}").header("X-Webhook-Signature", good.to_uppercase()).send().await;
    assert_eq!(upper.status, 201);
}

#[tokio::test]
async fn a_token_does_not_replace_a_signature() {
    let (app, provider) = started().await;
    let sender = app.token("acme", crate::app::BOTH).await;
    sender.post_to("/in/acme/pos", "{}").send().await.refused(401, "signature_missing");
    let body = "{}";
    let both = sender.post_to("/in/acme/pos", body).header("x-signature", hex_code(SECRET, body));
    assert_eq!(both.send().await.status, 201);
    let bad_token = provider.signed("[]").header("authorization", "Basic eA==").send().await;
    assert_eq!(bad_token.status, 201);
}

#[tokio::test]
async fn unknown_and_deleted_places_are_404_and_suspended_tenants_403() {
    let (app, provider) = started().await;
    for path in ["/in/acme/other", "/in/other/pos", "/in/acme/%70os", "/in/acme/POS", "/in/acme/pos%00"] {
        provider.to(path).send("{}").await.refused(404, "source_unknown");
    }
    for path in ["/in/acme", "/in/acme/pos/", "/in/acme/pos/x", "/in"] {
        assert_eq!(provider.to(path).send("{}").await.status, 404, "{path}");
    }
    for path in ["/in/acme/../acme/pos", "/in//pos", "/in/acme//pos", "/in/acme%2fpos"] {
        assert!([400, 404].contains(&provider.to(path).send("{}").await.status), "{path}");
    }
    provider.to("/in/system/pos").send("{}").await.refused(403, "tenant_reserved");
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
        let answer = app.anonymous().ask(method, "/in/acme/pos").send().await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    }
    let suspend = TenantChange { status: Some(TenantStatus::Suspended), ..TenantChange::default() };
    app.change_tenant("acme", suspend).await;
    provider.send("{}").await.refused(403, "tenant_suspended");
    provider.to("/in/acme/other").send("{}").await.refused(404, "source_unknown");
    app.delete_tenant("acme").await;
    provider.send("{}").await.refused(404, "source_unknown");
}

#[tokio::test]
async fn what_can_be_refused_without_the_body_leaves_it_unread() {
    let (app, provider) = started().await;
    let unread = |path: &str, header: (&str, &str)| {
        // Nobody ever sends this body: an answer means that it was not waited for.
        let (sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        let ask = app.anonymous().ask(Method::POST, path).header(header.0, header.1).body(Body::new(body));
        async move {
            let answer = ask.send().await;
            drop(sender);
            answer
        }
    };
    unread("/in/acme/pos", ("x-other", "1")).await.refused(401, "signature_missing");
    unread("/in/acme/other", ("x-signature", "00")).await.refused(404, "source_unknown");
    let signed = provider.deliver("").header("x-signature", "00");
    signed.header("content-encoding", "gzip").send().await.refused(415, "unsupported_encoding");
    let most = 64 * 1024;
    provider.send(vec![b'x'; most + 1]).await.refused(413, "body_too_large");
    assert_eq!(provider.send(vec![b'x'; most]).await.status, 201);
    let wrong = provider.knowing("other").send(vec![b'x'; most + 1]).await;
    wrong.refused(413, "body_too_large");
}

#[tokio::test]
async fn a_repeat_is_known_by_key_by_delivery_id_or_by_content() {
    let (app, provider) = started().await;
    let first = provider.send(r#"{"a":1}"#).await;
    assert!(first.json()["idempotency_key"].as_str().unwrap().starts_with("auto-"));
    let again = provider.send(r#"{"a":1}"#).await;
    assert_eq!((again.status, again.seq()), (204, first.seq()));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let keyed = provider.signed(r#"{"a":1}"#).key("k1").send().await;
    assert_eq!((keyed.status, keyed.header("idempotency-key")), (201, Some("k1")));
    let other = provider.signed(r#"{"a":2}"#).key("k1").send().await;
    assert_eq!((other.status, other.header("idempotency-mismatch")), (204, Some("true")));
    app.clock.advance(Duration::from_hours(1));
    assert_eq!(provider.send(r#"{"a":1}"#).await.status, 201);

    let github = app.source("acme", "hub", "github", SECRET).await;
    let deliver = |id: &str, body: &str| {
        let signature = format!("sha256={}", hex_code(SECRET, body));
        let ask = github.deliver(body).header("x-hub-signature-256", signature);
        ask.header("x-github-delivery", id).header("x-github-event", "push")
    };
    let first = deliver("d-1", "{}").send().await;
    assert_eq!((first.json()["type"].as_str(), first.header("idempotency-key")), (Some("push"), Some("d-1")));
    assert_eq!(deliver("d-1", "{}").send().await.status, 204);
    assert_eq!(deliver("d-2", "{}").send().await.status, 201);
    let sent = deliver("d-3", "{}").key("k9").send().await;
    assert_eq!(sent.header("idempotency-key"), Some("k9"), "a key that was sent wins");
    let found = app.token("acme", crate::app::BOTH).await.get("/v1/events?key=d-2").await.json();
    assert_eq!(found["events"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_source_can_turn_automatic_keys_off() {
    let (app, _) = started().await;
    let off =
        |new: &mut mainstay::services::sources::NewSource| new.automatic_keys = Some(AutomaticKeys::Off);
    let provider = app.source_with("acme", "ticks", "hmac-sha256", SECRET, off).await;
    for _ in 0..2 {
        let stored = provider.send("tick").await;
        assert_eq!((stored.status, stored.header("idempotency-key")), (201, None));
    }
    assert_eq!(provider.signed("tick").key("k").send().await.status, 201);
    assert_eq!(provider.signed("tick").key("k").send().await.status, 204);
}

#[tokio::test]
async fn the_type_comes_from_the_delivery_then_the_query_then_the_source() {
    let (app, _) = started().await;
    let sale = |new: &mut mainstay::services::sources::NewSource| new.default_type = Some("sale".into());
    let provider = app.source_with("acme", "till", "hmac-sha256", SECRET, sale).await;
    assert_eq!(provider.send("1").await.json()["type"], "sale");
    let refund = provider.to("/in/acme/till?type=refund&subject=order%207").send("2").await;
    assert_eq!(refund.json()["type"], "refund");
    let reader = app.token("acme", crate::app::BOTH).await;
    let event = reader.get(&format!("/v1/events/{}", refund.seq())).await.json();
    assert_eq!(event["subject"], "order 7");
    let stripe = app.source_with("acme", "stripe", "stripe", SECRET, sale).await.to("/in/acme/stripe?type=x");
    let body = r#"{"id":"evt_1","type":"charge.succeeded"}"#;
    let seconds = app.clock.now().as_seconds();
    let signature = format!("t={seconds},v1={}", hex_code(SECRET, format!("{seconds}.{body}")));
    let stored = stripe.deliver(body).header("stripe-signature", signature).send().await;
    assert_eq!(stored.json()["type"], "charge.succeeded");
    let bad = provider.to("/in/acme/till?tpye=x&source=y").send("3").await;
    assert_eq!((bad.status, bad.bad_fields()), (400, vec!["source".to_owned(), "tpye".to_owned()]));
    provider.signed("3").key("").send().await.refused(400, "invalid_idempotency_key");
}

#[tokio::test]
async fn old_and_future_timestamps_are_refused() {
    let (app, _) = started().await;
    let slack = app.source("acme", "slack", "slack", SECRET).await;
    let deliver = |seconds: u64, body: &str| {
        let signature = format!("v0={}", hex_code(SECRET, format!("v0:{seconds}:{body}")));
        slack
            .deliver(body)
            .header("x-slack-signature", signature)
            .header("x-slack-request-timestamp", seconds.to_string())
            .send()
    };
    let now = app.clock.now().as_seconds();
    assert_eq!(deliver(now - 300, "a").await.status, 201);
    assert_eq!(deliver(now + 300, "b").await.status, 201);
    deliver(now - 301, "c").await.refused(403, "signature_wrong");
    deliver(now + 301, "d").await.refused(403, "signature_wrong");
    let signature = format!("v0={}", hex_code(SECRET, format!("v0:{now}:e")));
    let no_time = slack.deliver("e").header("x-slack-signature", signature).send().await;
    no_time.refused(401, "signature_missing");
}

#[tokio::test]
async fn a_challenge_is_answered_only_when_signed_and_stores_nothing() {
    let (app, _) = started().await;
    let slack = app.source("acme", "slack", "slack", SECRET).await;
    let body = r#"{"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd","type":"url_verification"}"#;
    let seconds = app.clock.now().as_seconds();
    let signature = format!("v0={}", hex_code(SECRET, format!("v0:{seconds}:{body}")));
    let before = app.ledger_len();
    let ask = |signature: &str| {
        let ask = slack.deliver(body).header("content-type", "application/json");
        ask.header("x-slack-signature", signature).header("x-slack-request-timestamp", seconds.to_string())
    };
    let answer = ask(&signature).send().await;
    assert_eq!((answer.status, &answer.body[..]), (200, b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd".as_slice()));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    ask(&"0".repeat(64)).send().await.refused(403, "signature_wrong");
    assert_eq!(app.ledger_len(), before);
}

#[tokio::test]
async fn square_signs_its_address_and_standard_webhooks_their_id() {
    let (app, _) = started().await;
    let url = "https://events.example.org/in/acme/square";
    let square =
        app.source_with("acme", "square", "square", SECRET, |new| new.notification_url = Some(url.into()));
    let square = square.await;
    let body = r#"{"event_id":"e-1","type":"payment.created"}"#;
    let sign = |url: &str| BASE64.encode(&code(SECRET.as_bytes(), format!("{url}{body}")));
    let header = "X-Square-HmacSha256-Signature";
    let stored = square.deliver(body).header(header, sign(url)).send().await;
    assert_eq!((stored.status, stored.header("idempotency-key")), (201, Some("e-1")));
    square.deliver(body).header(header, sign("https://other")).send().await.refused(403, "signature_wrong");

    let key = [7; 24];
    let secret = format!("whsec_{}", BASE64.encode(&key));
    let standard = app.source("acme", "std", "standard", &secret).await;
    let seconds = app.clock.now().as_seconds();
    let code = BASE64.encode(&code(&key, format!("msg_1.{seconds}.{body}")));
    let ask = |id: &str| {
        let ask =
            standard.deliver(body).header("webhook-id", id).header("webhook-timestamp", seconds.to_string());
        ask.header("webhook-signature", format!("v1a,AAAA v1,{code}"))
    };
    let stored = ask("msg_1").send().await;
    assert_eq!((stored.status, stored.header("idempotency-key")), (201, Some("msg_1")));
    ask("msg_2").send().await.refused(403, "signature_wrong");
}

#[tokio::test]
async fn refused_deliveries_are_counted_and_stored_ones_have_their_labels() {
    let (app, provider) = started().await;
    provider.send("{}").await;
    provider.knowing("other").send("{}").await;
    let shown = app.edge().metrics.render();
    assert!(shown.contains("ingest_events_total{source=\"pos\",tenant=\"acme\"} 1"), "{shown}");
    assert!(shown.contains("events_processed_total{format=\"other\",status=\"refused\"} 1"), "{shown}");
    assert!(shown.contains("route=\"/in/{tenant}/{source}\",status_code=\"403\""), "{shown}");
}

#[tokio::test]
async fn two_sources_that_get_one_delivery_id_store_both() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let one = app.source("acme", "hub-1", "github", SECRET).await;
    let two = app.source("acme", "hub-2", "github", SECRET).await;
    let id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
    let reader = app.token("acme", crate::app::BOTH).await;
    for provider in [&one, &two] {
        let deliver = || {
            let signature = format!("sha256={}", hex_code(SECRET, "{}"));
            provider.deliver("{}").header("x-hub-signature-256", signature).header("x-github-delivery", id)
        };
        let first = deliver().send().await;
        assert_eq!((first.status, first.header("idempotency-key")), (201, Some(id)));
        let again = deliver().send().await;
        assert_eq!((again.status, again.seq()), (204, first.seq()));
    }
    let found = |query: &str| {
        let (reader, path) = (reader.clone(), format!("/v1/events?key={id}{query}"));
        async move { reader.get(&path).await.json()["events"].clone() }
    };
    assert_eq!(found("").await[0]["source"], "hub-1");
    assert_eq!(found("&source=hub-2").await[0]["source"], "hub-2");
    assert_eq!(found("&source=hub-3").await.as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_signed_delivery_cannot_be_sent_again_under_another_key() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let provider = app.source("acme", "pay", "stripe", SECRET).await;
    let body = r#"{"id":"evt_9","type":"charge"}"#;
    let now = app.clock.now().as_seconds();
    let signature = format!("t={now},v1={}", hex_code(SECRET, format!("{now}.{body}")));
    let deliver = || provider.deliver(body).header("stripe-signature", &signature);
    let first = deliver().send().await;
    assert_eq!((first.status, first.header("idempotency-key")), (201, Some("evt_9")));
    let replay = deliver().key("fresh").send().await;
    assert_eq!((replay.status, replay.seq()), (204, first.seq()));
}

#[tokio::test]
async fn what_is_sent_unsigned_uses_up_no_key_of_others() {
    let (app, provider) = started().await;
    let open = app.source("acme", "open", "none", "").await;
    assert_eq!(open.deliver("1").key("k").send().await.status, 201);
    assert_eq!(open.deliver("1").key("k").send().await.status, 204);
    assert_eq!(provider.signed("2").key("k").send().await.status, 201);
    let sender = app.token("acme", crate::app::BOTH).await;
    assert_eq!(sender.send("k", "3").await.status, 204);
}
