//! Agents of all tenants on their pages.

use crate::actor::Actor;
use crate::app::TestApp;
use crate::pages::submit_from;
use crate::running::text;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use std::time::Duration;

const PRINTER: &str = "/console/agents/acme/printer";

async fn registered(app: &TestApp, tenant: &str, name: &str) -> Actor {
    let agents = app.token(tenant, &[Scope::Agents]).await;
    let new = format!(r#"{{"name":"{name}","kind":"<b>printer","interval_seconds":10}}"#);
    assert_eq!(agents.post_to("/api/v1/agents", new).send().await.status, 201);
    agents
}

async fn heartbeat(agents: &Actor, name: &str) {
    let path = format!("/api/v1/agents/{name}/heartbeat");
    assert_eq!(agents.ask(http::Method::POST, &path).send().await.status, 200);
}

#[tokio::test]
async fn an_agents_changes_are_shown_and_outlast_a_restart() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let agents = registered(&app, "acme", "printer").await;
    app.clock.advance(Duration::from_secs(100));
    heartbeat(&agents, "printer").await;
    app.clock.advance(Duration::from_secs(16));
    app.parts().agents.write_heartbeats();

    let app = app.restart().await;

    let api = app.system_token(&[Scope::Admin]).await.get("/api/v1/fleet?tenant=acme").await.json();
    let changes = api["agents"][0]["changes"].as_array().unwrap();
    let told: Vec<_> = changes.iter().map(|one| (one["state"].as_str().unwrap(), &one["at"])).collect();
    assert_eq!(
        told,
        [
            ("late", &"2026-03-01T12:01:55.000000Z".into()),
            ("active", &"2026-03-01T12:01:40.000000Z".into()),
            ("down", &"2026-03-01T12:00:30.000000Z".into()),
            ("late", &"2026-03-01T12:00:15.000000Z".into()),
        ]
    );
    let owner = app.operator(Role::Owner).await;
    let page = text(&owner.get(PRINTER).await);
    assert!(page.contains("2026-03-01T12:01:55.000000Z") && page.contains("&#60;b&#62;printer"), "{page}");
    app.clock.advance(Duration::from_secs(31));
    let page = text(&owner.get("/console/agents?state=down").await);
    assert!(page.contains("printer") && page.contains("1–1 of 1") && page.contains("down (1)"), "{page}");
    assert!(text(&owner.get("/console/agents?state=late").await).contains("No agent is like that"));
}

#[tokio::test]
async fn agents_are_paused_resumed_and_removed_from_their_page() {
    let app = TestApp::start().await;
    let (admin, viewer) = (app.operator(Role::Admin).await, app.operator(Role::Viewer).await);
    let empty = admin.get("/console/agents").await;
    assert!(text(&empty).contains("curl --cacert ca.pem"), "{}", text(&empty));
    app.tenant("acme").await;
    registered(&app, "acme", "printer").await;
    let seen = text(&viewer.get(PRINTER).await);
    assert!(!seen.contains("Pause") && !seen.contains("Remove the agent"), "{seen}");
    for action in ["pause", "resume", "remove"] {
        let answer = submit_from(&viewer, PRINTER, &format!("{PRINTER}/{action}"), "confirm=printer").await;
        assert_eq!(answer.status, 403, "{action}");
    }
    for (action, word, button) in
        [("pause", "paused", "Resume"), ("pause", "paused", "Resume"), ("resume", "resumed", "Pause")]
    {
        let answer = submit_from(&admin, PRINTER, &format!("{PRINTER}/{action}"), "").await;
        assert_eq!(answer.header("location"), Some(format!("{PRINTER}?done={word}").as_str()));
        assert!(text(&admin.get(PRINTER).await).contains(&format!("primary\">{button}")), "{action}");
    }
    let wrong = submit_from(&admin, PRINTER, &format!("{PRINTER}/remove"), "confirm=printe").await;
    assert!(wrong.status == 422 && text(&wrong).contains("not the name of the agent"));
    let right = submit_from(&admin, PRINTER, &format!("{PRINTER}/remove"), "confirm=printer").await;
    assert_eq!((right.status, right.header("location")), (303, Some("/console/agents?done=removed")));
    assert_eq!(admin.get(PRINTER).await.status, 404);
    assert_eq!(submit_from(&admin, "/console", &format!("{PRINTER}/pause"), "").await.status, 404);
    let nowhere = text(&admin.get("/console/agents?tenant=nobody").await);
    assert!(nowhere.contains("there is no tenant") && nowhere.contains("value=\"nobody\""), "{nowhere}");
}

#[tokio::test]
async fn agents_of_all_tenants_are_paged() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    for tenant in ["acme", "globex"] {
        app.tenant(tenant).await;
        let agents = app.token(tenant, &[Scope::Agents]).await;
        for number in 0..60 {
            let new = format!(r#"{{"name":"till-{number:02}"}}"#);
            assert_eq!(agents.post_to("/api/v1/agents", new).send().await.status, 201);
        }
    }
    let first = owner.get("/console/agents").await;
    assert!(first.body.len() < 60_000, "{} bytes", first.body.len());
    assert!(text(&first).contains("1–50 of 120"));
    let second = text(&owner.get("/console/agents?page=2").await);
    assert!(second.contains("51–100 of 120") && second.contains("/console/agents/acme/till-59"), "{second}");
    assert!(second.contains("/console/agents/globex/till-00") && second.contains("rel=\"prev\""));
    let api = app.system_token(&[Scope::Admin]).await;
    let page = api.get("/api/v1/fleet?tenant=globex&limit=7&page=9").await.json();
    assert_eq!((page["agents"].as_array().unwrap().len(), &page["total"]), (4, &60.into()));
    assert_eq!(page["agents"][3]["tenant"], "globex");
    api.get("/api/v1/fleet?tenant=nobody").await.refused(400, "invalid_query");
    api.get("/api/v1/fleet?state=gone").await.refused(400, "invalid_query");
}
