//! The last lines of the log on their page.

use crate::actor::Actor;
use crate::app::TestApp;
use crate::pages::submit_from;
use crate::running::text;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::platform::clock::Clock;
use std::time::Duration;

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
