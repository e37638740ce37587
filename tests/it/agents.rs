//! Agents and their heartbeats.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use http::Method;
use mainstay::domain::agent::Agent;
use mainstay::domain::scope::Scope;
use serde_json::Value;
use std::time::Duration;

async fn agents_of(app: &TestApp, tenant: &str) -> Actor {
    app.tenant(tenant).await;
    app.token(tenant, &[Scope::Agents]).await
}

async fn register(actor: &Actor, json: &str) -> Answer {
    actor.post_to("/api/v1/agents", json.to_owned()).send().await
}

async fn touch(actor: &Actor, name: &str, what: &str) -> Answer {
    actor.ask(Method::POST, &format!("/api/v1/agents/{name}/{what}")).send().await
}

async fn states(actor: &Actor) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = actor.get("/api/v1/agents").await.json();
    list["agents"].as_array().unwrap().iter().map(|a| (text(&a["name"]), text(&a["state"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
}

#[tokio::test]
async fn an_agent_is_active_late_down_and_active_again() {
    let app = TestApp::start().await;
    let acme = agents_of(&app, "acme").await;
    let made =
        register(&acme, r#"{"name":"till-1","kind":"till","version":"2.1","interval_seconds":10}"#).await;
    assert_eq!((made.status, made.header("location")), (201, Some("/api/v1/agents/till-1")));
    let shown = acme.get("/api/v1/agents/till-1").await.json();
    assert_eq!(shown, made.json());
    assert_eq!(
        (&shown["kind"], &shown["version"], &shown["state"]),
        (&"till".into(), &"2.1".into(), &"active".into())
    );
    app.clock.advance(Duration::from_secs(16));
    assert_eq!(states(&acme).await, pairs(&[("till-1", "late")]));
    app.clock.advance(Duration::from_secs(15));
    assert_eq!(states(&acme).await, pairs(&[("till-1", "down")]));
    let heard = touch(&acme, "till-1", "heartbeat").await;
    assert_eq!((heard.status, &heard.json()["state"]), (200, &"active".into()));
    assert_eq!(touch(&acme, "till-1", "pause").await.json()["state"], "paused");
    app.clock.advance(Duration::from_hours(1));
    assert_eq!(touch(&acme, "till-1", "heartbeat").await.json()["paused"], true, "the agent learns of it");
    assert_eq!(touch(&acme, "till-1", "resume").await.json()["state"], "active");
}

#[tokio::test]
async fn agents_outlast_a_restart_and_the_stop_counts_for_no_silence() {
    let app = TestApp::start().await;
    let acme = agents_of(&app, "acme").await;
    for name in ["a", "b"] {
        assert_eq!(register(&acme, &format!(r#"{{"name":"{name}"}}"#)).await.status, 201);
    }
    app.clock.advance(Duration::from_secs(50));
    assert_eq!(touch(&acme, "a", "heartbeat").await.status, 200);
    touch(&acme, "b", "pause").await;
    app.parts().agents.write_heartbeats();
    let before = acme.get("/api/v1/agents").await.json();

    app.clock.advance(Duration::from_hours(5));
    let app = app.restart().await;
    let acme = acme.before(app.router());

    assert_eq!(states(&acme).await, pairs(&[("a", "active"), ("b", "paused")]));
    let after = acme.get("/api/v1/agents").await.json();
    assert_eq!(after["agents"][0]["last_heartbeat"], before["agents"][0]["last_heartbeat"]);
    app.clock.advance(Duration::from_mins(2));
    assert_eq!(states(&acme).await, pairs(&[("a", "late"), ("b", "paused")]));
    assert_eq!(acme.ask(Method::DELETE, "/api/v1/agents/a").send().await.status, 204);
    acme.get("/api/v1/agents/a").await.refused(404, "not_found");
    let app = app.restart().await;
    assert_eq!(states(&acme.before(app.router())).await, pairs(&[("b", "paused")]));
}

#[tokio::test]
async fn a_repeated_request_is_204_and_changes_nothing() {
    let app = TestApp::start().await;
    let acme = agents_of(&app, "acme").await;
    let ask =
        async |json: &str, key: &str| acme.post_to("/api/v1/agents", json.to_owned()).key(key).send().await;
    assert_eq!(ask(r#"{"name":"a"}"#, "k1").await.status, 201);
    let app = app.restart().await;
    let acme = acme.before(app.router());
    let ask =
        async |json: &str, key: &str| acme.post_to("/api/v1/agents", json.to_owned()).key(key).send().await;
    let again = ask(r#"{"name":"a"}"#, "k1").await;
    assert_eq!((again.status, again.header("location")), (204, Some("/api/v1/agents/a")));
    ask(r#"{"name":"a","kind":"other"}"#, "k1").await.refused(422, "idempotency_key_reused");
    assert_eq!(acme.get("/api/v1/agents/a").await.json()["kind"], "agent");
    let beat = |key: &str| acme.ask(Method::POST, "/api/v1/agents/a/heartbeat").key(key).send();
    beat("k1").await.refused(422, "idempotency_key_reused");
    assert_eq!(beat("k2").await.status, 200);
    // The key of a heartbeat is written without waiting, ahead of this.
    app.tenant("later").await;
    assert_eq!(beat("k2").await.status, 204);
    assert_eq!(register(&acme, r#"{"name":"a","kind":"other"}"#).await.status, 200);
}

#[tokio::test]
async fn a_heartbeat_with_a_key_is_written_at_once_and_one_without_a_key_is_not() {
    let app = TestApp::start().await;
    let acme = agents_of(&app, "acme").await;
    for name in ["keyed", "plain"] {
        register(&acme, &format!(r#"{{"name":"{name}"}}"#)).await;
    }
    app.clock.advance(Duration::from_secs(50));
    acme.ask(Method::POST, "/api/v1/agents/keyed/heartbeat").key("k").send().await;
    touch(&acme, "plain", "heartbeat").await;
    app.tenant("later").await;
    let written: Vec<Agent> = app.parts().store.load_rows().unwrap();
    let heard: Vec<_> = written.iter().map(|agent| agent.last_heartbeat > agent.registered_at).collect();
    assert_eq!(heard, [true, false]);
}

#[tokio::test]
async fn agents_are_bounded_and_what_is_wrong_is_told() {
    let app = TestApp::start().await;
    let (acme, globex) = (agents_of(&app, "acme").await, agents_of(&app, "globex").await);
    for number in 0..256 {
        let made = register(&acme, &format!(r#"{{"name":"a{number}"}}"#)).await;
        assert_eq!(made.status, 201);
    }
    register(&acme, r#"{"name":"one-more"}"#).await.refused(422, "too_many");
    assert_eq!(register(&acme, r#"{"name":"a7"}"#).await.status, 200, "a known one still is");
    assert_eq!(register(&globex, r#"{"name":"a1"}"#).await.status, 201);
    globex.get("/api/v1/agents/a2").await.refused(404, "not_found");
    touch(&globex, "a2", "heartbeat").await.refused(404, "not_found");
    register(&acme, r#"{"name":"A b"}"#).await.refused(400, "invalid_slug");
    register(&acme, r#"{"nme":"a"}"#).await.refused(400, "invalid_body");
    register(&acme, r#"{"name":"a","interval_seconds":1}"#).await.refused(422, "unacceptable");
    register(&acme, &format!(r#"{{"name":"a","kind":"{}"}}"#, "x".repeat(300)))
        .await
        .refused(400, "invalid_attribute");
    acme.ask(Method::PUT, "/api/v1/agents/a1").send().await.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn changes_of_agents_are_in_the_audit_log_with_their_token() {
    let app = TestApp::start().await;
    let acme = agents_of(&app, "acme").await;
    register(&acme, r#"{"name":"a"}"#).await;
    touch(&acme, "a", "pause").await;
    let admin = app.system_token(&[Scope::EventsRead]).await.in_tenant("system");
    let log = admin.get("/v1/events?order=desc&limit=2").await.json();
    let types: Vec<_> =
        log["events"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["token.created", "agent.paused"], "{log}");
    let token = acme.token().split('_').nth(1).unwrap().to_owned();
    assert!(log["events"][1].to_string().contains(&format!("token {token}")), "{log}");
}
