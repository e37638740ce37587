//! Nobody hands out more than they hold: tokens and operators by every kind of actor, on the services that the console, the
//! API and the command line call alike, and on the console's pages.

use crate::app::{PASSWORD, TestApp};
use crate::pages::{submit_from, text};
use http::Method;
use mainstay::domain::ids::TokenId;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::domain::secret::Secret;
use mainstay::platform::clock::Clock;
use mainstay::services::audit::Actor;
use mainstay::services::operators::{NewOperator, NewPassword};
use mainstay::services::refusal::Refusal;
use mainstay::services::tokens::{NewToken, TokenRotation};
use std::time::Duration;

fn new_token(scopes: &[Scope], expires_in: Option<&str>) -> NewToken {
    let (tenant, name) = ("system".to_owned(), "backup".to_owned());
    NewToken {
        tenant,
        name,
        scopes: scopes.iter().copied().collect(),
        expires_in: expires_in.map(str::to_owned),
    }
}

fn new_operator(name: &str, role: Role) -> NewOperator {
    NewOperator { name: name.to_owned(), role, password: Some(Secret::new(PASSWORD.to_owned())) }
}

/// Makes a token of tenant `system` and returns who acts by it.
async fn holder(app: &TestApp, scope: Scope) -> Actor {
    let (token, _text) =
        app.parts().tokens.create(Actor::CommandLine, new_token(&[scope], None)).await.unwrap();
    Actor::Token(token.id.clone())
}

/// Everybody who may ask for a change, and whether they make tokens, tokens that do what an owner does, and operators.
async fn everybody(app: &TestApp) -> Vec<(&'static str, Actor, [bool; 3])> {
    for role in Role::ALL {
        app.operator(role).await;
    }
    let operator = |name: &str| Actor::Operator(name.to_owned());
    let revoked = holder(app, Scope::Admin).await;
    if let Actor::Token(id) = &revoked {
        app.parts().tokens.revoke(Actor::CommandLine, id.as_str()).await.unwrap();
    }
    vec![
        ("the command line", Actor::CommandLine, [true; 3]),
        ("an owner", operator("owner"), [true; 3]),
        ("an admin", operator("admin"), [true, false, false]),
        ("a viewer", operator("viewer"), [false; 3]),
        ("an operator who was deleted", operator("gone"), [false; 3]),
        ("a token: admin", holder(app, Scope::Admin).await, [true; 3]),
        ("a token: admin, revoked", revoked, [false; 3]),
        ("a token: metrics:read", holder(app, Scope::MetricsRead).await, [false; 3]),
        ("an unknown token", Actor::Token(TokenId::parse("aaaaaaaaaaaaaaaa").unwrap()), [false; 3]),
    ]
}

/// Checks that something was allowed, or else refused for want of a permission and at this field.
fn assert_decided<T>(answer: Result<T, Refusal>, allowed: bool, field: Option<&str>, what: &str) {
    match answer {
        Ok(_) => assert!(allowed, "{what} is refused"),
        Err(refusal) => {
            assert!(!allowed && refusal.lacks_permission(), "{what}: {refusal:?}");
            assert_eq!(refusal.field(), field, "{what}");
        }
    }
}

#[tokio::test]
async fn every_actor_hands_out_at_most_what_they_hold() {
    let app = TestApp::start().await;
    let tokens = &app.parts().tokens;
    for (name, actor, [makes, makes_admins, _]) in everybody(&app).await {
        for scope in Scope::ALL {
            let allowed = if scope == Scope::Admin { makes_admins } else { makes };
            let new = new_token(&[Scope::EventsRead, scope], None);
            let made = tokens.create(actor.clone(), new.clone()).await;
            assert_decided(made, allowed, Some("scopes"), &format!("{scope} made by {name}"));

            let (there, _text) = tokens.create(Actor::CommandLine, new).await.unwrap();
            let rotated = tokens.rotate(actor.clone(), there.id.as_str(), TokenRotation::default()).await;
            assert_decided(rotated, allowed, Some("scopes"), &format!("{scope} rotated by {name}"));
            let revoked = tokens.revoke(actor.clone(), there.id.as_str()).await;
            assert_decided(revoked, allowed, Some("scopes"), &format!("{scope} revoked by {name}"));
            let after = tokens.find(there.id.as_str()).unwrap();
            assert_eq!(
                (after.secrets.len(), after.revoked_at.is_some()),
                if allowed { (2, true) } else { (1, false) }
            );
        }
    }
}

#[tokio::test]
async fn every_actor_without_the_right_leaves_operators_as_they_are() {
    let app = TestApp::start().await;
    let (operators, sessions) = (&app.parts().operators, &app.parts().sessions);
    for (number, (name, actor, [.., manages])) in everybody(&app).await.into_iter().enumerate() {
        let made = format!("jo-{number}");
        let other = format!("al-{number}");
        operators.create(Actor::CommandLine, new_operator(&other, Role::Owner)).await.unwrap();
        let begun = app.begin_session(&other, [192, 0, 2, 7].into(), "");
        let decided = |answer: Result<(), Refusal>, field, what: &str| {
            assert_decided(answer, manages, field, &format!("{what} by {name}"));
        };
        let created = operators.create(actor.clone(), new_operator(&made, Role::Viewer)).await;
        decided(created.map(drop), Some("role"), "create");
        decided(operators.end_session(&actor, &begun.session.id()), None, "end a session");
        decided(operators.end_sessions(&actor, &other).map(drop), None, "end sessions");
        let is_open = sessions.recognize(&begun.text).is_some();
        let reset = operators.reset(actor.clone(), &other, NewPassword::default()).await;
        decided(reset.map(drop), Some("password"), "reset");
        let role = operators.set_role(actor.clone(), &other, Role::Viewer).await;
        decided(role.map(drop), Some("role"), "change the role");
        assert_eq!(
            (is_open, operators.find(&other).unwrap().role == Role::Owner),
            (!manages, !manages),
            "{name}"
        );
        decided(operators.delete(actor.clone(), &other).await, None, "delete");
    }
}

#[tokio::test]
async fn an_admin_is_offered_no_token_that_does_what_an_owner_does_and_a_forged_form_is_refused() {
    let app = TestApp::start().await;
    let (owner, admin) = (app.operator(Role::Owner).await, app.operator(Role::Admin).await);
    let new = "/console/new-token";
    let offers = async |actor| text(&crate::actor::Actor::get(actor, new).await).contains("name=\"admin\"");
    assert!(offers(&owner).await && !offers(&admin).await);
    let fields = "tenant=system&name=backup&admin=on";
    let forged = submit_from(&admin, new, new, fields).await;
    let page = text(&forged);
    assert!(
        forged.status == 403 && page.contains("id=\"scopes-fault\"") && page.contains("ask an owner"),
        "{page}"
    );
    assert!(app.parts().tokens.list(Some("system")).unwrap().is_empty());
    let narrower = submit_from(&admin, new, new, "tenant=system&name=scraper&metrics-read=on").await;
    assert_eq!(narrower.status, 200, "what an admin may do they hand out");

    let holder = app.system_token(&[Scope::Admin]).await;
    let id = holder.token().split('_').nth(1).unwrap().to_owned();
    let place = format!("/console/tokens/{id}");
    let (seen, of_owner) = (text(&admin.get(&place).await), text(&owner.get(&place).await));
    assert!(of_owner.contains("/rotate\"") && of_owner.contains("/revoke\""), "{of_owner}");
    assert!(
        !seen.contains("/rotate\"") && !seen.contains("/revoke\"") && seen.contains("Only owners"),
        "{seen}"
    );
    for (action, fields) in [("rotate", "overlap=0s".to_owned()), ("revoke", format!("confirm={id}"))] {
        let refused = submit_from(&admin, &place, &format!("{place}/{action}"), &fields).await;
        let page = text(&refused);
        assert!(
            refused.status == 403 && page.contains("may not manage tokens") && !page.contains("mst_"),
            "{action}: {page}"
        );
    }
    assert_eq!(holder.get("/api/v1/tokens").await.status, 200, "the token is as it was");
    let revoked = submit_from(&owner, &place, &format!("{place}/revoke"), &format!("confirm={id}")).await;
    assert_eq!(revoked.status, 303);
    holder.get("/api/v1/tokens").await.refused(401, "token_revoked");
}

#[tokio::test]
async fn a_token_that_does_what_an_owner_does_expires_after_90_days_unless_asked_otherwise() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let days = |days: u64| Some(app.clock.now().saturating_add(Duration::from_hours(24 * days)));
    for (scopes, expires_in, expected) in [
        (r#"["admin"]"#, "", days(90)),
        (r#"["events:read","admin"]"#, r#","expires_in":null"#, days(90)),
        (r#"["admin"]"#, r#","expires_in":"30d""#, days(30)),
        (r#"["admin"]"#, r#","expires_in":"365d""#, days(365)),
        (r#"["admin"]"#, r#","expires_in":"never""#, None),
        (r#"["events:read"]"#, "", None),
        (r#"["events:read"]"#, r#","expires_in":"never""#, None),
    ] {
        let body = format!(r#"{{"tenant":"system","name":"backup","scopes":{scopes}{expires_in}}}"#);
        let made = admin.ask(Method::POST, "/api/v1/tokens").body(body).send().await;
        let expected = serde_json::to_value(expected).unwrap();
        assert_eq!((made.status, &made.json()["expires_at"]), (201, &expected), "{scopes} {expires_in}");
    }
    let body = r#"{"tenant":"system","name":"backup","scopes":["admin"],"expires_in":"forever"}"#;
    let refused = admin.post_to("/api/v1/tokens", body).send().await;
    refused.refused(422, "unacceptable");
    let error = &refused.json()["errors"][0];
    assert_eq!(error["field"], "expires_in");
    assert!(error["detail"].as_str().unwrap().ends_with("such as 30s or 7d, or `never`"), "{error}");

    let owner = app.operator(Role::Owner).await;
    let new = "/console/new-token";
    for (typed, told) in
        [("", "in 90 days"), ("30d", "in 30 days"), ("never", "<dt>Expires</dt><dd>never</dd>")]
    {
        let fields = format!("tenant=system&name=backup&admin=on&expires_in={typed}");
        let page = text(&submit_from(&owner, new, new, &fields).await);
        assert!(page.contains("token-text") && page.contains(told), "{typed}: {page}");
    }
}
