//! Every route by every actor. A route without a row fails the test, and so does a row without a route. The console's
//! pages have a matrix of their own.

use crate::actor::Actor;
use crate::app::{PASSWORD, TestApp};
use crate::documented::{is_documented, is_page};
use http::Method;
use mainstay::app::routes::ROUTES;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::domain::secret::Secret;
use mainstay::domain::tenant::TenantStatus;
use mainstay::services::audit;
use mainstay::services::operators::NewOperator;
use mainstay::services::tenants::TenantChange;
use std::time::Duration;

/// Everybody who may come, in the order of the matrix's columns.
const ACTORS: [&str; 20] = [
    "anonymous",
    "malformed token",
    "unknown token",
    "expired token",
    "revoked token",
    "token of a suspended tenant",
    "token of a deleted tenant",
    "acme: events:write",
    "acme: events:read",
    "acme: flags:read, flags:write, agents",
    "acme: both, naming globex",
    "globex: both",
    "globex: both, naming acme",
    "system: admin, naming acme",
    "system: events:write and events:read, naming nobody",
    "system: metrics:read",
    "system: admin, naming nowhere",
    "system: admin, naming a suspended tenant",
    "system: admin, naming a deleted tenant",
    "system: admin, naming system",
];

/// Expected statuses, a column for each actor, and last the command line's, naming acme, on the admin socket; `{seq}` is
/// an event of acme.
#[rustfmt::skip]
const MATRIX: &[(&str, &str, [u16; 20], u16)] = &[
    //                                      anon malf unkn expi revo susp dele  aw   ar  none a→g  gl   g→a  S→a  S    S:m  S→?  S→su S→de S→S  command line
    ("POST", "/v1/events",               [401, 401, 401, 401, 401, 403, 404, 201, 403, 403, 403, 201, 403, 201, 201, 403, 404, 403, 404, 403], 201),
    ("POST", "/in/{tenant}/{source}",    [401; 20], 401),
    ("POST", "/pos/{source}/ingest",     [401, 401, 401, 401, 401, 403, 404, 201, 403, 403, 403, 201, 403, 201, 201, 403, 404, 403, 404, 403], 201),
    ("GET",  "/v1/events",               [401, 401, 401, 401, 401, 403, 404, 403, 200, 403, 403, 200, 403, 200, 200, 403, 404, 403, 404, 200], 200),
    ("GET",  "/v1/events/export",        [401, 401, 401, 401, 401, 403, 404, 403, 200, 403, 403, 200, 403, 200, 200, 403, 404, 403, 404, 200], 200),
    ("GET",  "/v1/events/stream",        [401, 401, 401, 401, 401, 403, 404, 403, 200, 403, 403, 200, 403, 200, 200, 403, 404, 403, 404, 200], 200),
    ("GET",  "/v1/events/{seq}",         [401, 401, 401, 401, 401, 403, 404, 403, 200, 403, 403, 404, 403, 200, 404, 403, 404, 403, 404, 404], 200),
    ("GET",  "/v1/events/{seq}/payload", [401, 401, 401, 401, 401, 403, 404, 403, 200, 403, 403, 404, 403, 200, 404, 403, 404, 403, 404, 404], 200),
    ("POST", "/api/v1/agents", [401, 401, 401, 401, 401, 403, 404, 403, 403, 400, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("GET", "/api/v1/agents", [401, 401, 401, 401, 401, 403, 404, 403, 403, 200, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/agents/{name}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 200, 403, 403, 403, 200, 403, 403, 404, 403, 404, 404], 200),
    ("POST", "/api/v1/agents/{name}/heartbeat", [401, 401, 401, 401, 401, 403, 404, 403, 403, 200, 403, 403, 403, 200, 403, 403, 404, 403, 404, 404], 200),
    ("POST", "/api/v1/agents/{name}/pause", [401, 401, 401, 401, 401, 403, 404, 403, 403, 200, 403, 403, 403, 200, 403, 403, 404, 403, 404, 404], 200),
    ("POST", "/api/v1/agents/{name}/resume", [401, 401, 401, 401, 401, 403, 404, 403, 403, 200, 403, 403, 403, 200, 403, 403, 404, 403, 404, 404], 200),
    ("DELETE", "/api/v1/agents/{name}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 204, 403, 403, 403, 404, 403, 403, 404, 403, 404, 404], 404),
    ("GET", "/api/v1/jobs", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/jobs/{job}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("POST", "/api/v1/jobs/{job}/run", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 202, 403, 403, 404, 403, 404, 202], 202),
    ("GET", "/api/v1/usage", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/overview", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/series", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/blocks", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("POST", "/api/v1/blocks", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("DELETE", "/api/v1/blocks", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("GET", "/api/v1/fleet", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/logs", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/limits", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/health", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/audit", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/audit/export", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/settings", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/settings/{key}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("PUT", "/api/v1/settings/{key}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("DELETE", "/api/v1/settings/{key}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/tenants", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("POST", "/api/v1/tenants", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("GET", "/api/v1/tenants/{tenant}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("PATCH", "/api/v1/tenants/{tenant}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("GET", "/api/v1/tokens", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("POST", "/api/v1/tokens", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("GET", "/api/v1/tokens/{token}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("POST", "/api/v1/tokens/{token}/rotate", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("DELETE", "/api/v1/tokens/{token}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/sources", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("POST", "/api/v1/sources", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("GET", "/api/v1/sources/{tenant}/{source}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("PATCH", "/api/v1/sources/{tenant}/{source}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("POST", "/api/v1/sources/{tenant}/{source}/rotate", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("DELETE", "/api/v1/sources/{tenant}/{source}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 204, 403, 403, 404, 403, 404, 404], 404),
    ("GET", "/api/v1/schemes", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/operators", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("POST", "/api/v1/operators", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("GET", "/api/v1/operators/{operator}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("PATCH", "/api/v1/operators/{operator}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("GET", "/api/v1/sessions", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("DELETE", "/api/v1/sessions", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 400, 403, 403, 404, 403, 404, 400], 400),
    ("DELETE", "/api/v1/sessions/{session}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 204, 403, 403, 404, 403, 404, 404], 404),
    ("POST", "/api/v1/operators/{operator}/reset-password", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("DELETE", "/api/v1/operators/{operator}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 204, 403, 403, 404, 403, 404, 404], 404),
    ("GET", "/api/v1/certificate", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("POST", "/api/v1/certificate/renew", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("POST", "/api/v1/certificate/rotate", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/clock", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("POST", "/api/v1/clock/confirm", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET", "/api/v1/diagnostics", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 403, 404, 403, 404, 200], 200),
    ("GET",  "/v1",                      [200; 20], 200),
    ("GET",  "/ca.pem",                  [200; 20], 200),
    ("GET",  "/api/openapi.json",        [200; 20], 200),
    ("GET",  "/api/docs",                [200; 20], 200),
    ("GET",  "/static/{file}",           [200; 20], 200),
    ("GET",  "/health",                  [200; 20], 200),
    ("GET",  "/livez",                   [200; 20], 200),
    ("GET",  "/live",                    [200; 20], 200),
    ("GET",  "/api/health/live",         [200; 20], 200),
    ("GET",  "/health/live",             [200; 20], 200),
    ("GET",  "/startupz",                [200; 20], 200),
    ("GET",  "/readyz",                  [200; 20], 200),
    ("GET",  "/ready",                   [200; 20], 200),
    ("GET",  "/health/ready",            [200; 20], 200),
    ("GET",  "/readyz/{check}",          [200; 20], 200),
    ("GET",  "/api/health",              [200; 20], 200),
    ("GET",  "/api/health/ready",        [200; 20], 200),
    ("GET",  "/metrics",                 [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 200, 200, 200, 200, 200], 200),
    ("GET",  "/api/metrics",             [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 200, 403, 200, 200, 200, 200, 200], 200),
    ("POST", "/local/setup-link",        [404; 20], 200),
    ("POST", "/local/first-operator",    [404; 20], 400),
    ("GET",  "/local/settings",          [404; 20], 200),
    ("GET",  "/local/ledger",            [404; 20], 200),
    ("GET",  "/local/schema",            [404; 20], 200),
    ("GET",  "/local/facts",             [404; 20], 200),
    // The last one: the tenant is gone then.
    ("DELETE", "/api/v1/tenants/{tenant}", [401, 401, 401, 401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 204, 403, 403, 404, 403, 404, 404], 404),
];

/// Makes everybody; the seq is that of an event of acme.
pub(crate) async fn everybody(app: &TestApp) -> (Vec<Actor>, u64) {
    let acme = app.tenant("acme").await;
    let seq = acme.send("the-event", "{}").await.seq();
    let globex = app.tenant("globex").await;
    let suspended = app.tenant("paused").await;
    let deleted = app.tenant("gone").await;
    let revoked = app.tenant("third").await;
    for tenant in ["default", "acme", "globex"] {
        app.source(tenant, "pos", "hmac-sha256", "secret").await;
    }
    app.revoke(&revoked).await;
    let short = Some(Duration::from_secs(1));
    let expired = app.token_for("acme", crate::app::BOTH, short).await;
    app.clock.advance(Duration::from_secs(1));
    let suspend = TenantChange { status: Some(TenantStatus::Suspended), ..TenantChange::default() };
    app.change_tenant("paused", suspend).await;
    app.delete_tenant("gone").await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let unknown = format!("mst_{}_{}", "a".repeat(16), "b".repeat(52));
    let actors = vec![
        app.anonymous(),
        app.anonymous().with_token("mst_short"),
        app.anonymous().with_token(&unknown),
        expired,
        revoked,
        suspended,
        deleted,
        app.token("acme", &[Scope::EventsWrite]).await,
        app.token("acme", &[Scope::EventsRead]).await,
        app.token("acme", &[Scope::FlagsRead, Scope::FlagsWrite, Scope::Agents]).await,
        acme.in_tenant("globex"),
        globex.clone(),
        globex.in_tenant("acme"),
        admin.in_tenant("acme"),
        app.system_token(crate::app::BOTH).await,
        app.system_token(&[Scope::MetricsRead]).await,
        admin.in_tenant("nowhere"),
        admin.in_tenant("paused"),
        admin.in_tenant("gone"),
        admin.in_tenant("system"),
    ];
    let agent = app.token("acme", &[Scope::Agents]).await.post_to("/api/v1/agents", r#"{"name":"till-1"}"#);
    assert_eq!(agent.send().await.status, 201);
    (actors, seq)
}

/// Makes an operator `jo` with a session and returns the session's name.
async fn someone_signed_in(app: &TestApp) -> String {
    let operators = &app.parts().operators;
    let password = Some(Secret::new(PASSWORD.to_owned()));
    let new = NewOperator { name: "jo".to_owned(), role: Role::Viewer, password };
    operators.create(audit::Actor::CommandLine, new).await.unwrap();
    app.begin_session("jo", [192, 0, 2, 7].into(), "Browser/1").session.id()
}

#[test]
fn every_route_stands_in_the_matrix_once() {
    let routes = ROUTES.iter().filter(|route| !is_page(route));
    let mut routes: Vec<_> = routes.map(|route| (route.method.as_str(), route.pattern)).collect();
    let mut rows: Vec<_> = MATRIX.iter().map(|(method, pattern, ..)| (*method, *pattern)).collect();
    routes.sort_unstable();
    rows.sort_unstable();
    assert_eq!(rows, routes);
}

#[tokio::test]
async fn every_route_answers_every_actor_as_the_matrix_says() {
    let app = TestApp::start().await;
    let (actors, seq) = everybody(&app).await;
    let other = app.token("globex", crate::app::BOTH).await;
    let token = other.token().split('_').nth(1).unwrap();
    let session = someone_signed_in(&app).await;
    let command_line = app.command_line().in_tenant("acme");
    for (row, (method, pattern, statuses, of_command_line)) in MATRIX.iter().enumerate() {
        // A row's bad tokens come from an address of its own, so that none is blocked.
        let address = format!("198.51.100.{row}");
        let path = pattern.replace("{seq}", &seq.to_string()).replace("{tenant}", "acme");
        let path = path
            .replace("{source}", "pos")
            .replace("{check}", "database")
            .replace("{name}", "till-1")
            .replace("{token}", token)
            .replace("{job}", "usage-snapshot")
            .replace("{file}", "docs.css")
            .replace("{operator}", "jo")
            .replace("{session}", &session)
            .replace("{key}", "limits.rate_limit_max");
        for (at, ((name, actor), expected)) in ACTORS.iter().zip(&actors).zip(statuses).enumerate() {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = actor.at(&address).ask(method, &path).key(&format!("k{row}-{at}")).send().await;
            assert_eq!(answer.status, *expected, "{pattern} by {name}: {answer:?}");
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = command_line.ask(method, &path).key(&format!("k{row}-socket")).send_report().await;
        assert_eq!(answer.status, *of_command_line, "{pattern} by the command line: {answer:?}");
    }
}

#[tokio::test]
async fn head_is_answered_like_get() {
    let app = TestApp::start().await;
    let seq = app.tenant("acme").await.send("k", "{}").await.seq();
    app.source("acme", "pos", "hmac-sha256", "secret").await;
    let acme = app.system_token(&[Scope::Admin]).await.in_tenant("acme");
    let token = acme.token().split('_').nth(1).unwrap().to_owned();
    let agent = acme.post_to("/api/v1/agents", r#"{"name":"till-1"}"#).send().await;
    assert_eq!(agent.status, 201);
    someone_signed_in(&app).await;
    for route in ROUTES.iter().filter(|route| route.method == Method::GET && is_documented(route)) {
        let path = route.pattern.replace("{seq}", &seq.to_string()).replace("{check}", "disk");
        let path = path.replace("{name}", "till-1").replace("{job}", "usage-snapshot");
        let path = path.replace("{key}", "limits.rate_limit_max").replace("{file}", "docs.css");
        let path = path.replace("{tenant}", "acme").replace("{source}", "pos").replace("{token}", &token);
        let path = path.replace("{operator}", "jo");
        let acme = acme.at("127.0.0.1");
        let (got, headed) = (acme.get(&path).await, acme.ask(Method::HEAD, &path).send().await);
        assert_eq!((got.status, headed.status), (200, 200), "{path}");
        assert_eq!(got.header("content-type"), headed.header("content-type"), "{path}");
    }
}

#[tokio::test]
async fn refused_actors_are_told_why() {
    let app = TestApp::start().await;
    let (actors, _seq) = everybody(&app).await;
    let codes = [
        (0, 401, "token_missing"),
        (1, 401, "token_unknown"),
        (2, 401, "token_unknown"),
        (3, 401, "token_expired"),
        (4, 401, "token_revoked"),
        (5, 403, "tenant_suspended"),
        (6, 404, "tenant_unknown"),
        (8, 403, "scope_missing"),
        (10, 403, "tenant_mismatch"),
        (12, 403, "tenant_mismatch"),
        (16, 404, "tenant_unknown"),
        (17, 403, "tenant_suspended"),
        (18, 404, "tenant_unknown"),
        (19, 403, "tenant_reserved"),
    ];
    for (at, status, code) in codes {
        actors[at].send("k", "{}").await.refused(status, code);
    }
}

#[tokio::test]
async fn a_token_is_taken_from_either_header_but_not_two_that_differ() {
    let app = TestApp::start().await;
    let (acme, anonymous) = (app.tenant("acme").await, app.anonymous());
    let by_key = anonymous.ask(Method::GET, "/v1/events").header("x-api-key", acme.token());
    assert_eq!(by_key.send().await.status, 200);
    let both = acme.ask(Method::GET, "/v1/events").header("x-api-key", acme.token());
    assert_eq!(both.send().await.status, 200);
    let other = acme.ask(Method::GET, "/v1/events").header("x-api-key", "mst_other");
    other.send().await.refused(400, "conflicting_credentials");
}

#[tokio::test]
async fn metrics_are_open_to_networks_that_operate_unless_somebody_forwards() {
    let app = TestApp::start().await;
    for near in ["127.0.0.1", "10.1.2.3", "::1", "::ffff:192.168.0.9"] {
        assert_eq!(app.anonymous().at(near).get("/metrics").await.status, 200, "{near}");
    }
    let near = app.anonymous().at("127.0.0.1");
    for header in ["forwarded", "x-forwarded-for"] {
        let ask = near.ask(Method::GET, "/metrics").header(header, "10.0.0.1");
        ask.send().await.refused(401, "token_missing");
    }
    app.anonymous().at("198.51.100.1").get("/metrics").await.refused(401, "token_missing");
}

#[tokio::test]
async fn nobody_reads_or_repeats_what_another_tenant_sent() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let seq = acme.send("shared", r#"{"secret":"of acme"}"#).await.seq();
    assert_eq!(globex.send("shared", r#"{"own":1}"#).await.status, 201);
    globex.get(&format!("/v1/events/{seq}")).await.refused(404, "event_not_found");
    for path in ["/v1/events", "/v1/events?key=shared", "/v1/events/export", "/v1/events?order=desc"] {
        let answer = globex.get(path).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(text.contains(r#""own":1"#) && !text.contains("of acme"), "{path}: {text}");
    }
    let cursor = globex.get(&format!("/v1/events?before={}", seq + 1)).await.json();
    assert_eq!(cursor["events"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn metrics_are_read_whatever_becomes_of_tenants() {
    let app = TestApp::start().await;
    let operator = app.system_token(&[Scope::MetricsRead]).await;
    let suspend = TenantChange { status: Some(TenantStatus::Suspended), ..TenantChange::default() };
    app.change_tenant("default", suspend).await;
    assert_eq!(operator.get("/metrics").await.status, 200);
    let reader = app.system_token(&[Scope::EventsRead]).await;
    reader.get("/metrics").await.refused(403, "scope_missing");
}

#[tokio::test]
async fn refused_events_take_no_labels() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    for (source, json, status) in [("good", "{}", 201), ("bad", "{", 400)] {
        let path = format!("/v1/events?source={source}");
        assert_eq!(sender.post_to(&path, json).send().await.status, status);
    }
    let shown = app.edge().metrics.render();
    assert!(shown.contains("source=\"good\"") && !shown.contains("source=\"bad\""), "{shown}");
}
