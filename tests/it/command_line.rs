//! Commands of the machine's administrator, who comes through a socket that no network leads to.

use crate::access::everybody;
use crate::actor::Actor;
use crate::app::TestApp;
use http::Method;
use mainstay::app::routes::ROUTES;
use mainstay::config::RateLimitApplies;
use mainstay::http::route::Found;
use mainstay::http::router;
use mainstay::services::input::Change;
use mainstay::services::tenants::TenantChange;

#[tokio::test]
async fn what_is_for_this_machine_is_on_no_listener() {
    let app = TestApp::start().await;
    let (actors, _seq) = everybody(&app).await;
    let operations = router::build_operations(app.edge(), &ROUTES);
    let local = || ROUTES.iter().filter(|route| route.found == Found::Socket);
    assert!(local().count() >= 6);
    for (number, route) in local().enumerate() {
        for (at, actor) in actors.iter().enumerate() {
            for near in ["127.0.0.1", "10.0.0.1"] {
                let ask = |actor: Actor| actor.ask(route.method.clone(), route.pattern).send();
                let address = format!("198.51.{number}.{at}");
                ask(actor.at(&address)).await.refused(404, "not_found");
                // Peers near by see the operations listener; tokens that are none would block their address.
                let plain = actor.on_plain(operations.clone());
                let plain = if at < 3 { app.anonymous().on_plain(operations.clone()) } else { plain };
                ask(plain.at(near)).await.refused(404, "not_found");
            }
        }
    }
}

#[tokio::test]
async fn the_command_line_reads_any_tenant_and_is_named_in_the_audit_log() {
    let app = TestApp::start().await;
    let (_actors, _seq) = everybody(&app).await;
    let command_line = app.command_line();
    for tenant in ["acme", "paused", "gone", "system"] {
        let read = command_line.in_tenant(tenant).get("/v1/events").await;
        assert_eq!(read.status, 200, "{tenant}");
    }
    command_line.in_tenant("nowhere").get("/v1/events").await.refused(404, "tenant_unknown");
    for (tenant, status, code) in [
        ("paused", 403, "tenant_suspended"),
        ("gone", 404, "tenant_unknown"),
        ("system", 403, "tenant_reserved"),
    ] {
        command_line.in_tenant(tenant).send("k", "{}").await.refused(status, code);
    }
    let sent = command_line.send("k", "{}").await;
    assert_eq!((sent.status, &sent.json()["tenant"]), (201, &"default".into()));
    let made = command_line.post_to("/api/v1/tenants", r#"{"slug":"new"}"#).send().await;
    assert_eq!(made.status, 201);
    let audit = command_line.get("/api/v1/audit?what=tenant.created").await.json();
    assert!(audit.to_string().contains("command line"), "{audit}");
}

#[tokio::test]
async fn neither_limits_nor_blocks_nor_places_are_for_the_command_line() {
    let app = TestApp::start_with(|config| {
        config.limits.rate_limit_max = 1;
        config.limits.rate_limit_applies = RateLimitApplies::All;
        config.limits.in_flight_max = 1;
    })
    .await;
    let command_line = app.command_line();
    let quota = TenantChange { rate_limit: Change::of("1/1h"), ..TenantChange::default() };
    app.change_tenant("default", quota).await;
    let block = command_line.post_to("/api/v1/blocks", r#"{"network":"0.0.0.0/8"}"#);
    assert_eq!(block.send().await.status, 201);
    for number in 0..20 {
        let bad = command_line.with_token("mst_bad").get("/v1/events").await;
        assert_eq!(bad.status, 200);
        assert!(bad.header("ratelimit").is_none());
        assert_eq!(command_line.send(&format!("k{number}"), "{}").await.status, 201);
        // A stream keeps its place for as long as it is open; that place is none of the network's.
        let (status, _body) = command_line.ask(Method::GET, "/v1/events/stream").open().await;
        assert_eq!(status, 200);
    }
    let shown = app.edge().metrics.render();
    assert!(!shown.contains("route=\"/v1/events\""), "{shown}");
}
