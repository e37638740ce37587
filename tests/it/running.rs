//! Pages of what runs: jobs, health, limits.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use crate::pages::submit_from;
use mainstay::domain::client::Client;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::platform::workers::{Supervisor, Worker};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const JOB: &str = "/console/jobs/usage-snapshot";

pub(crate) fn text(answer: &Answer) -> String {
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
async fn health_lists_the_workers_and_why_one_failed() {
    let app = TestApp::start().await;
    let viewer = app.operator(Role::Viewer).await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let worker = Worker::blocking("sweep", Duration::from_mins(1), |_now| Err("no <room>".to_owned()));
    let clock = Arc::clone(&app.clock);
    let mut sweep = Supervisor::new(worker, clock, &app.parts().workers);
    let workers = async || admin.get("/api/v1/health").await.json()["workers"].clone();
    let waiting = json!({
        "name": "sweep", "status": "idle", "last_error": null, "last_step_at": null, "next_step_at": null,
    });
    let listed = workers().await;
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["live-events", "jobs", "sweep"]);
    assert_eq!(listed[2], waiting);
    sweep.step().await;
    let failed = json!({
        "name": "sweep", "status": "failed", "last_error": "no <room>",
        "last_step_at": "2026-03-01T12:00:00.000000Z", "next_step_at": "2026-03-01T12:01:00.000000Z",
    });
    assert_eq!(workers().await[2], failed);
    let page = text(&viewer.get("/console/health").await);
    let (_, table) = page.split_once("<h2 id=\"workers\">Workers</h2>").unwrap();
    for told in ["<th scope=\"row\">live-events</th>", "in 60 s", "state bad\">failed", "no &#60;room&#62;"] {
        assert!(table.contains(told), "{told}: {table}");
    }
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

const LIMITS: &str = "/console/limits";

async fn is_let_in(app: &TestApp, address: &str) -> bool {
    app.anonymous().at(address).get("/v1").await.status == 200
}

#[tokio::test]
async fn a_block_made_and_lifted_by_form_holds_at_once() {
    let app = TestApp::start().await;
    let (admin, viewer) = (app.operator(Role::Admin).await, app.operator(Role::Viewer).await);
    assert!(text(&admin.get(LIMITS).await).contains("Nobody is blocked"));
    assert!(is_let_in(&app, "198.51.100.7").await);

    let fields = "network=198.51.100.0/24&reason=guesses+%3Cb%3Etokens&for=2h";
    let added = submit_from(&admin, LIMITS, "/console/limits/blocks", fields).await;

    assert_eq!((added.status, added.header("location")), (303, Some("/console/limits?done=blocked")));
    assert!(!is_let_in(&app, "198.51.100.7").await);
    let page = text(&admin.get(LIMITS).await);
    assert!(page.contains("198.51.100.0/24") && page.contains("guesses &#60;b&#62;tokens"), "{page}");
    assert!(page.contains("in 2 h") || page.contains("in 119 min") || page.contains("in 120 min"), "{page}");
    // Who only sees is offered nothing and refused all the same.
    let seen = text(&viewer.get(LIMITS).await);
    assert!(
        seen.contains("198.51.100.0/24")
            && !seen.contains("Lift</button>")
            && !seen.contains("Block</button>")
    );
    for action in ["/console/limits/blocks", "/console/limits/blocks/lift"] {
        assert_eq!(submit_from(&viewer, LIMITS, action, "network=198.51.100.0/24").await.status, 403);
    }
    let lift = "network=198.51.100.0/24&page=1&search=198";
    let lifted = submit_from(&admin, LIMITS, "/console/limits/blocks/lift", lift).await;
    assert_eq!(lifted.header("location"), Some("/console/limits?page=1&search=198&done=lifted"));
    assert!(is_let_in(&app, "198.51.100.7").await);
    let again = submit_from(&admin, LIMITS, "/console/limits/blocks/lift", lift).await;
    assert!(again.header("location").unwrap().ends_with("done=unblocked"), "{again:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_block_stands_beside_its_field_and_the_rest_is_kept() {
    let app = TestApp::start().await;
    let admin = app.operator(Role::Admin).await.at("203.0.113.9");
    for (fields, field, told) in [
        ("network=127.0.0.1&reason=mine&for=", "network", "loopback, which is never kept out"),
        ("network=0.0.0.0/0&reason=mine&for=", "network", "loopback, which is never kept out"),
        ("network=nobody&reason=mine&for=", "network", "neither an IP address nor a network"),
        ("network=&reason=mine&for=", "network", "neither an IP address nor a network"),
        ("network=203.0.113.0/24&reason=mine&for=", "network", "the address you come from"),
        ("network=198.51.100.7&reason=mine&for=soon", "for", "soon"),
        ("network=198.51.100.7&reason=mine&for=0s", "for", "less than a second"),
        ("network=198.51.100.7&reason=mine%0Aforged&for=", "reason", "control"),
    ] {
        let answer = submit_from(&admin, LIMITS, "/console/limits/blocks", fields).await;
        let page = text(&answer);
        assert_eq!(answer.status, 422, "{fields}");
        let fault = page.split(&format!("id=\"{field}-fault\">")).nth(1).unwrap_or_else(|| panic!("{page}"));
        assert!(fault.split("</p>").next().unwrap().contains(told), "{fields}: {page}");
        assert!(page.contains("value=\"mine"), "{fields}");
    }
    assert!(app.parts().blocks.list().is_empty());
}

#[tokio::test]
async fn tens_of_thousands_of_blocks_are_paged_and_searched() {
    let app = TestApp::start().await;
    let admin = app.operator(Role::Admin).await;
    let api = app.system_token(&[Scope::Admin]).await;
    for number in 0..20_000_u32 {
        let client = Client::of(std::net::Ipv4Addr::from(0x0a00_0000 + number).into());
        assert_eq!((0..10).filter_map(|_| app.parts().blocks.note_bad_token(client)).count(), 1);
    }
    let first = admin.get(LIMITS).await;
    assert!(first.body.len() < 60_000, "{} bytes", first.body.len());
    let first = text(&first);
    assert!(first.contains("1–50 of 20\u{202f}000") && first.contains(">10.0.0.49<"), "{first}");
    assert!(first.contains("/console/limits?page=2") && !first.contains("rel=\"prev\""));
    let last = text(&admin.get("/console/limits?page=400").await);
    assert!(last.contains("rel=\"prev\"") && !last.contains("rel=\"next\"") && last.contains(">10.0.78.31<"));
    assert!(text(&admin.get("/console/limits?page=401").await).contains("There are not so many"));
    assert!(text(&admin.get("/console/limits?page=18446744073709551615").await).contains("There are not"));
    for (search, total) in
        [("10.0.7.1", "1"), ("10.0.7.0%2F24", "256"), ("10.0.78.", "32"), ("BAD%20tokens", "20\u{202f}000")]
    {
        let page = text(&admin.get(&format!("{LIMITS}?search={search}")).await);
        assert!(page.contains(&format!(" of {total}.")), "{search}: {page}");
    }
    assert!(
        text(&admin.get("/console/limits?search=%3Cb%3E").await).contains("No blocked address is like that")
    );
    let listed = api.get("/api/v1/blocks?search=10.0.7.0/24&limit=100&page=3").await.json();
    assert_eq!((listed["blocks"].as_array().unwrap().len(), &listed["total"]), (56, &256.into()));
    assert_eq!(listed["blocks"][0]["times"], 1);
    api.get("/api/v1/blocks?limit=0").await.refused(400, "invalid_query");
    assert_eq!(api.get("/api/v1/blocks").await.json()["blocks"].as_array().unwrap().len(), 20_000);
}

#[tokio::test]
async fn who_is_over_a_limit_is_named_and_what_was_refused_is_counted() {
    let app = TestApp::start_with(|config| config.limits.rate_limit_max = 3).await;
    let owner = app.operator(Role::Owner).await;
    let stranger = app.anonymous().at("198.51.100.9");
    let statuses: Vec<_> = five_times(&stranger).await;
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let page = text(&owner.get(LIMITS).await);
    assert!(page.contains("3 in 1m") && page.contains("198.51.100.9"), "{page}");
    assert!(page.contains("limits.in_flight_max") && page.contains("1\u{202f}024"), "{page}");
    let api = app.system_token(&[Scope::Admin]).await.get("/api/v1/limits").await.json();
    assert_eq!((&api["over"][0]["who"], &api["over"][0]["limit"]), (&"198.51.100.9".into(), &"3/1m".into()));
    assert_eq!((&api["limited"][0]["scope"], &api["limited"][0]["recent"]), (&"address".into(), &2.into()));
    assert_eq!(api["limits"][1]["used"], 1, "this very request");
    app.clock.advance(Duration::from_mins(1));
    assert!(text(&owner.get(LIMITS).await).contains("Nobody is over a limit"));
}

async fn five_times(stranger: &Actor) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(stranger.get("/v1").await.status);
    }
    statuses
}
