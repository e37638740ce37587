//! Listings: every filter, and what is refused.

use crate::actor::Actor;
use crate::app::TestApp;
use serde_json::Value;
use std::time::Duration;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Returns the keys of the events a listing shows.
pub(crate) async fn keys(actor: &Actor, path: &str) -> Vec<String> {
    let answer = actor.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    let body = answer.json();
    let key = |event: &Value| event["idempotency_key"].as_str().unwrap().to_owned();
    body["events"].as_array().unwrap().iter().map(key).collect()
}

/// Six events a minute apart, two sources, two types; every third belongs to a trace.
async fn six_events(app: &TestApp) -> Actor {
    let sender = app.tenant("acme").await;
    for number in 0..6 {
        let (source, kind) = (["till", "shop"][number % 2], ["sale", "refund"][number / 3]);
        let path = format!("/v1/events?source={source}&type={kind}&subject=order%20{number}");
        let mut ask = sender.post_to(&path, format!("{{\"n\":{number}}}")).key(&format!("k{number}"));
        if number % 3 == 0 {
            ask = ask.header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"));
        }
        assert_eq!(ask.send().await.status, 201);
        app.clock.advance(Duration::from_mins(1));
    }
    sender
}

#[tokio::test]
async fn every_filter_shows_what_it_names() {
    let app = TestApp::start().await;
    let reader = six_events(&app).await;
    for (query, expected) in [
        ("", "k0 k1 k2 k3 k4 k5"),
        ("?order=asc", "k0 k1 k2 k3 k4 k5"),
        ("?order=desc", "k5 k4 k3 k2 k1 k0"),
        ("?limit=2", "k0 k1"),
        ("?limit=2&order=desc", "k5 k4"),
        ("?type=sale", "k0 k1 k2"),
        ("?type=Sale", ""),
        ("?source=shop", "k1 k3 k5"),
        ("?source=shop&type=refund", "k3 k5"),
        ("?since=2026-03-01T12:02:00Z", "k2 k3 k4 k5"),
        ("?since=2026-03-01T12:02:00.000001Z", "k3 k4 k5"),
        ("?until=2026-03-01T12:02:00Z", "k0 k1"),
        ("?since=2026-03-01T14:01:00%2B02:00&until=2026-03-01T12:03:00Z", "k1 k2"),
        ("?since=2026-03-01T12:03:00Z&until=2026-03-01T12:01:00Z", ""),
        ("?trace=4bf92f3577b34da6a3ce929d0e0e4736", "k0 k3"),
        ("?trace=4bf92f3577b34da6a3ce929d0e0e4737", ""),
        ("?key=k4", "k4"),
        ("?key=%22k4%22", "k4"),
        ("?key=k4&order=desc", "k4"),
        ("?key=k4&type=sale", ""),
        ("?key=unknown", ""),
    ] {
        assert_eq!(keys(&reader, &format!("/v1/events{query}")).await.join(" "), expected, "{query}");
    }
}

#[tokio::test]
async fn filters_show_the_same_after_a_restart() {
    let app = TestApp::start().await;
    let reader = six_events(&app).await;
    let app = app.restart().await;
    let reader = reader.before(app.router());
    for (query, expected) in [
        ("?source=shop&type=refund", "k3 k5"),
        ("?trace=4bf92f3577b34da6a3ce929d0e0e4736&order=desc", "k3 k0"),
        ("?key=k4", "k4"),
        ("?since=2026-03-01T12:04:00Z", "k4 k5"),
    ] {
        assert_eq!(keys(&reader, &format!("/v1/events{query}")).await.join(" "), expected, "{query}");
    }
}

#[tokio::test]
async fn an_event_is_shown_as_a_cloud_event() {
    let app = TestApp::start().await;
    let reader = six_events(&app).await;
    let event = reader.get("/v1/events?key=k3").await.json()["events"][0].clone();
    let seq = event["seq"].as_u64().unwrap();
    let expected = serde_json::json!({
        "specversion": "1.0", "id": seq.to_string(), "source": "shop", "type": "refund",
        "subject": "order 3", "datacontenttype": "application/json", "seq": seq, "tenant": "acme",
        "received_at": "2026-03-01T12:03:00.000000Z", "idempotency_key": "k3", "traceid": TRACE,
        "data": { "n": 3 },
    });
    assert_eq!(event, expected);
    assert_eq!(reader.get(&format!("/v1/events/{seq}")).await.json(), expected);
}

#[tokio::test]
async fn a_listing_has_at_most_a_thousand_events_and_usually_a_hundred() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    for number in 0..101 {
        sender.send(&format!("k{number}"), "{}").await;
    }
    assert_eq!(keys(&sender, "/v1/events").await.len(), 100);
    assert_eq!(keys(&sender, "/v1/events?limit=1000").await.len(), 101);
    sender.get("/v1/events?limit=1001").await.refused(400, "invalid_query");
}

#[tokio::test]
async fn bad_parameters_are_all_named() {
    let app = TestApp::start().await;
    let reader = app.tenant("acme").await;
    for (query, fields) in [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("after=x", "after"),
        ("after=1&before=2", "before"),
        ("order=up", "order"),
        ("since=yesterday&until=2026-13-01T00:00:00Z", "since until"),
        ("trace=abc", "trace"),
        ("key=", "key"),
        ("type=&source=a%00b", "source type"),
        ("limit=1&limit=2", "limit"),
        ("page=2&limit=0", "limit page"),
        ("type=%ff", "type"),
        ("since=&x%ff=1", "query since"),
    ] {
        let answer = reader.get(&format!("/v1/events?{query}")).await;
        answer.refused(400, "invalid_query");
        assert_eq!(answer.bad_fields().join(" "), fields, "{query}");
    }
    for query in ["order=asc", "limit=5", "before=3"] {
        reader.get(&format!("/v1/events/export?{query}")).await.refused(400, "invalid_query");
    }
    reader.get("/v1/events/1?limit=1").await.refused(400, "invalid_query");
    reader.post_to("/v1/events?tpye=sale", "{}").send().await.refused(400, "invalid_query");
}
