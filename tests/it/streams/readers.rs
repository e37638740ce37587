//! Readers: many, idle, slow, and those who may read no more.

use super::stage::{Woken, open_streams, send, until_open};
use crate::app::TestApp;
use crate::sse::Stream;
use http::Method;
use mainstay::domain::scope::Scope;
use mainstay::domain::tenant::TenantStatus;
use mainstay::services::live::Ending;
use mainstay::services::tenants::TenantChange;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

#[tokio::test]
async fn a_reader_that_takes_nothing_is_dropped_with_the_reason_and_others_go_on() {
    let app = TestApp::start_with(|config| config.limits.request_timeout = Duration::from_millis(400)).await;
    let acme = app.tenant("acme").await;
    let (mut slow, mut fast) = (Stream::open(&acme, "", None).await, Stream::open(&acme, "", None).await);
    let first = send(&acme, "a", 0..3).await;
    assert_eq!(fast.keys(3).await, first);
    let mut more = Vec::new();
    while open_streams(&app) == 2 {
        more.extend(send(&acme, "b", more.len()..more.len() + 1).await);
        assert_eq!(fast.keys(1).await, more[more.len() - 1..]);
    }
    assert_eq!(slow.end().await, "reader_too_slow");
    let begin = slow.parser.last_id.clone();
    let after = send(&acme, "c", 0..2).await;
    assert_eq!(fast.keys(2).await, after);
    let mut again = Stream::open(&acme, "", Some(&begin)).await;
    let all = [first, more, after].concat();
    assert_eq!(again.keys(all.len()).await, all, "nothing was lost by it");
}

#[tokio::test]
async fn a_thousand_idle_readers_are_not_woken_by_what_others_get() {
    let app = TestApp::start_with(|config| config.limits.request_timeout = Duration::from_hours(1)).await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        let mut stream = Stream::open(&acme, "", None).await;
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let frame = hyper::body::Body::poll_frame(std::pin::Pin::new(&mut stream.body), &mut context);
        assert!(matches!(frame, Poll::Pending));
        idle.push((stream, woken));
    }
    assert_eq!((open_streams(&app), app.parts().live.tenants_followed()), (1_000, 1));
    let mut busy = Stream::open(&globex, "", None).await;
    let expected = send(&globex, "g", 0..100).await;
    assert_eq!(busy.keys(100).await, expected);
    let wakes =
        |idle: &[(Stream, Arc<Woken>)]| -> usize { idle.iter().map(|(_, woken)| woken.times()).sum() };
    assert_eq!(wakes(&idle), 0);
    send(&acme, "a", 0..1).await;
    for (stream, _) in &mut idle {
        assert_eq!(stream.keys(1).await, ["a0"]);
    }
    // Those that were looked at before their task had run were not even woken.
    assert!((1..=1_000).contains(&wakes(&idle)), "nobody is woken twice by one event: {}", wakes(&idle));
    drop(idle);
    until_open(&app, 1).await;
    assert_eq!(app.parts().live.tenants_followed(), 1);
}

#[tokio::test]
async fn a_stop_and_a_failure_end_streams_at_once_with_the_reason() {
    for (ending, code) in [(Ending::Draining, "draining"), (Ending::Failed, "store_stopped")] {
        let app = TestApp::start().await;
        let acme = app.tenant("acme").await;
        let mut streams =
            vec![Stream::open(&acme, "", None).await, Stream::open(&acme, "?after=0", None).await];
        let mut stuck = Stream::open(&acme, "", None).await;
        send(&acme, "a", 0..1).await;
        for stream in &mut streams {
            assert_eq!(stream.keys(1).await, ["a0"]);
        }
        app.parts().live.end(ending);
        for stream in &mut streams {
            assert_eq!(stream.end().await, code);
        }
        until_open(&app, 0).await;
        assert_eq!(stuck.end().await, code, "what was not taken makes room for the reason");
        assert_eq!(Stream::open(&acme, "", None).await.end().await, code);
    }
}

#[tokio::test]
async fn who_may_read_no_more_gets_no_event_more() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let read = &[Scope::EventsRead];
    let revoked = app.token("acme", read).await;
    let expiring = app.token_for("acme", read, Some(Duration::from_mins(1))).await;
    let mut of_revoked = Stream::open(&revoked, "", None).await;
    let mut of_expiring = Stream::open(&expiring, "", None).await;
    let mut of_acme = Stream::open(&acme, "", None).await;
    app.revoke(&revoked).await;
    app.clock.advance(Duration::from_mins(2));
    send(&acme, "a", 0..1).await;
    assert_eq!(of_acme.keys(1).await, ["a0"]);
    assert_eq!(of_revoked.end().await, "token_revoked");
    assert_eq!(of_expiring.end().await, "token_expired");
}

#[tokio::test]
async fn an_idle_reader_of_a_suspended_or_deleted_tenant_is_cut_off_with_a_heartbeat() {
    let app = TestApp::start_with(|config| config.limits.request_timeout = Duration::from_millis(30)).await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let (mut of_acme, mut of_globex) =
        (Stream::open(&acme, "", None).await, Stream::open(&globex, "", None).await);
    let suspend = TenantChange { status: Some(TenantStatus::Suspended), ..TenantChange::default() };
    app.change_tenant("acme", suspend).await;
    assert_eq!(of_acme.end().await, "tenant_suspended");
    app.delete_tenant("globex").await;
    // Nothing was taken meanwhile, so it may have been found slow.
    assert!(["tenant_unknown", "reader_too_slow"].contains(&of_globex.end().await.as_str()));
}

#[tokio::test]
async fn a_filtered_reader_of_a_busy_ledger_is_told_how_far_it_got() {
    let app = TestApp::start_with(|config| config.limits.request_timeout = Duration::from_millis(30)).await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut stream = Stream::open(&acme, "?type=never", None).await;
    let begin = stream.parser.last_id.clone();
    let sent = tokio::spawn(async move {
        send(&acme, "a", 0..5).await;
        send(&globex, "g", 0..5).await;
    });
    let mut pieces = 0;
    while !sent.is_finished() || stream.parser.last_id != format!("1.{}", app.ledger_len()) {
        assert!(stream.take().await);
        pieces = stream.parser.pieces;
    }
    assert!(stream.parser.last_id != begin && stream.parser.messages.is_empty());
    while stream.parser.pieces < pieces + 2 {
        assert!(stream.take().await, "life goes on without news");
    }
}

#[tokio::test]
async fn streams_have_places_of_their_own_and_heads_take_none() {
    let app = TestApp::start_with(|config| {
        config.limits.streams_max = 2;
        config.limits.in_flight_max = 1;
    })
    .await;
    let acme = app.tenant("acme").await;
    let head = acme.ask(Method::HEAD, "/v1/events/stream").send().await;
    assert_eq!((head.status, head.header("content-length")), (200, None));
    let first = Stream::open(&acme, "", None).await;
    let second = Stream::open(&acme, "", None).await;
    assert_eq!(acme.get("/v1/events").await.status, 200, "requests go on");
    assert_eq!(open_streams(&app), 2);
    let refused = acme.get("/v1/events/stream").await;
    refused.refused(503, "too_many_streams");
    assert_eq!(refused.header("retry-after"), Some("5"));
    drop(first);
    until_open(&app, 1).await;
    Stream::open(&acme, "", None).await;
    drop(second);
}
