//! Nothing missed, nothing doubled, nobody else's.

use super::stage::{Woken, send, until_open};
use crate::app::TestApp;
use crate::sse::Stream;
use http::Method;
use mainstay::domain::scope::Scope;
use mainstay::services::live::{LiveFilter, News};
use mainstay::services::reading::Page;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::task::{Context, Waker};

#[tokio::test]
async fn an_event_comes_as_it_is_listed_with_its_cursor_as_id() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    send(&acme, "before", 0..3).await;
    let mut stream = Stream::open(&acme, "", None).await;
    assert!((1_000..2_000).contains(&stream.parser.retry_ms.unwrap()));
    assert_eq!(stream.parser.last_id, format!("1.{}", app.ledger_len()), "it begins where it can be resumed");
    let seq = acme.post("{\n\"a\": \"\u{2028}ä\"\r\n}").key("now").send().await.seq();
    let message = stream.next().await;
    assert_eq!((message.kind.as_str(), message.id), ("message", format!("1.{seq}")));
    let listed = acme.get(&format!("/v1/events/{seq}")).await;
    assert_eq!(message.data.as_bytes(), listed.body, "the same JSON as anywhere else");
}

#[tokio::test]
async fn a_cursor_brings_what_came_since_and_then_what_comes() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut expected = Vec::new();
    for round in 0..90 {
        expected.extend(send(&acme, &format!("r{round}-"), 0..2).await);
        send(&globex, &format!("r{round}-"), 0..1).await;
    }
    let mut stream = Stream::open(&acme, "?after=0", None).await;
    assert_eq!(stream.keys(50).await, expected[..50]);
    expected.extend(send(&acme, "live", 0..20).await);
    assert_eq!(stream.keys(expected.len() - 50).await, expected[50..]);
    let last = stream.parser.last_id.clone();
    let at = expected.len();
    expected.extend(send(&acme, "later", 0..5).await);
    let mut again = Stream::open(&acme, "?after=0", Some(&last)).await;
    assert_eq!(again.keys(5).await, expected[at..], "the header wins over the address");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_again_and_again_while_many_send_gets_every_event_once_and_in_order() {
    const SENDERS: usize = 4;
    const EACH: usize = 150;
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut last = Stream::open(&acme, "", None).await.parser.last_id;
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..SENDERS {
        let (acme, globex) = (acme.clone(), globex.clone());
        senders.spawn(async move {
            for number in 0..EACH {
                send(&acme, &format!("a{sender}-"), number..number + 1).await;
                send(&globex, &format!("g{sender}-"), number..number + 1).await;
            }
        });
    }
    let random = RandomState::new();
    let (mut got, mut visits) = (Vec::new(), 0_usize);
    while got.len() < SENDERS * EACH {
        let mut stream = Stream::open(&acme, "", Some(&last)).await;
        visits += 1;
        let most = usize::try_from(random.hash_one(visits) % 12).unwrap();
        for _ in 0..most.min(SENDERS * EACH - got.len()) {
            let message = stream.next().await;
            got.push((message.json()["seq"].as_u64().unwrap(), message.key()));
            last = message.id;
        }
    }
    senders.join_all().await;
    assert!(visits > 20, "{visits}");
    let export = acme.get("/v1/events/export").await;
    let expected: Vec<_> = std::str::from_utf8(&export.body)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|event| {
            let key = event["idempotency_key"].as_str().unwrap().to_owned();
            (event["seq"].as_u64().unwrap(), key)
        })
        .collect();
    assert_eq!(got, expected);
    until_open(&app, 0).await;
}

#[tokio::test]
async fn who_was_cut_off_by_a_restart_goes_on_behind_its_last_id() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut stream = Stream::open(&acme, "", None).await;
    let expected = send(&acme, "a", 0..8).await;
    assert_eq!(stream.keys(5).await, expected[..5]);
    let last = stream.parser.messages.front().map_or(stream.parser.last_id.clone(), |_| {
        // What came with the fifth and was not looked at counts as not got.
        format!("1.{}", app.ledger_len() - 3)
    });
    drop(stream);
    let app = app.restart().await;
    let acme = acme.before(app.router());
    let mut stream = Stream::open(&acme, "", Some(&last)).await;
    assert_eq!(stream.keys(3).await, expected[5..]);
    let more = send(&acme, "b", 0..2).await;
    assert_eq!(stream.keys(2).await, more);
}

#[tokio::test]
async fn filters_hold_for_the_past_and_for_what_comes() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let mut streams = Vec::new();
    for query in ["type=sale", "source=pos", &format!("trace={trace}"), "type=sale&source=pos", "type=none"] {
        streams.push(Stream::open(&acme, &format!("?after=0&{query}"), None).await);
    }
    for round in 0..2 {
        for (number, (kind, source)) in
            [("sale", "pos"), ("sale", "web"), ("stock", "pos"), ("stock", "web")].iter().enumerate()
        {
            let ask = acme.post_to(&format!("/v1/events?type={kind}&source={source}"), "{}");
            let ask = ask.key(&format!("{round}{number}"));
            let ask = match number {
                3 => ask.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01")),
                _ => ask,
            };
            assert_eq!(ask.send().await.status, 201);
        }
        for (stream, numbers) in streams.iter_mut().zip([&[0, 1][..], &[0, 2], &[3], &[0], &[]]) {
            let expected: Vec<_> = numbers.iter().map(|number| format!("{round}{number}")).collect();
            assert_eq!(stream.keys(expected.len()).await, expected);
        }
    }
    let answer = acme.get("/v1/events/stream?since=2026-01-01T00:00:00Z&until=x&key=k&limit=5").await;
    answer.refused(400, "invalid_query");
    assert_eq!(answer.bad_fields(), ["key", "limit", "since", "until"]);
}

#[tokio::test]
async fn nobody_hears_of_another_tenant() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let system = app.system_token(&[Scope::Admin]).await;
    let mut of_acme = Stream::open(&acme, "", None).await;
    let mut of_globex = Stream::open(&globex, "?after=0", None).await;
    let default = app.token("default", crate::app::BOTH).await;
    let mut of_default = Stream::open(&system, "", None).await;
    for number in 0..10 {
        send(&acme, "a", number..number + 1).await;
        send(&globex, "g", number..number + 1).await;
        send(&default, "d", number..number + 1).await;
    }
    for (stream, prefix) in [(&mut of_acme, "a"), (&mut of_globex, "g"), (&mut of_default, "d")] {
        let expected: Vec<_> = (0..10).map(|number| format!("{prefix}{number}")).collect();
        assert_eq!(stream.keys(10).await, expected);
        assert!(stream.parser.messages.is_empty());
    }
}

#[tokio::test]
async fn followers_of_a_quiet_tenant_sleep_and_who_misses_batches_reads_the_ledger() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let tenant = |slug: &str| app.parts().tenants.find(slug).unwrap();
    let follow = |slug: &str| app.parts().live.follow(&tenant(slug), LiveFilter::default(), None).unwrap();
    let (mut lagging, mut close, mut quiet) = (follow("acme"), follow("acme"), follow("globex"));
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let begin = quiet.position();
    let mut news = Box::pin(quiet.news());
    assert!(news.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let mut seqs = Vec::new();
    for number in 0..50 {
        send(&acme, "k", number..number + 1).await;
        seqs.push(app.ledger_len());
        let News::Events(events) = close.news().await else { panic!("it is at the end") };
        assert_eq!(events.iter().map(|live| live.event().seq.0).collect::<Vec<_>>(), [seqs[number]]);
    }
    assert_eq!(woken.times(), 0);
    drop(news);
    while quiet.position() == begin {
        quiet.rest();
        tokio::task::yield_now().await;
    }
    assert!(matches!(lagging.news().await, News::Behind));
    let mut found = Vec::new();
    while lagging.is_behind() {
        let read = |page: &Page| Ok(page.events.iter().map(|event| event.seq.0).collect::<Vec<_>>());
        found.extend(lagging.read(7, read).await.unwrap());
    }
    assert_eq!(found, seqs);
    send(&acme, "then", 0..1).await;
    // The batch has been handed on, and has pushed out another one that was read out of the ledger.
    assert!(matches!(close.news().await, News::Events(events) if events.len() == 1));
    let News::Events(events) = lagging.news().await else { panic!("it is at the end again") };
    assert_eq!(events[0].event().seq.0, app.ledger_len());
    send(&globex, "first", 0..1).await;
    assert!(matches!(quiet.news().await, News::Events(events) if events.len() == 1));
}

#[tokio::test]
async fn a_reader_that_lags_far_behind_misses_nothing() {
    let app = TestApp::start_with(|config| config.store.journal_segment_bytes = 1 << 20).await;
    let acme = app.tenant("acme").await;
    let mut stream = Stream::open(&acme, "", None).await;
    let mut expected = send(&acme, "a", 0..120).await;
    for number in 0..40 {
        let key = format!("large{number}");
        let ask = acme.post_as("application/octet-stream", vec![7; 60_000]).key(&key);
        assert_eq!(ask.send().await.status, 201);
        expected.push(key);
    }
    assert_eq!(stream.keys(expected.len()).await, expected);
    let more = send(&acme, "b", 0..3).await;
    assert_eq!(stream.keys(3).await, more);
}

#[tokio::test]
async fn cursors_of_another_ledger_are_refused() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let refused = |last: String| {
        let ask = acme.ask(Method::GET, "/v1/events/stream").header("last-event-id", last);
        async move { ask.send().await }
    };
    refused("2.1".to_owned()).await.refused(410, "cursor_stale");
    refused(format!("1.{}", app.ledger_len() + 1)).await.refused(400, "cursor_ahead");
    let wrong = refused("yesterday".to_owned()).await;
    wrong.refused(400, "invalid_query");
    assert_eq!(wrong.bad_fields(), ["Last-Event-ID"]);
    acme.get("/v1/events/stream?after=2.1").await.refused(410, "cursor_stale");
    assert_eq!(refused(format!("1.{}", app.ledger_len())).await.status, 200);
}
