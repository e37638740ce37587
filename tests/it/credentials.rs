//! Tokens and sources: requests that come twice, and refusals that name their field.

use crate::actor::Actor;
use crate::app::TestApp;
use http::Method;
use mainstay::domain::scope::Scope;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const TOKENS: &str = "/api/v1/tokens";
const SOURCES: &str = "/api/v1/sources";
const TOKEN: &str = r#"{"tenant":"acme","name":"till","scopes":["events:read"]}"#;
const SOURCE: &str = r#"{"tenant":"acme","name":"pos"}"#;
const AT_ONCE: &str = r#"{"overlap":"0s"}"#;

/// A request that was carried out: path, body and where what it made or changed is.
type Done = (String, &'static str, String);

async fn admin_of(app: &TestApp) -> Actor {
    app.tenant("acme").await;
    app.system_token(&[Scope::Admin]).await
}

/// Makes a token and a source and rotates both, each request with its path as the key.
async fn make(admin: &Actor) -> Vec<Done> {
    let mut done = Vec::new();
    for (path, body) in [("/api/v1/tokens", TOKEN), ("/api/v1/sources", SOURCE)] {
        let made = admin.post_to(path, body).key(path).send().await;
        assert_eq!(made.status, 201, "{made:?}");
        let place = made.header("location").unwrap().to_owned();
        let rotation = format!("{place}/rotate");
        let rotated = admin.post_to(&rotation, AT_ONCE).key(&rotation).send().await;
        assert_eq!((rotated.status, rotated.header("location")), (200, Some(place.as_str())));
        done.extend([(path.to_owned(), body, place.clone()), (rotation, AT_ONCE, place)]);
    }
    done
}

async fn assert_repeated(admin: &Actor, done: &[Done]) {
    for (path, body, place) in done {
        let again = admin.post_to(path, *body).key(path).send().await;
        assert_eq!((again.status, again.header("location")), (204, Some(place.as_str())), "{path}");
        assert!(again.body.is_empty(), "a secret is shown once: {again:?}");
        let other = admin.post_to(path, r#"{"tenant":"acme"}"#).key(path).send().await;
        other.refused(422, "idempotency_key_reused");
    }
}

#[tokio::test]
async fn a_repeat_has_no_secret_after_a_later_rotation_and_a_restart() {
    let app = TestApp::start().await;
    let admin = admin_of(&app).await;
    let done = make(&admin).await;
    assert_repeated(&admin, &done).await;
    for (path, ..) in done.iter().filter(|(path, ..)| path.ends_with("/rotate")) {
        for round in 0..3 {
            let rotated = admin.post_to(path, AT_ONCE).key(&format!("{path} {round}")).send().await;
            assert_eq!(rotated.status, 200, "{rotated:?}");
        }
    }
    let before = app.ledger_len();
    assert_repeated(&admin, &done).await;
    let app = app.restart().await;
    assert_repeated(&admin.before(app.router()), &done).await;
    assert_eq!(app.ledger_len(), before, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_five_requests_at_the_same_moment_one_is_carried_out() {
    let app = TestApp::start().await;
    let admin = admin_of(&app).await;
    let done = make(&admin).await;
    let bodies = [r#"{"tenant":"acme","name":"new","scopes":["events:read"]}"#, AT_ONCE];
    let of_sources = [r#"{"tenant":"acme","name":"new"}"#, AT_ONCE];
    for ((path, ..), body) in done.iter().zip([bodies, of_sources].as_flattened()) {
        let (before, first) = (app.ledger_len(), if *body == AT_ONCE { 200 } else { 201 });
        let mut sent = JoinSet::new();
        for _ in 0..5 {
            let (admin, path, body) = (admin.clone(), path.clone(), *body);
            let key = format!("{path} at once");
            sent.spawn(async move { admin.post_to(&path, body).key(&key).send().await });
        }
        let answers = sent.join_all().await;
        let secrets = answers.iter().filter(|answer| answer.status == first).count();
        let repeats = answers.iter().filter(|answer| answer.status == 204).count();
        assert_eq!((secrets, repeats), (1, 4), "{path}: {answers:?}");
        assert!(answers.iter().all(|answer| answer.header("location") == answers[0].header("location")));
        assert_eq!(app.ledger_len(), before + 1, "{path}");
    }
}

/// A request that is refused: method, path, body, the fields that it is about, and how what is told begins.
type Refused<'a> = (&'static str, &'a str, Value, &'static str, &'static str);

async fn assert_refused(admin: &Actor, requests: impl IntoIterator<Item = Refused<'_>>) {
    for (method, path, body, fields, detail) in requests {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let refused = admin.ask(method, path).body(body.to_string()).send().await;
        assert_eq!(refused.bad_fields().join(" "), fields, "{path} {body}: {refused:?}");
        let told = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(told.starts_with(detail), "{path} {body}: {told}");
    }
}

/// Returns a body that names a tenant and what is made, with other members as well or instead.
fn new(change: Value) -> Value {
    let mut new = json!({ "tenant": "acme", "name": "new" });
    new.as_object_mut().unwrap().append(&mut change.as_object().unwrap().clone());
    new
}

#[tokio::test]
async fn a_refused_token_names_its_fields() {
    let app = TestApp::start().await;
    let admin = admin_of(&app).await;
    make(&admin).await;
    let token = format!("/api/v1/{}/rotate", app.parts().tokens.list(Some("acme")).unwrap()[0].place());
    let scopes = json!(["events:read"]);
    let requests = [
        ("POST", TOKENS, json!({ "tenant": "x", "name": "a", "scopes": scopes }), "tenant", "there is no"),
        ("POST", TOKENS, new(json!({ "name": "", "scopes": scopes })), "name", "the name is empty"),
        ("POST", TOKENS, new(json!({ "scopes": [] })), "scopes", "a token needs a scope"),
        ("POST", TOKENS, new(json!({ "scopes": ["admin"] })), "scopes", "the scope `admin`"),
        (
            "POST",
            TOKENS,
            new(json!({ "scopes": scopes, "expires_in": "soon" })),
            "expires_in",
            "expires_in: `soon` is not",
        ),
        (
            "POST",
            TOKENS,
            new(json!({ "scopes": [], "expires_in": "0s" })),
            "expires_in scopes",
            "a token needs a scope",
        ),
        ("POST", &token, json!({ "overlap": "soon" }), "overlap", "overlap: `soon` is not"),
        ("POST", &token, json!({ "overlap": "31d" }), "overlap", "the overlap is at most"),
    ];
    assert_refused(&admin, requests).await;
}

#[tokio::test]
async fn a_refused_source_names_its_fields() {
    let app = TestApp::start().await;
    let admin = admin_of(&app).await;
    make(&admin).await;
    let requests = [
        ("POST", SOURCES, new(json!({ "name": "A b" })), "name", "`A b` is not a slug"),
        ("POST", SOURCES, new(json!({ "name": "pos" })), "name", "there is a source `pos`"),
        ("POST", SOURCES, new(json!({ "tenant": "x" })), "tenant", "there is no tenant"),
        ("POST", SOURCES, new(json!({ "tenant": "system" })), "tenant", "events of tenant `system`"),
        ("POST", SOURCES, new(json!({ "scheme": "x" })), "scheme", "there is no scheme"),
        ("POST", SOURCES, new(json!({ "scheme": "none" })), "unsigned", "with the scheme `none`"),
        ("POST", SOURCES, new(json!({ "unsigned": "allowed" })), "unsigned", "the scheme `hmac"),
        ("POST", SOURCES, new(json!({ "scheme": "square" })), "notification_url", "the scheme `square`"),
        ("POST", SOURCES, new(json!({ "notification_url": "x" })), "notification_url", "not an https"),
        ("POST", SOURCES, new(json!({ "secret": "a\u{7}" })), "secret", ""),
        ("POST", SOURCES, new(json!({ "default_type": "" })), "default_type", "the type is empty"),
        ("PATCH", "/api/v1/sources/acme/pos", json!({ "scheme": "x" }), "scheme", "there is no scheme"),
        (
            "PATCH",
            "/api/v1/sources/acme/pos",
            json!({ "default_type": "a\nb" }),
            "default_type",
            "the type holds",
        ),
        (
            "PATCH",
            "/api/v1/sources/acme/pos",
            json!({ "unsigned": "allowed" }),
            "unsigned",
            "the scheme `hmac",
        ),
        (
            "POST",
            "/api/v1/sources/acme/pos/rotate",
            json!({ "overlap": "31d" }),
            "overlap",
            "the overlap is at most",
        ),
        ("POST", "/api/v1/sources/acme/pos/rotate", json!({ "secret": "" }), "secret", ""),
    ];
    assert_refused(&admin, requests).await;
}
