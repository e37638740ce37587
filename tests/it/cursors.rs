//! Listings: cursors in both directions and both orders meet every event exactly once.

use crate::actor::Actor;
use crate::app::TestApp;
use serde_json::Value;

/// A page's own words.
struct Page {
    keys: Vec<String>,
    next: Option<String>,
    prev: Option<String>,
}

async fn page(reader: &Actor, query: &str) -> Page {
    let answer = reader.get(&format!("/v1/events?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    let body = answer.json();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let keys = body["events"].as_array().unwrap().iter();
    Page {
        keys: keys.map(|event| text(&event["idempotency_key"]).unwrap()).collect(),
        next: text(&body["next"]),
        prev: text(&body["prev"]),
    }
}

/// Sends events `k<from>` to `k<to - 1>` among those of another tenant.
async fn send_between(sender: &Actor, other: &Actor, from: usize, to: usize) {
    for number in from..to {
        assert_eq!(sender.send(&format!("k{number}"), "{}").await.status, 201);
        assert_eq!(other.send(&format!("o{number}"), "{}").await.status, 201);
    }
}

fn numbered(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("k{number}")).collect()
}

#[tokio::test]
async fn walking_on_meets_every_event_once_while_more_come() {
    let app = TestApp::start().await;
    let (sender, other) = (app.tenant("acme").await, app.tenant("globex").await);
    for limit in 1..=5 {
        let start = limit * 100;
        send_between(&sender, &other, start, start + 12).await;
        let first = format!("type=event&limit={limit}&since=2026-03-01T12:00:00Z");
        let (mut seen, mut query, mut sent) = (Vec::new(), first.clone(), 0);
        loop {
            let Page { keys, next, prev } = page(&sender, &query).await;
            assert_eq!(prev.is_none(), seen.is_empty() && query == first);
            seen.extend(keys);
            let Some(next) = next else { break };
            query = format!("{first}&after={next}");
            if sent < 6 {
                send_between(&sender, &other, start + 12 + sent, start + 13 + sent).await;
                sent += 1;
            }
        }
        let expected: Vec<_> =
            (1..=limit).flat_map(|limit| numbered(limit * 100..limit * 100 + 12 + 6)).collect();
        let of_this_round: Vec<_> = seen.iter().filter(|key| expected.contains(key)).cloned().collect();
        assert_eq!(seen, of_this_round);
        assert_eq!(seen, expected, "limit {limit}");
    }
}

#[tokio::test]
async fn walking_from_the_newest_meets_what_was_there_once_while_more_come() {
    let app = TestApp::start().await;
    let (sender, other) = (app.tenant("acme").await, app.tenant("globex").await);
    send_between(&sender, &other, 0, 23).await;
    for limit in [1, 2, 3, 7, 22, 23, 24] {
        let before = page(&sender, "order=desc&limit=1000").await.keys;
        let (mut seen, mut query) = (Vec::new(), format!("order=desc&limit={limit}"));
        loop {
            let Page { keys, next, .. } = page(&sender, &query).await;
            seen.extend(keys);
            other.send(&format!("x{limit}-{}", seen.len()), "{}").await;
            sender.send(&format!("new{limit}-{}", seen.len()), "{}").await;
            let Some(next) = next else { break };
            query = format!("order=desc&limit={limit}&after={next}");
        }
        assert_eq!(seen, before, "limit {limit}");
    }
}

#[tokio::test]
async fn walking_back_meets_the_same_pages_events_in_the_same_order() {
    let app = TestApp::start().await;
    let (sender, other) = (app.tenant("acme").await, app.tenant("globex").await);
    send_between(&sender, &other, 0, 17).await;
    for order in ["asc", "desc"] {
        for limit in [1, 2, 5, 16, 17, 18] {
            let base = format!("order={order}&limit={limit}");
            let whole = page(&sender, &format!("order={order}&limit=1000")).await.keys;
            let mut last = page(&sender, &base).await;
            let mut forward = last.keys.clone();
            while let Some(next) = last.next {
                last = page(&sender, &format!("{base}&after={next}")).await;
                forward.extend(last.keys.clone());
            }
            assert_eq!(forward, whole, "{base}");
            let mut back = last.keys.clone();
            while let Some(prev) = last.prev {
                last = page(&sender, &format!("{base}&before={prev}")).await;
                back.splice(0..0, last.keys.clone());
            }
            assert_eq!(back, whole, "{base}");
        }
    }
}

#[tokio::test]
async fn a_page_in_front_of_an_event_ends_right_before_it() {
    let app = TestApp::start().await;
    let (sender, other) = (app.tenant("acme").await, app.tenant("globex").await);
    send_between(&sender, &other, 0, 9).await;
    let seq = sender.get("/v1/events?key=k5").await.json()["events"][0]["seq"].as_u64().unwrap();
    let asc = page(&sender, &format!("limit=3&before={seq}")).await;
    assert_eq!(asc.keys, numbered(2..5));
    let on = page(&sender, &format!("limit=3&after={}", asc.next.unwrap())).await;
    assert_eq!(on.keys, numbered(5..8));
    let desc = page(&sender, &format!("order=desc&limit=3&before={seq}")).await;
    assert_eq!(desc.keys, ["k8", "k7", "k6"]);
    assert_eq!(page(&sender, &format!("order=desc&limit=2&after={seq}")).await.keys, ["k4", "k3"]);
    for (query, keys) in [
        ("before=0", 0),
        ("before=1", 0),
        ("after=0", 9),
        ("after=18446744073709551615", 0),
        ("before=18446744073709551615", 9),
        ("order=desc&after=18446744073709551615", 9),
        ("order=desc&after=0", 0),
        ("order=desc&before=0", 9),
        ("order=desc&before=18446744073709551615", 0),
    ] {
        assert_eq!(page(&sender, query).await.keys.len(), keys, "{query}");
    }
}

#[tokio::test]
async fn cursors_go_on_after_a_restart() {
    let app = TestApp::start().await;
    let (sender, other) = (app.tenant("acme").await, app.tenant("globex").await);
    send_between(&sender, &other, 0, 6).await;
    let next = page(&sender, "limit=2").await.next.unwrap();
    let app = app.restart().await;
    let sender = sender.before(app.router());
    assert_eq!(page(&sender, &format!("limit=2&after={next}")).await.keys, numbered(2..4));
}

#[tokio::test]
async fn a_cursor_of_another_epoch_is_gone() {
    let app = TestApp::start().await;
    let reader = app.tenant("acme").await;
    let epoch = app.parts().store.epoch().0;
    for query in [format!("after={}.1", epoch + 1), format!("before={}.1", epoch + 1)] {
        reader.get(&format!("/v1/events?{query}")).await.refused(410, "cursor_stale");
    }
    let export = reader.get(&format!("/v1/events/export?after={}.1", epoch + 7)).await;
    export.refused(410, "cursor_stale");
    assert_eq!(reader.get(&format!("/v1/events?after={epoch}.1")).await.status, 200);
}
