//! Operators at the console and over HTTP: who may manage them, what stays, and what is shown once.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};
use crate::pages::{log_in, submit_from, text};
use http::Method;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::domain::totp::code_of;
use mainstay::platform::clock::Clock;
use mainstay::services::operators::NewOperator;
use std::net::Ipv4Addr;

const PAGE: &str = "/console/operators";

/// A password that a page or an answer shows.
fn made(page: &Answer) -> String {
    let page = text(page);
    page.split("<code id=\"made\">")
        .nth(1)
        .unwrap_or_else(|| panic!("{page}"))
        .split('<')
        .next()
        .unwrap()
        .to_owned()
}

async fn patch(admin: &Actor, name: &str, role: &str) -> Answer {
    let ask = admin.ask(Method::PATCH, &format!("/api/v1/operators/{name}"));
    ask.body(format!("{{\"role\":\"{role}\"}}")).send().await
}

#[tokio::test]
async fn an_owner_adds_people_and_gives_them_roles() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    let chosen = submit_from(&owner, PAGE, PAGE, "name=jo&role=viewer&password=correct+horse+battery").await;
    assert_eq!((chosen.status, chosen.header("location")), (303, Some("/console/operators?done=saved")));
    assert_eq!(log_in(&app.anonymous(), "jo", PASSWORD).await.status, 303);
    let shown = submit_from(&owner, PAGE, PAGE, "name=al&role=admin&password=").await;
    assert_eq!(shown.status, 200);
    assert_eq!(log_in(&app.anonymous(), "al", &made(&shown)).await.status, 303, "a made one works");
    assert!(!text(&owner.get(PAGE).await).contains("id=\"made\""), "and is shown once");
    for (fields, fault, kept) in [
        ("name=jo&role=viewer&password=", "name-fault", "value=\"jo\""),
        ("name=A+b&role=admin&password=", "name-fault", "value=\"A b\""),
        ("name=ann&role=admin&password=short", "password-fault", "value=\"admin\" selected"),
        ("name=ann&role=king&password=", "role-fault", "value=\"ann\""),
    ] {
        let refused = submit_from(&owner, PAGE, PAGE, fields).await;
        let page = text(&refused);
        assert!(refused.status == 422 && page.contains(fault) && page.contains(kept), "{fields}: {page}");
    }
    let jo = app.anonymous().with_session(&app.begin_session("jo", Ipv4Addr::LOCALHOST.into(), "").text);
    let page = "/console/operators/jo";
    let changed = submit_from(&owner, page, "/console/operators/jo/role", "role=admin").await;
    assert_eq!(changed.status, 303);
    assert!(text(&owner.get(page).await).contains("<dd>admin"), "{}", text(&owner.get(page).await));
    assert_eq!(jo.get("/console").await.status, 303, "the sessions of another role are over");
    let there = text(&owner.get(PAGE).await);
    assert!(there.contains(">jo</a>") && there.contains(">al</a>"));
}

#[tokio::test]
async fn only_owners_manage_operators_and_others_are_offered_nothing() {
    let app = TestApp::start().await;
    app.operator(Role::Owner).await;
    for role in [Role::Admin, Role::Viewer] {
        let actor = app.operator(role).await;
        let (list, one) = (actor.get(PAGE).await, actor.get("/console/operators/owner").await);
        assert_eq!((list.status, one.status), (200, 200));
        for page in [&list, &one] {
            let page = text(page);
            assert!(page.matches("<form").count() == 1 && !page.contains("Browser/1"), "{page}");
        }
        for (action, fields) in [
            ("", "name=eve&role=owner&password="),
            ("/owner/role", "role=viewer"),
            ("/owner/reset-password", "password="),
            ("/owner/sessions", "session=all"),
            ("/owner/delete", "confirm=owner"),
        ] {
            let refused = submit_from(&actor, "/console", &format!("{PAGE}{action}"), fields).await;
            let page = text(&refused);
            assert!(refused.status == 403 && page.contains("may not do that"), "{action}: {page}");
        }
        app.parts().sessions.end_all_of(role.as_str());
    }
    assert_eq!(app.parts().operators.find("owner").unwrap().role, Role::Owner);
    assert_eq!(app.parts().operators.list().len(), 3);
}

#[tokio::test]
async fn the_last_owner_stays_and_nobody_locks_themselves_out_unseen() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    let page = "/console/operators/owner";
    let act = async |action: &str, fields: &str| {
        let answer = submit_from(&owner, page, &format!("{page}/{action}"), fields).await;
        (answer.status, text(&answer))
    };
    for (action, fields, fault, told) in [
        ("role", "role=viewer", "sure-fault", "Tick this"),
        ("role", "role=viewer&sure=yes", "role-fault", "last owner"),
        ("reset-password", "password=", "role=\"alert\"", "your own account"),
        ("delete", "confirm=somebody", "confirm-fault", "not the name"),
        ("delete", "confirm=owner", "confirm-fault", "last owner"),
    ] {
        let (status, shown) = act(action, fields).await;
        assert!(status == 422 && shown.contains(fault) && shown.contains(told), "{action} {fields}: {shown}");
    }
    assert!(act("role", "role=viewer").await.1.contains("value=\"viewer\" selected"), "the choice is kept");
    assert_eq!(act("sessions", "session=all").await.0, 303);
    assert_eq!(owner.get(page).await.status, 200, "the present session stays");

    let password = Some(mainstay::domain::secret::Secret::new(PASSWORD.to_owned()));
    let actor = mainstay::services::audit::Actor::CommandLine;
    let new = NewOperator { name: "jo".to_owned(), role: Role::Owner, password };
    app.parts().operators.create(actor, new).await.unwrap();
    let left = submit_from(&owner, page, &format!("{page}/role"), "role=viewer&sure=yes").await;
    assert_eq!(left.status, 303);
    let cookie = left.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
    let after = app.anonymous().with_session(&cookie);
    assert_eq!(
        (owner.get(page).await.status, after.get(page).await.status),
        (303, 200),
        "a session of the new role"
    );
    assert!(!text(&after.get(page).await).contains("reset-password"));
}

#[tokio::test]
async fn somebody_locked_out_gets_a_password_that_is_shown_once_and_no_second_factor() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    let viewer = app.operator(Role::Viewer).await;
    let enrolments = &app.parts().enrolments;
    let secret = enrolments.offer(&app.parts().operators.find("viewer").unwrap()).secret.replace(' ', "");
    let code = code_of(
        &data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap(),
        app.clock.now().as_seconds() / 30,
    );
    let actor = || mainstay::services::audit::Actor::Operator("viewer".to_owned());
    enrolments.confirm(actor(), &app.confirmed("viewer").await, &code).await.unwrap();
    let page = "/console/operators/viewer";
    app.begin_session("viewer", Ipv4Addr::LOCALHOST.into(), "<script>alert(1)</script>");
    let shown = text(&owner.get(page).await);
    assert!(shown.contains("Browser/1") && shown.contains("alert(1)"), "owners see the sessions: {shown}");
    assert!(!shown.contains("<script>alert"), "{shown}");
    let short = submit_from(&owner, page, &format!("{page}/reset-password"), "password=short").await;
    assert!(short.status == 422 && text(&short).contains("password-fault"));
    let reset = submit_from(&owner, page, &format!("{page}/reset-password"), "password=").await;
    assert_eq!(reset.status, 200);
    assert_eq!(viewer.get("/console").await.status, 303, "the sessions are over");
    assert_eq!(
        log_in(&app.anonymous(), "viewer", &made(&reset)).await.status,
        303,
        "and no code is asked for"
    );
    let gone = submit_from(&owner, page, &format!("{page}/delete"), "confirm=viewer").await;
    assert_eq!((gone.status, gone.header("location")), (303, Some("/console/operators?done=deleted")));
    assert_eq!(owner.get(page).await.status, 404);
    let ledger =
        app.system_token(&[Scope::EventsRead]).await.in_tenant("system").get("/v1/events?limit=100").await;
    let ledger = text(&ledger);
    for what in ["operator.reset", "operator.deleted", "operator owner"] {
        assert!(ledger.contains(what), "{what}: {ledger}");
    }
}

#[tokio::test]
async fn recovery_codes_are_made_anew_with_the_password_and_few_are_told() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    let (page, action) = ("/console/account", "/console/account/recovery-codes");
    let without = submit_from(&owner, page, action, "present=correct+horse+battery").await;
    assert_eq!(without.status, 422, "there is no second factor");
    let enrolments = &app.parts().enrolments;
    let secret = enrolments.offer(&app.parts().operators.find("owner").unwrap()).secret.replace(' ', "");
    let key = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let code = code_of(&key, app.clock.now().as_seconds() / 30);
    let actor = mainstay::services::audit::Actor::Operator("owner".to_owned());
    let codes = enrolments.confirm(actor, &app.confirmed("owner").await, &code).await.unwrap();
    assert!(!text(&owner.get(page).await).contains("Few recovery codes"));
    let sign_in = async |code: &str| {
        let fields = format!("name=owner&password=correct+horse+battery&code={code}");
        app.anonymous().submit("/login", fields).send().await.status
    };
    for code in &codes[..7] {
        assert_eq!(sign_in(code).await, 303);
    }
    assert!(text(&owner.get(page).await).contains("Few recovery codes are left."));
    let wrong = submit_from(&owner, page, action, "present=wrong").await;
    assert!(wrong.status == 422 && text(&wrong).contains("codes-fault"));
    let fresh = submit_from(&owner, page, action, "present=correct+horse+battery").await;
    let shown = text(&fresh);
    let block = shown.split("<pre><code>").nth(1).unwrap().split('<').next().unwrap();
    let fresh_codes: Vec<_> = block.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!((fresh.status, fresh_codes.len()), (200, 10), "{shown}");
    assert_eq!(sign_in(&codes[8]).await, 403, "the former ones are void");
    assert_eq!(sign_in(fresh_codes[0]).await, 303);
}

#[tokio::test]
async fn this_session_stands_first_and_one_signs_out_everywhere() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    app.clock.advance(std::time::Duration::from_mins(5));
    let other = app.begin_session("owner", Ipv4Addr::LOCALHOST.into(), "Elsewhere/2");
    let other = app.anonymous().with_session(&other.text);
    for (asks, first, second) in [(&owner, "Browser/1", "Elsewhere/2"), (&other, "Elsewhere/2", "Browser/1")]
    {
        let page = text(&asks.get("/console/account").await);
        assert!(page.find(first).unwrap() < page.find(second).unwrap(), "{page}");
    }
    let left = submit_from(&owner, "/console/account", "/console/account/sessions", "session=all").await;
    assert_eq!((left.status, left.header("location")), (303, Some("/login")));
    assert!(left.header("set-cookie").unwrap().ends_with("Max-Age=0"));
    assert_eq!((owner.get("/console").await.status, other.get("/console").await.status), (303, 303));
}

#[tokio::test]
async fn over_http_a_repeat_makes_nobody_and_shows_no_password_again() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let create = |key: &str| admin.post_to("/api/v1/operators", r#"{"name":"jo","role":"owner"}"#).key(key);
    let first = create("k1").send().await;
    assert_eq!((first.status, first.header("location")), (201, Some("/api/v1/operators/jo")));
    let password = first.json()["password"].as_str().unwrap().to_owned();
    assert_eq!(log_in(&app.anonymous(), "jo", &password).await.status, 303);
    let app = app.restart().await;
    let admin = admin.before(app.router());
    let create = |key: &str| admin.post_to("/api/v1/operators", r#"{"name":"jo","role":"owner"}"#).key(key);
    let again = create("k1").send().await;
    assert_eq!(
        (again.status, again.header("location"), again.body.len()),
        (204, Some("/api/v1/operators/jo"), 0)
    );
    create("k2").send().await.refused(409, "exists");

    let reset = |key: &str| admin.ask(Method::POST, "/api/v1/operators/jo/reset-password").key(key);
    let shown = reset("r1").send().await;
    let fresh = shown.json()["password"].as_str().unwrap().to_owned();
    assert_ne!(fresh, password);
    let repeated = reset("r1").send().await;
    assert_eq!((repeated.status, repeated.header("location")), (204, Some("/api/v1/operators/jo")));
    assert_eq!(create("k1").send().await.status, 204, "a later request does not push the first out");
    assert_eq!(log_in(&app.anonymous(), "jo", &fresh).await.status, 303, "the repeat changed nothing");
    let sent =
        admin.post_to("/api/v1/operators/jo/reset-password", r#"{"password":"another horse battery"}"#);
    assert_eq!(sent.send().await.json()["password"], serde_json::Value::Null);
    assert_eq!(log_in(&app.anonymous(), "jo", "another horse battery").await.status, 303);

    assert_eq!(patch(&admin, "jo", "viewer").await.status, 422, "the last owner");
    admin.ask(Method::DELETE, "/api/v1/operators/jo").send().await.refused(422, "unacceptable");
    let al = admin
        .post_to("/api/v1/operators", r#"{"name":"al","role":"owner","password":"correct horse battery"}"#);
    assert_eq!(al.send().await.json().get("password"), None, "what was sent is not sent back");
    assert_eq!(patch(&admin, "jo", "viewer").await.json()["role"], "viewer");
    assert_eq!(patch(&admin, "nobody", "viewer").await.status, 404);
    let listed = admin.get("/api/v1/operators").await.json();
    let names: Vec<_> =
        listed["operators"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["al", "jo"]);
    assert_eq!(admin.ask(Method::DELETE, "/api/v1/operators/jo").send().await.status, 204);
}

#[tokio::test]
async fn a_request_that_comes_twice_at_once_makes_one_operator() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let create = || admin.post_to("/api/v1/operators", r#"{"name":"jo","role":"viewer"}"#).key("k1").send();
    let (one, other) = tokio::join!(create(), create());
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 204]);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_over_http() {
    let app = TestApp::start().await;
    let (owner, viewer) = (app.operator(Role::Owner).await, app.operator(Role::Viewer).await);
    let admin = app.system_token(&[Scope::Admin]).await;
    let all = admin.get("/api/v1/sessions").await.json();
    assert_eq!(all["sessions"].as_array().unwrap().len(), 2);
    let own = admin.get("/api/v1/sessions?operator=viewer").await.json();
    let id = own["sessions"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (own["sessions"].as_array().unwrap().len(), &own["sessions"][0]["agent"]),
        (1, &"Browser/1".into())
    );
    assert_eq!(admin.ask(Method::DELETE, &format!("/api/v1/sessions/{id}")).send().await.status, 204);
    assert_eq!((owner.get("/console").await.status, viewer.get("/console").await.status), (200, 303));
    let ended = admin.ask(Method::DELETE, "/api/v1/sessions?operator=owner").send().await.json();
    assert_eq!((&ended["operator"], &ended["ended"]), (&"owner".into(), &1.into()));
    assert_eq!(owner.get("/console").await.status, 303);
    admin.ask(Method::DELETE, "/api/v1/sessions").send().await.refused(400, "invalid_query");
}
