//! Who changed what: the console's page, the API's, and exports.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::services::audit;
use mainstay::services::tenants::TenantChange;
use serde_json::{Value, json};

const HOSTILE: &str = "=<script>alert(1)</script>\"'&<img src=x>";

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

fn link(page: &Answer, relation: &str) -> Option<String> {
    let text = text(page);
    let rest = text.split(&format!("rel=\"{relation}\" href=\"")).nth(1)?;
    Some(rest.split('"').next().unwrap().replace("&#38;", "&"))
}

/// An appliance on which somebody renamed a tenant so many times.
async fn renamed(times: usize) -> (TestApp, Actor, Actor) {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    for number in 0..times {
        let change = TenantChange { name: Some(format!("name {number}")), ..TenantChange::default() };
        let actor = audit::Actor::Operator(if number % 2 == 0 { "even" } else { "odd" }.to_owned());
        app.parts().tenants.change(actor, "acme", change).await.unwrap();
    }
    let (viewer, admin) = (app.operator(Role::Viewer).await, app.system_token(&[Scope::Admin]).await);
    (app, viewer, admin)
}

fn entries(answer: &Answer) -> Vec<Value> {
    answer.json()["entries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_change_is_told_field_by_field_on_the_page_and_over_http() {
    let (app, viewer, admin) = renamed(1).await;
    app.delete_tenant("acme").await;
    let page = text(&viewer.get("/console/audit?what=tenant.changed").await);
    assert!(page.contains("name: <del>acme</del> <ins>name 0</ins>"), "{page}");
    assert!(
        page.contains("/console/audit?actor=operator%20even") && page.contains("operator even"),
        "{page}"
    );
    let listed = entries(&admin.get("/api/v1/audit?what=tenant.changed&subject=acme").await);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["changes"], json!([{ "field": "name", "before": "acme", "after": "name 0" }]));
    assert_eq!((&listed[0]["actor"], &listed[0]["severity"]), (&"operator even".into(), &"info".into()));
    let gone = entries(&admin.get("/api/v1/audit?what=tenant.deleted").await);
    let status = json!({ "field": "status", "before": "active", "after": "deleted" });
    assert!(gone[0]["changes"].as_array().unwrap().contains(&status), "{gone:?}");
}

#[tokio::test]
async fn filters_hold_on_every_page_and_both_ways() {
    let (_app, viewer, admin) = renamed(130).await;
    let first = viewer.get("/console/audit?actor=operator+even").await;
    let second = viewer.get(&link(&first, "next").unwrap()).await;
    let count = |page: &Answer| text(page).matches("tenant.changed</a>").count();
    assert_eq!((count(&first), count(&second)), (50, 15));
    assert_eq!((link(&first, "prev"), link(&second, "next")), (None, None));
    assert!(!text(&first).contains("operator odd"));
    let back = viewer.get(&link(&second, "prev").unwrap()).await;
    assert_eq!(count(&back), 50);
    assert!(first.body.len() < 92_000, "{} bytes", first.body.len());
    let mut found = Vec::new();
    let mut path = "/api/v1/audit?actor=operator%20odd&limit=30".to_owned();
    loop {
        let page = admin.get(&path).await;
        found.extend(entries(&page).iter().map(|entry| entry["seq"].as_u64().unwrap()));
        let Some(next) = page.json()["next"].as_str().map(str::to_owned) else { break };
        path = format!("/api/v1/audit?actor=operator%20odd&limit=30&after={next}");
    }
    assert_eq!(found.len(), 65);
    assert!(found.windows(2).all(|pair| pair[0] > pair[1]), "newest first: {found:?}");
}

#[tokio::test]
async fn exports_are_whole_and_safe_to_open() {
    let (app, viewer, admin) = renamed(300).await;
    let change = TenantChange { name: Some(HOSTILE.to_owned()), ..TenantChange::default() };
    app.change_tenant("acme", change).await;
    for (who, path) in [(&viewer, "/console/audit/export"), (&admin, "/api/v1/audit/export")] {
        let lines = who.get(&format!("{path}?what=tenant.changed")).await;
        assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
        let read: Vec<Value> = text(&lines).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read.len(), 301);
        assert_eq!(read[300]["changes"][0]["after"], HOSTILE);
        let table = who.get(&format!("{path}?format=csv&what=tenant.changed")).await;
        assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(table.header("content-disposition"), Some("attachment; filename=\"audit.csv\""));
        let table = text(&table);
        assert!(table.starts_with("seq,at,actor,what,subject,severity,field,before,after\r\n"), "{table}");
        assert_eq!(table.matches("\r\n").count(), 302);
        let escaped = HOSTILE.replace('"', "\"\"");
        assert!(
            table.ends_with(&format!(",name,name 299,\"'{escaped}\"\r\n")),
            "{}",
            table.lines().last().unwrap()
        );
    }
    assert_eq!(viewer.get("/console/audit/export?format=xml").await.status, 400);
    let page = text(&viewer.get("/console/audit").await);
    assert!(!page.contains("<script>alert") && !page.contains("<img") && page.contains("alert(1)"), "{page}");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_and_no_secret_is_in_any_entry() {
    let (app, viewer, admin) = renamed(1).await;
    app.source("acme", "pos", "hmac-sha256", "very-secret-value").await;
    for (query, status, told) in [
        ("since=soon", 400, "id=\"since-fault\""),
        ("actor=%07", 400, "id=\"actor-fault\""),
        ("after=9.1", 410, "earlier epoch"),
        ("page=1", 400, "is not a parameter"),
    ] {
        let page = viewer.get(&format!("/console/audit?{query}")).await;
        assert_eq!(page.status, status, "{query}");
        assert!(text(&page).contains(told), "{}", text(&page));
        admin
            .get(&format!("/api/v1/audit?{query}"))
            .await
            .refused(status, if status == 410 { "cursor_stale" } else { "invalid_query" });
    }
    let all = text(&admin.get("/api/v1/audit/export").await);
    assert!(all.contains("source.created") && !all.contains("very-secret-value"), "{all}");
    assert!(text(&viewer.get("/console/audit?actor=nobody").await).contains("Nothing matches"));
}
