//! How long keys count, sent ones and automatic ones.

use crate::app::TestApp;
use mainstay::config::Retention;
use mainstay::platform::clock::Clock;
use mainstay::services::input::Change;
use mainstay::services::tenants::TenantChange;
use std::time::Duration;

const SALE: &str = r#"{"total":12.50}"#;
const HOUR: Duration = Duration::from_hours(1);
const INSTANT: Duration = Duration::from_micros(1);

fn before(duration: Duration) -> Duration {
    duration.saturating_sub(INSTANT)
}

#[tokio::test]
async fn the_same_body_without_a_key_counts_as_a_repeat_within_the_window() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let first = sender.post(SALE).send().await;
    let key = first.header("idempotency-key").unwrap().to_owned();
    assert!(key.starts_with("auto-") && key.len() == 37, "{key}");
    app.clock.advance(before(HOUR));
    let repeat = sender.post(SALE).send().await;
    assert_eq!((repeat.status, repeat.seq()), (204, first.seq()));
    assert_eq!(repeat.header("idempotency-key"), Some(key.as_str()));
    app.clock.advance(INSTANT);
    let later = sender.post(SALE).send().await;
    assert_eq!((later.status, later.header("idempotency-key")), (201, Some(key.as_str())));
    assert_eq!(sender.post(SALE).send().await.seq(), later.seq());
}

#[tokio::test]
async fn an_automatic_key_stands_for_source_type_and_payload() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    for path in ["/v1/events", "/v1/events?source=pos", "/v1/events?type=sale", "/v1/events?source=s&type=t"]
    {
        assert_eq!(sender.post_to(path, SALE).send().await.status, 201, "{path}");
        assert_eq!(sender.post_to(path, SALE).send().await.status, 204, "{path}");
        assert_eq!(sender.post_to(path, r#"{"total":12.5}"#).send().await.status, 201, "{path}");
    }
    assert_eq!(sender.post_to("/v1/events?subject=a", SALE).send().await.status, 204);
}

#[tokio::test]
async fn a_sent_automatic_looking_key_is_a_sent_key() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let key = sender.post(SALE).send().await.header("idempotency-key").unwrap().to_owned();
    app.clock.advance(HOUR);
    assert_eq!(sender.send(&key, SALE).await.status, 204);
    assert_eq!(sender.post(SALE).send().await.status, 201);
}

#[tokio::test]
async fn a_sent_key_counts_for_the_retention_and_then_anew() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let first = sender.send("k", SALE).await;
    app.clock.advance(before(30 * 24 * HOUR));
    assert_eq!(sender.send("k", SALE).await.seq(), first.seq());
    app.clock.advance(INSTANT);
    let second = sender.send("k", SALE).await;
    assert_eq!(second.status, 201);
    assert_eq!(sender.send("k", SALE).await.seq(), second.seq());
}

#[tokio::test]
async fn a_tenant_may_have_a_shorter_retention_of_its_own() {
    let mut app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let change = |text: &str| TenantChange { key_retention: Change::of(text), ..TenantChange::default() };
    app.change_tenant("acme", change("60s")).await;
    for sender in [&acme, &globex] {
        assert_eq!(sender.send("k", SALE).await.status, 201);
        assert_eq!(sender.post(SALE).send().await.status, 201);
    }
    app.clock.advance(Duration::from_mins(1));
    app = app.restart().await;
    let (acme, globex) = (acme.before(app.router()), globex.before(app.router()));
    assert_eq!((acme.send("k", SALE).await.status, globex.send("k", SALE).await.status), (201, 204));
    assert_eq!((acme.post(SALE).send().await.status, globex.post(SALE).send().await.status), (201, 204));
    app.change_tenant("acme", change("default")).await;
    app.clock.advance(2 * HOUR);
    assert_eq!(acme.send("k", SALE).await.status, 204);
}

#[tokio::test]
async fn no_tenant_remembers_keys_longer_than_the_appliance() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let change = TenantChange { key_retention: Change::of("2592001s"), ..TenantChange::default() };
    let actor = mainstay::services::audit::Actor::CommandLine;
    let refused = app.parts().tenants.change(actor, "acme", change).await.unwrap_err();
    assert!(refused.to_string().contains("idempotency.retention"), "{refused}");
}

#[tokio::test]
async fn keys_that_are_never_forgotten_count_after_years() {
    let app = TestApp::start_with(|config| config.idempotency.retention = Retention::Never).await;
    let sender = app.tenant("acme").await;
    assert_eq!(sender.send("k", SALE).await.status, 201);
    assert_eq!(sender.post(SALE).send().await.status, 201);
    app.clock.advance(3_650 * 24 * HOUR);
    assert_eq!(sender.send("k", SALE).await.status, 204);
    assert_eq!(sender.post(SALE).send().await.status, 201);
    assert_eq!(app.anonymous().get("/v1").await.json()["idempotency"]["retention"], "never ends");
}

/// Has the clock jump ahead while no time passes.
fn jump(app: &TestApp, ahead: Duration) {
    app.clock.set(Clock::now(app.clock.as_ref()).saturating_add(ahead));
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_forgets_no_key_for_a_day_and_over_a_restart() {
    let mut app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let (first, automatic) = (sender.send("k", SALE).await, sender.post(SALE).send().await);
    // What comes at the very instant of the jump counts as what comes behind it.
    app.clock.advance(INSTANT);
    jump(&app, 40 * 24 * HOUR);
    assert_eq!(sender.send("k", SALE).await.seq(), first.seq());
    assert_eq!(sender.post(SALE).send().await.seq(), automatic.seq());
    let later = sender.send("later", SALE).await;
    app.clock.advance(HOUR);
    assert_eq!(sender.post(SALE).send().await.status, 201, "windows are no longer for it");
    app = app.restart().await;
    let sender = app.token("acme", crate::app::BOTH).await;
    app.clock.advance(before(22 * HOUR));
    assert_eq!(sender.send("k", SALE).await.seq(), first.seq());
    app.clock.advance(HOUR + INSTANT);
    assert_eq!(sender.send("k", SALE).await.status, 201, "after a day the clock is believed");
    assert_eq!(sender.send("later", SALE).await.seq(), later.seq());
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_and_is_set_back_forgets_no_key() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let first = sender.send("k", SALE).await;
    let right = Clock::now(app.clock.as_ref());
    jump(&app, 400 * 24 * HOUR);
    assert_eq!(sender.send("other", SALE).await.status, 201);
    app.clock.set(right);
    app.clock.advance(before(30 * 24 * HOUR));
    assert_eq!(sender.send("k", SALE).await.seq(), first.seq());
    app.clock.advance(INSTANT);
    assert_eq!(sender.send("k", SALE).await.status, 201);
}

#[tokio::test]
async fn a_clock_that_goes_back_forgets_no_key_and_no_order() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let first = sender.send("k", SALE).await;
    app.clock.set(mainstay::domain::time::Timestamp::parse("2025-01-01T00:00:00Z").unwrap());
    assert_eq!(sender.send("k", SALE).await.seq(), first.seq());
    let later = sender.send("k2", SALE).await.json();
    assert!(later["received_at"].as_str().unwrap() >= first.json()["received_at"].as_str().unwrap());
}
