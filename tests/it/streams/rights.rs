//! The end of streams on which nothing is sent, when who reads may read no more.

use crate::actor::Actor;
use crate::app::TestApp;
use crate::sse::{Parser, Stream};
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::domain::tenant::TenantStatus;
use mainstay::services::audit;
use mainstay::services::tenants::TenantChange;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

/// How soon a stream ends, as the README says.
const SOON: Duration = Duration::from_secs(2);

/// A stream of the console.
async fn watch(app: &TestApp, name: &str, path: &str) -> Stream {
    let session = app.begin_session(name, [192, 0, 2, 7].into(), "Browser/2").text;
    let request = Request::get(path).header("host", "localhost");
    let request = request.header("cookie", format!("__Host-mainstay={session}"));
    let answer = app.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    let mut stream = Stream { body: answer.into_body(), parser: Parser::default() };
    while stream.parser.retry_ms.is_none() {
        assert!(stream.take().await);
    }
    stream
}

async fn reader(app: &TestApp, tenant: &str) -> (Actor, Stream) {
    let actor = app.token(tenant, &[Scope::EventsRead]).await;
    let stream = Stream::open(&actor, "", None).await;
    (actor, stream)
}

#[tokio::test]
async fn an_idle_stream_ends_within_two_seconds_whatever_took_the_right_away() {
    let app = TestApp::start().await;
    for tenant in ["acme", "paused", "gone"] {
        app.create_tenant(tenant).await;
    }
    for role in [Role::Owner, Role::Admin] {
        app.operator(role).await;
    }
    let ((revoked, mut of_revoked), (_, mut of_suspended), (_, mut of_deleted), (_, mut kept)) = (
        reader(&app, "acme").await,
        reader(&app, "paused").await,
        reader(&app, "gone").await,
        reader(&app, "acme").await,
    );
    let (events, lines) = ("/console/events/stream?tenant=acme", "/console/logs/stream?level=error");
    let mut of_session = (watch(&app, "owner", events).await, watch(&app, "owner", lines).await);
    let mut of_operator = (watch(&app, "admin", events).await, watch(&app, "admin", lines).await);

    let services = app.parts();
    app.revoke(&revoked).await;
    let suspend = TenantChange { status: Some(TenantStatus::Suspended), ..TenantChange::default() };
    app.change_tenant("paused", suspend).await;
    app.delete_tenant("gone").await;
    services.operators.end_sessions(&audit::Actor::CommandLine, "owner").unwrap();
    services.operators.delete(audit::Actor::CommandLine, "admin").await.unwrap();
    let ended = async {
        [
            of_revoked.end().await,
            of_suspended.end().await,
            of_deleted.end().await,
            of_session.0.end().await,
            of_session.1.end().await,
            of_operator.0.end().await,
            of_operator.1.end().await,
        ]
    };
    let codes = timeout(SOON, ended).await.expect("each stream ends in time");
    let over = "session_over";
    assert_eq!(codes, ["token_revoked", "tenant_suspended", "tenant_unknown", over, over, over, over]);
    assert!(timeout(Duration::from_millis(50), kept.take()).await.is_err(), "others go on");
}

#[tokio::test]
async fn a_stream_that_nobody_takes_ends_as_well() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (reader, mut stream) = reader(&app, "acme").await;
    assert_eq!(acme.send("k", "{}").await.status, 201);
    app.revoke(&reader).await;
    // The event was put in before, and is withdrawn.
    sleep(SOON).await;
    let last = stream.body.frame().await.unwrap().unwrap().into_data().unwrap();
    let last = String::from_utf8(last.to_vec()).unwrap();
    assert!(last.starts_with("event: problem") && last.contains("token_revoked"), "{last}");
}
