//! Pages of what runs: agents, jobs, health, limits, the log.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use crate::pages::submit_from;
use mainstay::domain::client::Client;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::platform::clock::Clock;
use std::time::Duration;

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

    let fields = "network=198.51.100.0/24&reason=guesses+%3Cb%3Etokens&time=2h";
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
        ("network=127.0.0.1&reason=mine&time=", "network", "loopback, which is never kept out"),
        ("network=0.0.0.0/0&reason=mine&time=", "network", "loopback, which is never kept out"),
        ("network=nobody&reason=mine&time=", "network", "neither an IP address nor a network"),
        ("network=&reason=mine&time=", "network", "neither an IP address nor a network"),
        ("network=203.0.113.0/24&reason=mine&time=", "network", "the address you come from"),
        ("network=198.51.100.7&reason=mine&time=soon", "time", "soon"),
        ("network=198.51.100.7&reason=mine&time=0s", "time", "less than a second"),
        ("network=198.51.100.7&reason=mine%0Aforged&time=", "reason", "control"),
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

fn write_line(app: &TestApp, level: &str, message: &str) {
    let line = serde_json::json!({
        "timestamp": Clock::now(app.clock.as_ref()), "level": level, "message": message, "seq": 7,
    });
    // In the order in which the log writes them.
    let (at, message) = (&line["timestamp"], &line["message"]);
    let text = format!("{{\"timestamp\":{at},\"level\":\"{level}\",\"message\":{message},\"seq\":7}}\n");
    app.edge().lines.push(text.as_bytes());
}

#[tokio::test]
async fn lines_of_the_log_are_found_paged_and_never_taken_for_markup() {
    let app = TestApp::start().await;
    let viewer = app.operator(Role::Viewer).await;
    let api = app.system_token(&[Scope::Admin]).await;
    assert!(text(&viewer.get("/console/logs").await).contains("No line that is kept"));
    write_line(&app, "WARN", "<script>alert(1)</script>");
    app.clock.advance(Duration::from_mins(1));
    for number in 0..250 {
        write_line(&app, "INFO", &format!("Line {number}."));
    }
    let newest = text(&viewer.get("/console/logs").await);
    assert!(newest.contains("Line 249.") && newest.contains("Line 150.") && !newest.contains("Line 149."));
    assert!(
        newest.contains("<small>seq=7</small>") && newest.contains("/console/logs?before=152"),
        "{newest}"
    );
    assert!(newest.contains("data-lines=\"/console/logs/stream?after=251\""), "{newest}");
    let older = text(&viewer.get("/console/logs?before=152").await);
    assert!(older.contains("Line 149.") && !older.contains("Line 150.") && !older.contains("data-lines"));
    let warned = text(&viewer.get("/console/logs?level=warn&text=ALERT").await);
    assert!(warned.contains("&#60;script&#62;alert(1)") && !warned.contains("<script>alert"), "{warned}");
    assert!(warned.contains("value=\"ALERT\"") && !warned.contains("Line 1"));
    let since = text(&viewer.get("/console/logs?since=2026-03-01+12:01&level=warn").await);
    assert!(since.contains("No line that is kept"), "{since}");
    let wrong = text(&viewer.get("/console/logs?since=soon").await);
    assert!(wrong.contains("is not a time") && wrong.contains("value=\"soon\""));
    let lines = api.get("/api/v1/logs?level=info&text=line&limit=2").await.json();
    assert_eq!((&lines["lines"][1]["number"], &lines["older"]), (&251.into(), &250.into()));
    let warned = api.get("/api/v1/logs?level=warn").await.json();
    assert_eq!((&warned["lines"][0]["level"], &warned["older"]), (&"WARN".into(), &serde_json::Value::Null));
    api.get("/api/v1/logs?level=loud&since=soon&before=0").await.refused(400, "invalid_query");
}

#[tokio::test]
async fn a_page_of_huge_lines_stays_small() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    for number in 0..200 {
        write_line(&app, "ERROR", &format!("{number} {}", "<&>'\"".repeat(10_000)));
    }
    let page = owner.get("/console/logs").await;
    assert!(page.body.len() < 80_000, "{} bytes", page.body.len());
    let older =
        text(&page).split("/console/logs?before=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let next = text(&owner.get(&format!("/console/logs?before={older}")).await);
    assert!(next.contains("rel=\"next\""), "no line is left out between pages: {next}");
    assert!(next.contains(&format!("{} &#60;", older.parse::<u64>().unwrap() - 2)), "{older}");
}

#[tokio::test]
async fn the_level_of_the_log_is_set_by_who_may_and_where_nothing_outside_sets_it() {
    let app = TestApp::start().await;
    let (admin, viewer) = (app.operator(Role::Admin).await, app.operator(Role::Viewer).await);
    assert!(text(&admin.get("/console/logs").await).contains("<strong>info</strong>"));
    let level = |actor: Actor, value: &'static str| async move {
        submit_from(&actor, "/console/logs", "/console/logs/level", &format!("value={value}")).await
    };
    assert_eq!(level(viewer.clone(), "debug").await.status, 403);
    assert!(!text(&viewer.get("/console/logs").await).contains("Set the level"));
    let set = level(admin.clone(), "debug").await;
    assert_eq!((set.status, set.header("location")), (303, Some("/console/logs?done=saved")));
    assert!(text(&admin.get("/console/logs").await).contains("<strong>debug</strong>"));
    let wrong = level(admin.clone(), "loud").await;
    assert!(wrong.status == 422 && text(&wrong).contains("id=\"value-fault\""), "{wrong:?}");
}

async fn piece(body: &mut axum::body::Body) -> String {
    let frame = http_body_util::BodyExt::frame(body);
    let frame = tokio::time::timeout(Duration::from_secs(30), frame).await.expect("a piece comes in time");
    let bytes = frame.and_then(|frame| frame.ok()?.into_data().ok()).unwrap_or_default();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn lines_come_live_and_the_stream_ends_with_the_session() {
    let app = TestApp::start().await;
    let viewer = app.operator(Role::Viewer).await;
    write_line(&app, "WARN", "Before.");
    let path = "/console/logs/stream?level=warn&text=now&after=1";
    let (status, mut body) = viewer.ask(http::Method::GET, path).open().await;
    assert_eq!(status, 200);
    assert!(piece(&mut body).await.starts_with("retry: "));
    write_line(&app, "INFO", "Now, but not so important.");
    write_line(&app, "ERROR", "Not the word.");
    write_line(&app, "ERROR", "Now <b>this</b>.");
    let told = piece(&mut body).await;
    assert!(told.starts_with("id: 4\ndata: {") && told.matches("data: ").count() == 1, "{told}");
    assert!(
        told.contains(r#""message":"Now <b>this</b>.""#) && told.contains(r#""clock":"12:00:00.000""#),
        "{told}"
    );
    app.parts().sessions.end_all_of("viewer");
    write_line(&app, "ERROR", "Now it is over.");
    let end = piece(&mut body).await;
    assert!(
        end.starts_with("event: problem") && end.contains("session_over") && !end.contains("Now it"),
        "{end}"
    );
    assert_eq!(piece(&mut body).await, "");
}

#[tokio::test]
async fn streams_of_lines_take_places_and_tell_what_came_too_fast() {
    let app = TestApp::start_with(|config| config.limits.streams_max = 1).await;
    let owner = app.operator(Role::Owner).await;
    for _ in 0..5_100 {
        write_line(&app, "INFO", "One of many.");
    }
    let open = || owner.ask(http::Method::GET, "/console/logs/stream?after=40").open();
    let (status, mut body) = open().await;
    assert_eq!((status, open().await.0), (200, 503));
    let mut told = String::new();
    while !told.contains("id: 5100") {
        told.push_str(&piece(&mut body).await);
    }
    assert!(told.contains("event: lost\ndata: 60\n") && told.matches("\"message\"").count() == 5_000);
    drop(body);
}
