//! The console's pages and forms: who may, what browsers are told, and what other sites and hostile people try.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};
use crate::documented::is_page;
use http::Method;
use mainstay::app::routes::ROUTES;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::domain::secret::Secret;
use mainstay::domain::session::{AGE_MAX, IDLE_MAX};
use mainstay::domain::token::API_KEY_ID;
use mainstay::services::audit;
use std::time::Duration;

/// Everybody who may come, in the order of the matrix's columns.
const ACTORS: [&str; 6] = ["anonymous", "token of system", "expired session", "viewer", "admin", "owner"];

/// Expected statuses once there is an owner: 303 sends who is not signed in to where that is done, and 403 refuses a form
/// without its session's proof.
#[rustfmt::skip]
const MATRIX: &[(&str, &str, [u16; 6])] = &[
    //                                                  anon toke expi view admi owne
    ("GET",  "/",                                       [303; 6]),
    ("GET",  "/login",                                  [200, 200, 200, 303, 303, 303]),
    ("POST", "/login",                                  [403; 6]),
    ("POST", "/logout",                                 [303, 303, 303, 403, 403, 403]),
    ("GET",  "/setup",                                  [404; 6]),
    ("POST", "/setup",                                  [404; 6]),
    ("GET",  "/console",                                [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/events",                         [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/events/stream",                  [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/events/{seq}",                   [303, 303, 303, 404, 404, 404]),
    ("GET",  "/console/events/{seq}/payload",           [303, 303, 303, 404, 404, 404]),
    ("GET",  "/console/audit",                          [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/audit/export",                   [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/agents",                         [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/agents/{tenant}/{agent}",        [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/agents/{tenant}/{agent}/pause",  [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/agents/{tenant}/{agent}/resume", [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/agents/{tenant}/{agent}/remove", [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/tenants",                       [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/new-tenant",                    [303, 303, 303, 403, 200, 200]),
    ("POST", "/console/new-tenant",                    [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/tenants/{tenant}",              [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/tenants/{tenant}/settings",     [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/tenants/{tenant}/status",       [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/tenants/{tenant}/delete",       [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/tenants/{tenant}/first-event",  [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/tenants/{tenant}/first-event",  [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/tenants/{tenant}/first-event/state",[303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/tokens",                        [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/new-token",                     [303, 303, 303, 403, 200, 200]),
    ("POST", "/console/new-token",                     [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/tokens/{token}",                [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/tokens/{token}/rotate",         [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/tokens/{token}/revoke",         [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/sources",                       [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/new-source",                    [303, 303, 303, 403, 200, 200]),
    ("POST", "/console/new-source",                    [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/sources/{tenant}/{source}",     [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/sources/{tenant}/{source}/change",[303, 303, 303, 403, 403, 403]),
    ("POST", "/console/sources/{tenant}/{source}/rotate",[303, 303, 303, 403, 403, 403]),
    ("POST", "/console/sources/{tenant}/{source}/delete",[303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/jobs",                           [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/jobs/{job}",                     [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/jobs/{job}/run",                 [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/health",                         [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/health/clock",                   [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/limits",                         [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/limits/blocks",                  [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/limits/blocks/lift",             [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/logs",                           [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/logs/stream",                    [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/logs/level",                     [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/operators",                      [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/operators",                      [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/operators/{operator}",           [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/operators/{operator}/role",      [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/operators/{operator}/reset-password", [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/operators/{operator}/sessions",  [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/operators/{operator}/delete",    [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/settings",                       [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/settings/{key}",                 [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/settings/{key}",                 [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/settings/{key}/reset",           [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/certificate",                    [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/certificate/renew",              [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/certificate/rotate",             [303, 303, 303, 403, 403, 403]),
    ("GET",  "/console/about",                          [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/help",                           [303, 303, 303, 200, 200, 200]),
    ("GET",  "/console/account",                        [303, 303, 303, 200, 200, 200]),
    ("POST", "/console/account/recovery-codes",         [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/account/password",               [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/account/second-factor",          [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/account/second-factor/remove",   [303, 303, 303, 403, 403, 403]),
    ("POST", "/console/account/sessions",               [303, 303, 303, 403, 403, 403]),
];

pub(crate) fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// The proof that forms of a page carry.
fn proof(page: &Answer) -> String {
    text(page).split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Sends a form that stands on a page, with the proof that the page carries.
pub(crate) async fn submit_from(actor: &Actor, page: &str, action: &str, fields: &str) -> Answer {
    let proof = proof(&actor.get(page).await);
    actor.submit(action, format!("csrf={proof}&{fields}")).send().await
}

/// The session that an answer begins.
pub(crate) fn begun(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").unwrap_or_else(|| panic!("no session: {answer:?}"));
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Lax");
    pair.strip_prefix("__Host-mainstay=").unwrap().to_owned()
}

/// An address of the pattern.
fn filled(pattern: &str) -> String {
    let filled = pattern.replace("{tenant}", "acme").replace("{source}", "pos");
    let filled = filled.replace("{operator}", "viewer").replace("{key}", "limits.rate_limit_max");
    filled.replace("{token}", API_KEY_ID).replace("{job}", "usage-snapshot").replace("{agent}", "printer")
}

pub(crate) async fn log_in(actor: &Actor, name: &str, password: &str) -> Answer {
    let fields = format!("name={name}&password={}", password.replace(' ', "+"));
    actor.submit("/login", fields).send().await
}

async fn everybody(app: &TestApp) -> Vec<Actor> {
    app.tenant("acme").await;
    app.source("acme", "pos", "hmac-sha256", "secret").await;
    app.parts().tokens.ensure_api_key(audit::Actor::Appliance, Some("key")).await.unwrap();
    let password = Secret::new(PASSWORD.to_owned());
    app.parts().operators.create_first(audit::Actor::CommandLine, "first", &password).await.unwrap();
    let registered =
        app.token("acme", &[Scope::Agents]).await.post_to("/api/v1/agents", r#"{"name":"printer"}"#);
    assert_eq!(registered.send().await.status, 201);
    let expired = app.begin_session("first", [192, 0, 2, 7].into(), "");
    app.clock.advance(IDLE_MAX);
    vec![
        app.anonymous(),
        app.system_token(&[Scope::Admin]).await,
        app.anonymous().with_session(&expired.text),
        app.operator(Role::Viewer).await,
        app.operator(Role::Admin).await,
        app.operator(Role::Owner).await,
    ]
}

#[test]
fn every_page_stands_in_the_matrix_once() {
    let pages = ROUTES.iter().filter(|route| is_page(route));
    let mut pages: Vec<_> = pages.map(|route| (route.method.as_str(), route.pattern)).collect();
    let mut rows: Vec<_> = MATRIX.iter().map(|(method, pattern, _)| (*method, *pattern)).collect();
    pages.sort_unstable();
    rows.sort_unstable();
    assert_eq!(rows, pages);
}

#[tokio::test]
async fn every_page_answers_every_actor_as_the_matrix_says() {
    let app = TestApp::start().await;
    let actors = everybody(&app).await;
    for (method, path, statuses) in MATRIX {
        for ((name, actor), expected) in ACTORS.iter().zip(&actors).zip(statuses) {
            // Six empty logins are too many at once.
            app.clock.advance(Duration::from_secs(2));
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let path = &filled(path);
            let answer = actor.at("127.0.0.1").ask(method.clone(), path).send().await;
            assert_eq!(answer.status, *expected, "{method} {path} by {name}: {answer:?}");
            if method == Method::GET {
                let head = actor.at("127.0.0.1").ask(Method::HEAD, path).send().await;
                assert_eq!((head.status, head.body.len()), (*expected, 0), "{path} by {name}");
            }
            if *expected == 303 && path.starts_with("/console") {
                assert!(answer.header("location").unwrap().starts_with("/login"), "{answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn before_the_first_owner_every_page_leads_to_setup() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    for path in ["/", "/login", "/console", "/console/account"] {
        let answer = nobody.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/setup")), "{path}");
    }
    assert!(text(&nobody.get("/setup").await).contains("mainstay setup-link"));
    let link = app.parts().first_run.give_link().unwrap();
    let page = text(&nobody.get(&format!("/setup?link={link}")).await);
    assert!(page.contains("Make the owner") && page.contains(&link));
    let form = |link: &str, password: &str, again: &str| {
        let fields = format!("link={link}&name=first&password={password}&again={again}");
        nobody.submit("/setup", fields)
    };
    let differs = form(&link, "correct+horse+battery", "other").send().await;
    assert!(differs.status == 422 && text(&differs).contains("value=\"first\""), "the name is kept");
    assert_eq!(form("wrong", "correct+horse+battery", "correct+horse+battery").send().await.status, 422);
    assert_eq!(form(&link, "short", "short").send().await.status, 422);
    let made = form(&link, "correct+horse+battery", "correct+horse+battery").send().await;
    assert_eq!((made.status, made.header("location")), (303, Some("/login")));
    assert_eq!(nobody.get(&format!("/setup?link={link}")).await.status, 404);
    assert_eq!(log_in(&nobody, "first", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn forms_of_other_sites_and_sessions_change_nothing() {
    let app = TestApp::start().await;
    let (owner, viewer) = (app.operator(Role::Owner).await, app.operator(Role::Viewer).await);
    let (own, foreign) = (proof(&owner.get("/console").await), proof(&viewer.get("/console").await));
    assert_ne!(own, foreign);
    for fields in [String::new(), "csrf=".into(), format!("csrf={foreign}"), format!("csrf={own}x")] {
        assert_eq!(owner.submit("/logout", fields.clone()).send().await.status, 403, "{fields}");
    }
    let right = format!("csrf={own}");
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let form = owner.submit("/logout", right.clone()).header("host", "appliance").header(header, value);
        assert_eq!(form.send().await.status, 403, "{header}: {value}");
        let login = app.anonymous().submit("/login", "name=owner&password=correct+horse+battery");
        let login = login.header("host", "appliance").header(header, value).send().await;
        assert!(login.status == 403 && login.header("set-cookie").is_none(), "{header}: {value}");
    }
    assert_eq!(owner.get("/console").await.status, 200, "nothing of that ended the session");
    let own_page = owner.submit("/logout", right).header("host", "appliance");
    let left = own_page.header("origin", "https://appliance").header("sec-fetch-site", "same-origin");
    let left = left.send().await;
    assert_eq!((left.status, left.header("location")), (303, Some("/login")));
    assert!(left.header("set-cookie").unwrap().starts_with("__Host-mainstay=;"));
    assert!(left.header("set-cookie").unwrap().ends_with("Max-Age=0"));
    assert_eq!(owner.get("/console").await.status, 303, "the session is over");
}

#[tokio::test]
async fn no_page_is_framed_kept_or_loads_from_elsewhere() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    let pages = [
        app.anonymous().get("/login").await,
        app.anonymous().get("/setup").await,
        owner.get("/console").await,
        owner.get("/console/account").await,
        owner.submit("/logout", "").send().await,
    ];
    for page in pages {
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(policy.contains("form-action 'self'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert!(page.header("cache-control").unwrap().contains("no-store"), "{page:?}");
        let text = text(&page);
        let foreign = ["<style", " style=", " onclick=", "http://", "https://", "<script>", "javascript:"];
        assert!(foreign.iter().all(|word| !text.contains(word)), "{text}");
    }
}

#[tokio::test]
async fn sessions_end_by_time_and_from_the_account_page() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    let other = app.anonymous().with_session(&begun(&log_in(&app.anonymous(), "owner", PASSWORD).await));
    let page = owner.get("/console/account").await;
    assert!(text(&page).contains("this one"));
    let id =
        text(&page).split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = format!("session={id}");
    let ended = submit_from(&owner, "/console/account", "/console/account/sessions", &fields).await;
    assert_eq!((ended.status, ended.header("location")), (303, Some("/console/account?done=ended")));
    let told = |page: Answer| text(&page).contains("role=\"status\"");
    assert!(told(owner.get("/console/account?done=ended").await));
    assert!(
        !told(owner.get("/console/account?done=%3Cb%3Eanything").await),
        "a link puts no words into a page"
    );
    assert_eq!((owner.get("/console").await.status, other.get("/console").await.status), (200, 303));
    let mut lived = Duration::ZERO;
    while lived + IDLE_MAX / 2 < AGE_MAX {
        app.clock.advance(IDLE_MAX / 2);
        lived += IDLE_MAX / 2;
        assert_eq!(owner.get("/console").await.status, 200, "{lived:?}");
    }
    app.clock.advance(IDLE_MAX / 2);
    assert_eq!(owner.get("/console").await.status, 303, "however busy");
}

#[tokio::test]
async fn a_new_password_is_asked_for_with_the_present_one_and_renews_the_session() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    let csrf = proof(&owner.get("/console/account").await);
    let change = |present: &str, new: &str, again: &str| {
        let fields = format!("csrf={csrf}&present={present}&password={new}&again={again}");
        owner.submit("/console/account/password", fields)
    };
    let (present, new) = ("correct+horse+battery", "another+horse+battery");
    for refused in
        [change("wrong", new, new), change(present, new, "other"), change(present, "short", "short")]
    {
        let answer = refused.send().await;
        assert!(answer.status == 422 && text(&answer).contains("role=\"alert\""), "{answer:?}");
    }
    let renewed = app.anonymous().with_session(&begun(&change(present, new, new).send().await));
    assert_eq!((owner.get("/console").await.status, renewed.get("/console").await.status), (303, 200));
    assert_eq!(log_in(&app.anonymous(), "owner", PASSWORD).await.status, 403);
    assert_eq!(log_in(&app.anonymous(), "owner", "another horse battery").await.status, 303);
}

#[tokio::test]
async fn hostile_text_is_shown_and_never_taken_for_markup() {
    let app = TestApp::start().await;
    app.operator(Role::Owner).await;
    let hostile = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>";
    let agent = app.anonymous().submit("/login", "name=owner&password=correct+horse+battery");
    let answer = agent.header("user-agent", hostile).send().await;
    let page = app.anonymous().with_session(&begun(&answer)).get("/console/account").await;
    let field = "%3Cscript%3Ealert(1)%3C/script%3E%22%27%3E%3Cimg+src=x%3E";
    let failed =
        app.anonymous().submit("/login", format!("name={field}&password=x&next={field}")).send().await;
    let asked = app.anonymous().get(&format!("/login?next={field}")).await;
    for page in [&page, &failed, &asked] {
        let text = text(page);
        assert!(!text.contains("<script>alert") && !text.contains("<img"), "{text}");
    }
    assert!(text(&page).contains("alert(1)") && text(&failed).contains("alert(1)"));
}
