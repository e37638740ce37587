//! Pages of what runs: jobs, health.

use crate::answer::Answer;
use crate::app::TestApp;
use crate::pages::submit_from;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;

const JOB: &str = "/console/jobs/usage-snapshot";

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_job_that_is_run_from_its_page_shows_its_result() {
    let app = TestApp::start().await;
    let (admin, viewer) = (app.operator(Role::Admin).await, app.operator(Role::Viewer).await);
    let before = text(&admin.get(JOB).await);
    assert!(before.contains("It has not run yet") && before.contains("every day at 00:05 UTC"), "{before}");
    assert!(before.contains("Run now"));

    let ran = submit_from(&admin, JOB, &format!("{JOB}/run"), "").await;

    assert_eq!((ran.status, ran.header("location")), (303, Some("/console/jobs/usage-snapshot?done=ran")));
    let after = text(&admin.get("/console/jobs/usage-snapshot?done=ran").await);
    assert!(after.contains("succeeded") && after.contains("somebody asked"), "{after}");
    assert!(text(&admin.get("/console/jobs").await).contains("succeeded"));
    // Who only sees is offered nothing and refused all the same.
    assert!(!text(&viewer.get(JOB).await).contains("Run now"));
    assert_eq!(submit_from(&viewer, JOB, &format!("{JOB}/run"), "").await.status, 403);
    assert_eq!(app.parts().jobs.find("usage-snapshot").unwrap().history.len(), 1);
    assert_eq!(admin.get("/console/jobs/nothing").await.status, 404);
    assert_eq!(submit_from(&admin, JOB, "/console/jobs/nothing/run", "").await.status, 404);
}

#[tokio::test]
async fn health_tells_for_every_check_why_and_for_every_gate_what_it_means() {
    let app = TestApp::start().await;
    let page = text(&app.operator(Role::Viewer).await.get("/console/health").await);
    for told in [
        "A synced write and a read work.",
        "The table of sessions answers.",
        "Every acknowledged event is in the database.",
        "95 % of the requests",
        "Ready: traffic may come.",
        "Nothing is in the way.",
        "The job runner looks for what is due.",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let whole = app.system_token(&[Scope::Admin]).await;
    let whole = whole.in_tenant("system").get("/api/v1/health").await.json();
    assert_eq!(whole["checks"]["database"]["reason"], "A synced write and a read work.");
    assert!(whole["checks"]["database"].get("wayOut").is_none());
    assert_eq!((&whole["readiness"]["serving"], &whole["gates"]["workflows"]), (&true.into(), &true.into()));
}

#[tokio::test]
async fn a_gate_that_is_closed_is_named_as_being_in_the_way() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    let whole = app.system_token(&[Scope::Admin]).await;
    app.change_tenant(
        "default",
        mainstay::services::tenants::TenantChange {
            status: Some(mainstay::domain::tenant::TenantStatus::Suspended),
            ..Default::default()
        },
    )
    .await;
    let page = text(&owner.get("/console/health").await);
    assert!(page.contains("In the way: tenant.") && page.contains("closed"), "{page}");
    assert_eq!(whole.in_tenant("system").get("/api/v1/health").await.json()["blockers"][0], "tenant");
}
