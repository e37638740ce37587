//! Requests for changes with an idempotency key: each is carried out once, and a refusal names its field.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use crate::pages::{submit_from, text};
use http::Method;
use mainstay::config::tls::TlsMode;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use serde_json::json;
use std::time::Duration;

/// Path, body, status of the first time, and the place that it names; in an order in which each can be carried out.
const REQUESTS: [(&str, &str, u16, &str); 11] = [
    ("operators", r#"{"name":"jo","role":"viewer"}"#, 201, "operators/jo"),
    ("operators/jo/reset-password", "", 200, "operators/jo"),
    ("blocks", r#"{"network":"192.0.2.7","for":"1h"}"#, 201, "blocks?network=192.0.2.7"),
    ("certificate/renew", "", 200, "certificate"),
    ("certificate/rotate", "", 200, "certificate"),
    ("clock/confirm", "", 200, "clock"),
    ("jobs/usage-snapshot/run", "", 202, "jobs/usage-snapshot"),
    ("agents", r#"{"name":"till"}"#, 201, "agents/till"),
    ("agents/till/heartbeat", "", 200, "agents/till"),
    ("agents/till/pause", "", 200, "agents/till"),
    ("agents/till/resume", "", 200, "agents/till"),
];

async fn admin_of(app: &TestApp) -> Actor {
    app.system_token(&[Scope::Admin, Scope::Agents]).await
}

/// Sends a request under a key that is its path.
async fn send(admin: &Actor, path: &str, body: &str) -> Answer {
    admin.post_to(&format!("/api/v1/{path}"), body.to_owned()).key(&path.replace('/', "-")).send().await
}

fn assert_place(answer: &Answer, place: &str) {
    assert_eq!(answer.header("location"), Some(format!("/api/v1/{place}").as_str()), "{answer:?}");
}

/// Waits until no job is under way.
async fn after_runs(app: &TestApp) {
    app.parts().jobs.settle("usage-snapshot", Duration::from_secs(30)).await.unwrap();
}

#[tokio::test]
async fn a_repeat_is_204_with_its_place_and_without_a_secret_also_after_a_restart() {
    let mut app = TestApp::start().await;
    let mut admin = admin_of(&app).await;
    for (path, body, status, place) in REQUESTS {
        let first = send(&admin, path, body).await;
        assert_eq!(first.status, status, "{first:?}");
        assert_place(&first, place);
    }
    after_runs(&app).await;
    for round in ["at once", "after a restart"] {
        let before = app.ledger_len();
        for (path, body, _, place) in REQUESTS {
            let again = send(&admin, path, body).await;
            assert_eq!((again.status, again.body.len()), (204, 0), "{path} {round}");
            assert_place(&again, place);
            send(&admin, path, r#"{"other":1}"#).await.refused(422, "idempotency_key_reused");
        }
        assert_eq!(app.ledger_len(), before, "nothing was changed {round}");
        app = Box::pin(app.restart()).await;
        admin = admin.before(app.router());
    }
}

#[tokio::test]
async fn of_two_requests_at_the_same_moment_one_is_carried_out() {
    let app = TestApp::start().await;
    let admin = admin_of(&app).await;
    for (path, body, status, place) in REQUESTS {
        let before = app.ledger_len();
        let (one, other) = tokio::join!(send(&admin, path, body), send(&admin, path, body));
        after_runs(&app).await;
        let (first, second) = if one.status == status { (one, other) } else { (other, one) };
        assert_eq!(first.status, status, "{first:?}");
        match path {
            // To be heard twice is to be heard.
            "agents/till/heartbeat" => assert!([200, 204].contains(&second.status), "{second:?}"),
            // The first acts outside the database.
            "certificate/renew" | "certificate/rotate" | "jobs/usage-snapshot/run" => {
                second.refused(409, "request_in_progress");
            }
            _ => {
                assert_eq!(second.status, 204, "{second:?}");
                assert_place(&second, place);
            }
        }
        assert!(app.ledger_len() <= before + 1, "{path}");
    }
}

#[tokio::test]
async fn an_act_that_failed_may_be_asked_for_again_with_its_key() {
    let app = TestApp::start_with(|config| config.tls.mode = TlsMode::Off).await;
    let admin = admin_of(&app).await;
    for _ in 0..2 {
        send(&admin, "certificate/renew", "").await.refused(409, "read_only");
    }
}

#[tokio::test]
async fn a_refusal_names_its_field() {
    let app = TestApp::start().await;
    let admin = admin_of(&app).await;
    send(&admin, "operators", r#"{"name":"jo","role":"owner"}"#).await;
    let (post, put) = (Method::POST, Method::PUT);
    for (method, path, body, field) in [
        (&post, "operators", r#"{"name":"A b","role":"viewer"}"#, "name"),
        (&post, "operators", r#"{"name":"jo","role":"viewer"}"#, "name"),
        (&post, "operators", r#"{"name":"al","role":"viewer","password":"short"}"#, "password"),
        (&Method::PATCH, "operators/jo", r#"{"role":"viewer"}"#, "role"),
        (&post, "operators/jo/reset-password", r#"{"password":"short"}"#, "password"),
        (&post, "blocks", r#"{"network":"nobody"}"#, "network"),
        (&post, "blocks", r#"{"network":"127.0.0.1"}"#, "network"),
        (&post, "blocks", r#"{"network":"192.0.2.7","for":"soon"}"#, "for"),
        (&post, "blocks", r#"{"network":"192.0.2.7","for":"1ms"}"#, "for"),
        (&post, "blocks", r#"{"network":"192.0.2.7","reason":""}"#, "reason"),
        (&post, "agents", r#"{"name":"A b"}"#, "name"),
        (&post, "agents", r#"{"name":"a","kind":""}"#, "kind"),
        (&post, "agents", r#"{"name":"a","version":""}"#, "version"),
        (&post, "agents", r#"{"name":"a","interval_seconds":1}"#, "interval_seconds"),
        (&put, "settings/limits.rate_limit_max", r#"{"value":"much"}"#, "value"),
    ] {
        let ask = admin.ask(method.clone(), &format!("/api/v1/{path}")).body(body);
        let refused = ask.send().await;
        let problem = refused.json();
        let errors = json!([{ "field": field, "detail": problem["detail"] }]);
        assert_eq!(problem["errors"], errors, "{path} {body}: {refused:?}");
    }
}

#[tokio::test]
async fn a_form_that_is_sent_again_makes_nothing_and_shows_no_password_again() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await.at("192.0.2.1");
    for (page, form, fields, first, made) in [
        ("operators", "operators", "name=jo&role=viewer&password=", 200, "operators/jo?done=before"),
        ("operators/jo", "operators/jo/reset-password", "password=", 200, "operators/jo?done=before"),
        ("limits", "limits/blocks", "network=198.51.100.7&reason=&for=1h", 303, "limits?done=blocked"),
        ("certificate", "certificate/renew", "", 303, "certificate?done=before"),
        ("certificate", "certificate/rotate", "confirm=rotate", 303, "certificate?done=before"),
    ] {
        let page = format!("/console/{page}");
        let shown = text(&owner.get(&page).await);
        let key = shown.split("name=\"request\" value=\"").nth(1).expect("the form has a key");
        let key = key.split('"').next().unwrap();
        let (form, fields) = (format!("/console/{form}"), format!("{fields}&request={key}"));
        let once = submit_from(&owner, &page, &form, &fields).await;
        assert_eq!(once.status, first, "{once:?}");
        let before = app.ledger_len();
        let again = submit_from(&owner, &page, &form, &fields).await;
        let place = format!("/console/{made}");
        assert_eq!((again.status, again.header("location")), (303, Some(place.as_str())), "{again:?}");
        assert_eq!(app.ledger_len(), before, "{form}");
    }
}
