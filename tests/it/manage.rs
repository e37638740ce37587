//! Tenants, tokens and sources over HTTP.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use http::Method;
use mainstay::domain::scope::Scope;
use serde_json::{Value, json};
use std::time::Duration;

async fn change(admin: &Actor, path: &str, json: &Value) -> Answer {
    admin.ask(Method::PATCH, path).body(json.to_string()).send().await
}

async fn delete(admin: &Actor, path: &str) -> Answer {
    admin.ask(Method::DELETE, path).send().await
}

#[tokio::test]
async fn a_tenant_is_made_shown_changed_and_deleted() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let made = admin.post_to("/api/v1/tenants", r#"{"slug":"acme","name":"Acme <b>"}"#).send().await;
    assert_eq!((made.status, made.header("location")), (201, Some("/api/v1/tenants/acme")));
    assert_eq!(made.json()["name"], "Acme <b>");
    let changed = json!({ "name": "Acme", "status": "suspended", "mismatch": "refuse", "key_retention": "60s",
        "rate_limit": "10/1m", "token_rate_limit": "5/1s" });
    let changed = change(&admin, "/api/v1/tenants/acme", &changed).await.json();
    assert_eq!(
        (&changed["status"], &changed["settings"]["rate_limit"]),
        (&json!("suspended"), &json!("10/1m"))
    );
    let off = json!({ "rate_limit": "off", "key_retention": null, "status": null });
    let off = change(&admin, "/api/v1/tenants/acme", &off).await.json();
    assert_eq!(
        (&off["settings"]["rate_limit"], &off["settings"]["token_rate_limit"]),
        (&Value::Null, &json!("5/1s"))
    );
    assert_eq!((&off["status"], &off["settings"]["key_retention"]), (&json!("suspended"), &Value::Null));
    let wrong = change(&admin, "/api/v1/tenants/acme", &json!({ "rate_limit": "often" })).await;
    assert!(wrong.json()["detail"].as_str().unwrap().starts_with("rate_limit: `often`"), "{wrong:?}");
    assert_eq!(delete(&admin, "/api/v1/tenants/acme").await.status, 204);
    assert_eq!(admin.get("/api/v1/tenants/acme").await.json()["status"], "deleted");
    delete(&admin, "/api/v1/tenants/acme").await.refused(404, "not_found");
}

#[tokio::test]
async fn tenants_are_listed_portion_by_portion() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    for slug in ["c", "a", "b"] {
        app.tenant(slug).await;
    }
    let (mut met, mut path) = (Vec::new(), "/api/v1/tenants?limit=2".to_owned());
    loop {
        let portion = admin.get(&path).await.json();
        let slugs = portion["tenants"].as_array().unwrap();
        met.extend(slugs.iter().map(|tenant| tenant["slug"].as_str().unwrap().to_owned()));
        let Some(next) = portion["next"].as_str() else { break };
        path = format!("/api/v1/tenants?limit=2&after={next}");
    }
    assert_eq!(met, ["a", "b", "c", "default", "system"]);
    admin.get("/api/v1/tenants?limit=0").await.refused(400, "invalid_query");
}

#[tokio::test]
async fn a_token_is_made_used_rotated_and_revoked_and_its_text_shown_once() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let new = r#"{"tenant":"acme","name":"till","scopes":["events:write","events:read"],"expires_in":"90d"}"#;
    let made = admin.post_to("/api/v1/tokens", new).send().await;
    let (place, first) = (made.header("location").unwrap().to_owned(), made.json());
    let text = first["token"].as_str().unwrap().to_owned();
    assert_eq!((made.status, first["expires_at"].as_str()), (201, Some("2026-05-30T12:00:00.000000Z")));
    let holder = app.anonymous().with_token(&text);
    assert_eq!(holder.send("k", "{}").await.status, 201);
    let shown = admin.get(&place).await.json();
    assert!(shown["token"].is_null() && shown["last_used_at"].is_string(), "{shown}");
    app.clock.advance(Duration::from_secs(100));

    let rotated = admin.post_to(&format!("{place}/rotate"), r#"{"overlap":"1h"}"#).send().await;
    let fresh = app.anonymous().with_token(rotated.json()["token"].as_str().unwrap());
    assert_eq!(rotated.json()["secrets"][0]["created_at"], "2026-03-01T12:01:40.000000Z");
    assert_eq!(rotated.json()["secrets"][1]["valid_until"], "2026-03-01T13:01:40.000000Z");
    assert_eq!((holder.send("l", "{}").await.status, fresh.send("m", "{}").await.status), (201, 201));
    app.clock.advance(Duration::from_hours(1));
    assert_eq!((holder.send("n", "{}").await.status, fresh.send("o", "{}").await.status), (401, 201));
    assert_eq!(admin.post_to(&format!("{place}/rotate"), "").send().await.status, 200, "no body is needed");

    let revoked = delete(&admin, &place).await.json();
    assert!(revoked["revoked_at"].is_string(), "{revoked}");
    fresh.send("p", "{}").await.refused(401, "token_revoked");
    let again = delete(&admin, &place).await.json();
    assert_eq!(again["revoked_at"], revoked["revoked_at"]);
    let listed = admin.get("/api/v1/tokens?tenant=acme").await.json();
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains("mst_"));
}

#[tokio::test]
async fn a_source_is_made_rotated_changed_and_deleted_and_its_secret_shown_once() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let made = admin.post_to("/api/v1/sources", r#"{"tenant":"acme","name":"pos"}"#).send().await;
    assert_eq!((made.status, made.header("location")), (201, Some("/api/v1/sources/acme/pos")));
    let made = made.json();
    assert!(
        made["secret"].is_string() && made["path"] == "/in/acme/pos" && made["fault"].is_null(),
        "{made}"
    );
    let rotated = admin.post_to("/api/v1/sources/acme/pos/rotate", r#"{"secret":"of the provider"}"#);
    let rotated = rotated.send().await;
    assert!(rotated.status == 200 && rotated.json()["secret"].is_null(), "a given secret is not sent back");
    assert_eq!(rotated.json()["secrets"].as_array().unwrap().len(), 2);
    let square = change(&admin, "/api/v1/sources/acme/pos", &json!({ "scheme": "square" })).await;
    assert!(square.json()["detail"].as_str().unwrap().contains("address of the notifications"), "{square:?}");
    let url = json!({ "scheme": "square", "notification_url": "https://a.example/in/acme/pos", "automatic_keys": "off" });
    let changed = change(&admin, "/api/v1/sources/acme/pos", &url).await.json();
    assert_eq!((&changed["scheme"], &changed["automatic_keys"]), (&json!("square"), &json!("off")));
    let listed = admin.get("/api/v1/sources?tenant=acme").await.json();
    assert_eq!(listed["sources"].as_array().unwrap().len(), 1);
    assert!(!listed.to_string().contains("of the provider"));
    let schemes = admin.get("/api/v1/schemes").await.json();
    assert!(schemes["schemes"].as_array().unwrap().iter().any(|scheme| scheme["name"] == "github"));
    assert_eq!(delete(&admin, "/api/v1/sources/acme/pos").await.status, 204);
    admin.get("/api/v1/sources/acme/pos").await.refused(404, "not_found");
}

#[tokio::test]
async fn a_repeat_makes_nothing_tells_no_secret_and_is_known_after_a_restart() {
    let mut app = TestApp::start().await;
    let requests = [
        ("/api/v1/tenants", r#"{"slug":"acme"}"#, "/api/v1/tenants/acme"),
        ("/api/v1/tokens", r#"{"tenant":"acme","name":"till","scopes":["events:read"]}"#, "/api/v1/tokens/"),
        ("/api/v1/sources", r#"{"tenant":"acme","name":"pos"}"#, "/api/v1/sources/acme/pos"),
    ];
    let mut admin = app.system_token(&[Scope::Admin]).await;
    let mut places = Vec::new();
    for (path, body, place) in requests {
        let made = admin.post_to(path, body).key(path).send().await;
        let there = made.header("location").unwrap().to_owned();
        assert!(made.status == 201 && there.starts_with(place), "{made:?}");
        places.push(there);
    }
    let rotations = [format!("{}/rotate", places[1]), format!("{}/rotate", places[2])];
    for rotation in &rotations {
        assert_eq!(admin.post_to(rotation, "{}").key(rotation).send().await.status, 200);
    }
    for round in ["at once", "after a restart"] {
        let before = app.ledger_len();
        for ((path, body, _), place) in requests.into_iter().zip(&places) {
            let again = admin.post_to(path, body).key(path).send().await;
            assert_eq!(
                (again.status, again.header("location")),
                (204, Some(place.as_str())),
                "{path} {round}"
            );
        }
        for (rotation, place) in rotations.iter().zip(&places[1..]) {
            let again = admin.post_to(rotation, "{}").key(rotation).send().await;
            assert_eq!(
                (again.status, again.header("location")),
                (204, Some(place.as_str())),
                "{rotation} {round}"
            );
        }
        assert_eq!(app.ledger_len(), before, "nothing was changed {round}");
        let other =
            admin.post_to("/api/v1/tenants", r#"{"slug":"other"}"#).key("/api/v1/tenants").send().await;
        other.refused(422, "idempotency_key_reused");
        let token = admin.token().to_owned();
        app = Box::pin(app.restart()).await;
        admin = app.anonymous().with_token(&token);
    }
    assert_eq!(admin.post_to("/api/v1/tenants", r#"{"slug":"other"}"#).key("l").send().await.status, 201);
}
