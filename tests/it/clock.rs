//! A machine's clock that is wrong: what is believed, what is told, and what an operator's confirmation changes.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use crate::pages::{submit_from, text};
use http::Method;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::domain::time::Timestamp;
use mainstay::platform::clock::Clock;
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

/// Sets the clock ahead while the appliance does not run.
async fn restarted_ahead(app: TestApp, by: Duration) -> TestApp {
    app.clock.set(app.clock.now().saturating_add(by));
    Box::pin(app.restart()).await
}

async fn health(app: &TestApp) -> Value {
    app.anonymous().at("127.0.0.1").get("/api/health").await.json()["checks"]["clock"].clone()
}

fn time_of(stored: &Answer) -> Timestamp {
    assert_eq!(stored.status, 201, "{stored:?}");
    Timestamp::parse(stored.json()["received_at"].as_str().unwrap()).unwrap()
}

async fn confirm(admin: &Actor, key: &str) -> Answer {
    admin.ask(Method::POST, "/api/v1/clock/confirm").key(key).send().await
}

#[tokio::test]
async fn a_start_400_days_ahead_forgets_no_key_and_is_over_when_the_clock_is_set() {
    let app = TestApp::start().await;
    let (acme, owner) = (app.tenant("acme").await, app.operator(Role::Owner).await);
    let admin = app.system_token(&[Scope::Admin]).await;
    let expiring = app.token_for("acme", &[Scope::EventsRead], Some(DAY)).await;
    let right = app.clock.now();
    assert_eq!(acme.send("k", "{}").await.status, 201);
    assert_eq!(health(&app).await["status"], "up");
    let app = restarted_ahead(app, 400 * DAY).await;
    let [acme, owner, admin, expiring] = [acme, owner, admin, expiring].map(|one| one.before(app.router()));
    assert_eq!(acme.send("k", "{}").await.status, 204, "the key is known");
    assert_eq!(time_of(&acme.send("k2", "{}").await), right);
    let clock = admin.get("/api/v1/clock").await.json();
    assert_eq!((&clock["standing"], &clock["doubt"]), (&json!("ahead"), &json!("jump")));
    assert_eq!(clock["believed_in_seconds"], 86_400);
    assert_eq!(health(&app).await["status"], "degraded");
    assert_eq!(owner.get("/console/health").await.status, 200, "the session goes on");
    assert_eq!(expiring.get("/v1/events").await.status, 200);
    app.clock.advance(DAY.saturating_sub(Duration::from_secs(1)));
    assert_eq!(expiring.get("/v1/events").await.status, 200);
    app.clock.set(right.saturating_add(DAY));
    assert_eq!(expiring.get("/v1/events").await.status, 401, "it lives no longer than a day");
    assert_eq!(time_of(&acme.send("k3", "{}").await), right.saturating_add(DAY));
    assert_eq!(health(&app).await["status"], "up");
}

#[tokio::test]
async fn after_a_long_reboot_credentials_expire_by_the_clock_and_keys_do_not() {
    let app = TestApp::start().await;
    let (acme, owner) = (app.tenant("acme").await, app.operator(Role::Owner).await);
    let expiring = app.token_for("acme", &[Scope::EventsRead], Some(20 * DAY)).await;
    assert_eq!(acme.send("k", "{}").await.status, 201);
    app.clock.reboot();
    let app = restarted_ahead(app, 31 * DAY).await;
    let [acme, owner, expiring] = [acme, owner, expiring].map(|one| one.before(app.router()));
    assert_eq!(acme.send("k", "{}").await.status, 204);
    assert_eq!(owner.get("/console/health").await.status, 303, "the session has expired");
    assert_eq!(expiring.get("/v1/events").await.status, 401);
}

#[tokio::test]
async fn a_confirmed_clock_is_believed_at_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let admin = app.token_for("system", &[Scope::Admin], Some(500 * DAY)).await;
    assert_eq!(acme.send("k", "{}").await.status, 201);
    app.clock.advance(Duration::from_mins(2));
    let app = restarted_ahead(app, 400 * DAY).await;
    let [acme, admin] = [acme, admin].map(|one| one.before(app.router()));
    assert_eq!(acme.send("meanwhile", "{}").await.status, 201);
    let confirmed = confirm(&admin, "c").await;
    assert_eq!((confirmed.status, confirmed.header("location")), (200, Some("/api/v1/clock")));
    let clock = confirmed.json();
    assert_eq!((&clock["standing"], &clock["shown"]), (&json!("right"), &clock["believed"]));
    assert_eq!(confirm(&admin, "c").await.status, 204);
    assert_eq!(health(&app).await["status"], "up");
    assert_eq!(time_of(&acme.send("k", "{}").await), app.clock.now(), "the key has expired");
    assert_eq!(acme.send("meanwhile", "{}").await.status, 204, "this one came a moment ago");
    let audit = admin.get("/api/v1/audit?what=clock.confirmed").await;
    assert!(text(&audit).contains("\"clock.confirmed\""), "{}", text(&audit));
}

#[tokio::test]
async fn the_health_page_offers_to_confirm_a_doubted_clock() {
    let app = TestApp::start().await;
    let (owner, viewer) = (app.operator(Role::Owner).await, app.operator(Role::Viewer).await);
    let page = "/console/health";
    assert!(!text(&owner.get(page).await).contains("Confirm the clock"));
    app.clock.set(app.clock.now().saturating_add(DAY));
    assert!(text(&owner.get(page).await).contains("Confirm the clock"));
    let seen = text(&viewer.get(page).await);
    assert!(seen.contains("the believed time is") && !seen.contains("Confirm the clock"), "{seen}");
    let confirmed = submit_from(&owner, page, "/console/health/clock", "").await;
    assert_eq!(confirmed.header("location"), Some("/console/health?done=confirmed"));
    assert!(!text(&viewer.get(page).await).contains("the believed time is"));
}

#[tokio::test]
async fn a_clock_that_is_behind_is_degraded_until_it_has_caught_up() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let last = app.clock.now();
    app.clock.set(Timestamp::from_micros(last.as_micros() - 60_000_000));
    assert_eq!(time_of(&acme.send("k", "{}").await), last, "times never go back");
    let told = health(&app).await;
    assert!(told["status"] == "degraded" && told.to_string().contains("60s behind"), "{told}");
    app.clock.advance(Duration::from_secs(61));
    assert_eq!(time_of(&acme.send("k2", "{}").await), app.clock.now());
    assert_eq!(health(&app).await["status"], "up");
}
