//! A ledger of several closed blocks is read like one of a few events.

use crate::actor::Actor;
use crate::app::TestApp;
use serde_json::Value;
use std::time::Duration;
use tokio::task::JoinSet;

/// Events of acme: more than two blocks of 4,096.
const EVENTS: u64 = 9_000;

/// Events sent at once.
const AT_ONCE: u64 = 250;

const SOURCES: [&str; 3] = ["till", "shop", "web"];

fn trace(number: u64) -> String {
    format!("{:032x}", number / 100 + 1)
}

/// Sends the events in waves a minute apart; within a wave their order is anybody's.
async fn fill(app: &TestApp, sender: &Actor) {
    for wave in 0..EVENTS / AT_ONCE {
        let mut sent = JoinSet::new();
        for number in wave * AT_ONCE..(wave + 1) * AT_ONCE {
            let source = SOURCES[usize::try_from(number % 3).unwrap()];
            let path = format!("/v1/events?source={source}&type=t{}", number % 7);
            let parent = format!("00-{}-00f067aa0ba902b7-01", trace(number));
            let ask = sender.post_to(&path, format!("{{\"n\":{number}}}"));
            let ask = ask.key(&format!("k{number}")).header("traceparent", parent);
            sent.spawn(async move { ask.send().await.status });
        }
        assert!(sent.join_all().await.iter().all(|status| *status == 201));
        app.clock.advance(Duration::from_mins(1));
    }
}

/// Walks a listing to its end and returns the numbers in it.
async fn walked(reader: &Actor, query: &str) -> Vec<u64> {
    let (mut numbers, mut after) = (Vec::new(), String::new());
    loop {
        let page = reader.get(&format!("/v1/events?{query}{after}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        let events = page["events"].as_array().unwrap();
        numbers.extend(events.iter().map(|event| event["data"]["n"].as_u64().unwrap()));
        match &page["next"] {
            Value::String(next) => after = format!("&after={next}"),
            _ => return numbers,
        }
    }
}

/// Tells whether a filter shows an event.
type Wanted = Box<dyn Fn(u64) -> bool>;

/// Compares every filter with what was sent, in both orders.
async fn check(reader: &Actor) {
    let wave_of = |number: u64| number / AT_ONCE;
    let filters: Vec<(String, Wanted)> = vec![
        (String::new(), Box::new(|_| true)),
        ("&source=shop".into(), Box::new(|number| number % 3 == 1)),
        ("&type=t4&source=web".into(), Box::new(|number| number % 7 == 4 && number % 3 == 2)),
        (format!("&trace={}", trace(4_200)), Box::new(|number| number / 100 == 42)),
        ("&source=nobody".into(), Box::new(|_| false)),
        ("&since=2026-03-01T12:16:00Z".into(), Box::new(move |number| wave_of(number) >= 16)),
        ("&until=2026-03-01T12:17:00Z".into(), Box::new(move |number| wave_of(number) < 17)),
        (
            "&since=2026-03-01T12:15:30Z&until=2026-03-01T12:33:00Z&type=t0".into(),
            Box::new(move |number| (16..33).contains(&wave_of(number)) && number % 7 == 0),
        ),
        ("&key=k5000".into(), Box::new(|number| number == 5_000)),
    ];
    for (filter, wanted) in &filters {
        for (order, limit) in [("asc", 1_000), ("desc", 997)] {
            let mut found = walked(reader, &format!("order={order}&limit={limit}{filter}")).await;
            let waves: Vec<_> = found.iter().map(|number| wave_of(*number)).collect();
            assert!(
                if order == "asc" { waves.is_sorted() } else { waves.iter().rev().is_sorted() },
                "{filter}"
            );
            found.sort_unstable();
            let expected: Vec<_> = (0..EVENTS).filter(|number| wanted(*number)).collect();
            assert!(found == expected, "{order} {filter}: {} instead of {}", found.len(), expected.len());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_blocks_are_filtered_walked_and_exported_like_the_open_one() {
    let app = TestApp::start_with(|config| config.store.journal_segment_bytes = 1 << 20).await;
    let (sender, other) = (app.tenant("acme").await, app.tenant("globex").await);
    other.send("early", "{\"n\":0}").await;
    fill(&app, &sender).await;
    other.send("late", "{\"n\":1}").await;
    check(&sender).await;
    assert_eq!(walked(&other, "limit=10").await, [0, 1]);
    let app = app.restart().await;
    let (sender, other) = (sender.before(app.router()), other.before(app.router()));
    check(&sender).await;
    assert_eq!(walked(&other, "order=desc&limit=1").await, [1, 0]);
    let export = sender.get("/v1/events/export").await;
    assert_eq!(std::str::from_utf8(&export.body).unwrap().lines().count() as u64, EVENTS);
    for number in [0, 4_095, 4_096, 8_999] {
        let repeat = sender.send(&format!("k{number}"), &format!("{{\"n\":{number}}}")).await;
        assert_eq!((repeat.status, repeat.header("idempotency-mismatch")), (204, None), "{number}");
    }
    let verification = app.parts().store.verify(|_, _| ()).unwrap();
    assert!(verification.is_whole(), "{verification:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_readable_at_once() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let mut readers = JoinSet::new();
    for reader in 0..16 {
        let sender = sender.clone();
        readers.spawn(async move {
            for number in 0..40 {
                let key = format!("r{reader}-{number}");
                let seq = sender.send(&key, "{}").await.seq();
                let found = sender.get(&format!("/v1/events/{seq}")).await;
                assert_eq!(
                    (found.status, found.json()["idempotency_key"].as_str()),
                    (200, Some(key.as_str()))
                );
                for query in [
                    format!("key={key}"),
                    format!("after={}&limit=1", seq - 1),
                    format!("order=desc&after={}&limit=1", seq + 1),
                ] {
                    let page = sender.get(&format!("/v1/events?{query}")).await.json();
                    assert_eq!(page["events"][0]["seq"], seq, "{query}: {page}");
                }
            }
        });
    }
    readers.join_all().await;
}
