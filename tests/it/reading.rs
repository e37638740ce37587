//! One event, its payload byte for byte, and exports.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use data_encoding::BASE64;
use serde_json::Value;
use std::time::Duration;

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")));
    let text = std::str::from_utf8(&answer.body).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Sends a payload under a media type and reads it back.
async fn returned(actor: &Actor, content_type: &str, payload: Vec<u8>) -> Answer {
    let sent = actor.post_as(content_type, payload.clone()).send().await;
    assert!([201, 204].contains(&sent.status), "{sent:?}");
    let read = actor.get(&format!("/v1/events/{}/payload", sent.seq())).await;
    assert_eq!(read.status, 200);
    assert!(read.body == payload, "{content_type}: {} bytes came back as {}", payload.len(), read.body.len());
    read
}

#[tokio::test]
async fn payloads_come_back_byte_for_byte() {
    let mut app = TestApp::start_with(|config| {
        config.store.journal_segment_bytes = 8 << 20;
        config.limits.body_bytes_max = 1 << 20;
    })
    .await;
    let actor = app.tenant("acme").await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let payloads = [
        ("application/octet-stream", every_byte.repeat(3)),
        ("application/octet-stream", Vec::new()),
        ("text/plain; charset=utf-16", vec![0xff, 0xfe, 0x00]),
        ("application/json", b" {\"a\" : 1.000,\r\n\t\"b\":\"\\u00e4\"} \n".to_vec()),
        ("application/octet-stream", every_byte.repeat(4096)),
        ("application/json", format!("\"{}\"", "x".repeat((1 << 20) - 2)).into_bytes()),
        ("application/vnd.till+json", b"null".to_vec()),
        ("application/xml", vec![b'<'; 1024]),
        ("application/xml", vec![b'<'; 1025]),
        ("application/xml", vec![b'<'; 3900]),
        ("application/xml", vec![b'<'; 3901]),
    ];
    for round in 0..2 {
        for (content_type, payload) in &payloads {
            let read = returned(&actor.before(app.router()), content_type, payload.clone()).await;
            assert_eq!(read.header("content-type"), Some(*content_type), "round {round}");
        }
        app = app.restart().await;
    }
}

#[tokio::test]
async fn what_a_browser_might_run_is_only_a_download() {
    let app = TestApp::start().await;
    let actor = app.tenant("acme").await;
    let page = returned(&actor, "text/html", b"<script>alert(1)</script>".to_vec()).await;
    assert!(page.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(page.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    let json = returned(&actor, "application/json", b"1".to_vec()).await;
    assert_eq!(json.header("content-disposition"), None);
    assert_eq!(json.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn one_event_is_shown_with_its_payload_as_data_or_base64() {
    let app = TestApp::start().await;
    let actor = app.tenant("acme").await;
    let json = actor.post(r#"{"total":1.10}"#).send().await.seq();
    let bytes = actor.post_as("application/octet-stream", vec![0, 255]).send().await.seq();
    let empty = actor.ask(http::Method::POST, "/v1/events").send().await.seq();
    let shown = actor.get(&format!("/v1/events/{json}")).await;
    assert!(shown.body.ends_with(br#""data":{"total":1.10}}"#), "{shown:?}");
    let shown = actor.get(&format!("/v1/events/{bytes}")).await.json();
    assert_eq!(shown["data_base64"], BASE64.encode(&[0, 255]));
    let shown = actor.get(&format!("/v1/events/{empty}")).await.json();
    assert_eq!(
        (&shown["data_base64"], &shown["datacontenttype"]),
        (&"".into(), &"application/octet-stream".into())
    );
}

#[tokio::test]
async fn what_is_no_event_of_the_tenant_is_404() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let seq = acme.send("k", "{}").await.seq();
    for number in ["0", "00", "1", "-1", "+1", "1.0", "x", "18446744073709551615", "18446744073709551616"] {
        acme.get(&format!("/v1/events/{number}")).await.refused(404, "event_not_found");
        acme.get(&format!("/v1/events/{number}/payload")).await.refused(404, "event_not_found");
    }
    acme.get(&format!("/v1/events/{}", seq + 1)).await.refused(404, "event_not_found");
    acme.get(&format!("/v1/events/0{seq}")).await.refused(404, "event_not_found");
    globex.get(&format!("/v1/events/{seq}")).await.refused(404, "event_not_found");
    globex.get(&format!("/v1/events/{seq}/payload")).await.refused(404, "event_not_found");
}

#[tokio::test]
async fn an_export_holds_every_event_oldest_first() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    assert_eq!(lines(&acme.get("/v1/events/export").await).len(), 0);
    for number in 0..700 {
        let path = if number % 10 == 0 { "/v1/events?type=sale" } else { "/v1/events" };
        let sent = acme.post_to(path, format!("{{\"n\":{number}}}")).key(&number.to_string()).send().await;
        assert_eq!(sent.status, 201);
        globex.send(&number.to_string(), "{}").await;
    }
    let whole = lines(&acme.get("/v1/events/export").await);
    let numbers: Vec<_> = whole.iter().map(|event| event["data"]["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..700).collect::<Vec<_>>());
    let sales = lines(&acme.get("/v1/events/export?type=sale").await);
    assert_eq!(sales.len(), 70);
    let after = whole[649]["seq"].as_u64().unwrap();
    let rest = lines(&acme.get(&format!("/v1/events/export?after={after}")).await);
    assert_eq!(rest, whole[650..]);
    let none = acme.get("/v1/events/export?since=2027-01-01T00:00:00Z").await;
    assert_eq!(lines(&none).len(), 0);
}

#[tokio::test]
async fn an_export_of_large_events_is_whole() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let payload = |number: u8| vec![number; 60_000];
    for number in 0..60 {
        let sent = acme.post_as("application/octet-stream", payload(number)).send().await;
        assert_eq!(sent.status, 201);
    }
    let whole = lines(&acme.get("/v1/events/export").await);
    assert_eq!(whole.len(), 60);
    for (number, event) in whole.iter().enumerate() {
        let expected = BASE64.encode(&payload(u8::try_from(number).unwrap()));
        assert_eq!(event["data_base64"], expected, "{number}");
    }
}

#[tokio::test]
async fn the_audit_log_is_read_as_events_of_tenant_system() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    app.clock.advance(Duration::from_secs(1));
    let auditor = app.system_token(&[mainstay::domain::scope::Scope::EventsRead]).await.in_tenant("system");
    let events = lines(&auditor.get("/v1/events/export").await);
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["tenant.created", "tenant.created", "tenant.created", "token.created", "token.created"]
    );
    assert_eq!(events[2]["data"]["slug"], "acme");
    assert_eq!((&events[2]["actor"], &events[2]["severity"]), (&"command line".into(), &"info".into()));
    assert!(!format!("{events:?}").contains("mst_"));
}
