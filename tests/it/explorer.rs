//! The console's list of events, one event, and events as they come there.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::{BOTH, TestApp};
use crate::sse::{Parser, Stream};
use axum::body::Body;
use http::{Method, Request};
use mainstay::domain::operator::Role;
use mainstay::domain::session::IDLE_MAX;
use mainstay::services::audit;
use std::time::Duration;
use tower::ServiceExt;

const HOSTILE: &str = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>";

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// The addresses that lines of a list lead to.
fn lines(page: &Answer) -> Vec<String> {
    let text = text(page);
    let rows = text.split("<tbody id=\"rows\">").nth(1).unwrap_or_default().split("</tbody>").next().unwrap();
    rows.split("<tr>").skip(1).map(|row| between(row, "href=\"", "\"").replace("&#38;", "&")).collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap()
}

/// Where a link of the pager leads.
fn link(page: &Answer, relation: &str) -> Option<String> {
    let text = text(page);
    let rest = text.split(&format!("rel=\"{relation}\" href=\"")).nth(1)?;
    Some(rest.split('"').next().unwrap().replace("&#38;", "&"))
}

async fn stage() -> (TestApp, Actor, Actor) {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let viewer = app.operator(Role::Viewer).await;
    (app, acme, viewer)
}

#[tokio::test]
async fn a_list_is_walked_both_ways_and_keeps_its_filters() {
    let (app, acme, viewer) = stage().await;
    for number in 0..120 {
        let path = format!("/v1/events?type={}", if number % 2 == 0 { "even" } else { "odd" });
        acme.post_to(&path, "{}").key(&format!("k{number}")).send().await;
    }
    let other = app.token("default", BOTH).await;
    other.send("foreign", "{}").await;
    let first =
        viewer.get("/console/events?tenant=acme&type=even&q=&source=&since=&until=&trace=&key=").await;
    assert!(!text(&first).contains("foreign"));
    assert_eq!((lines(&first).len(), link(&first, "prev")), (50, None));
    let second = viewer.get(&link(&first, "next").unwrap()).await;
    assert_eq!((lines(&second).len(), link(&second, "next")), (10, None));
    assert!(text(&second).contains("value=\"even\""), "the form shows what was asked for");
    let back = viewer.get(&link(&second, "prev").unwrap()).await;
    assert_eq!(lines(&back), lines(&first));
    let all: Vec<_> = [lines(&first), lines(&second)].concat();
    assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), 60);
    assert!(all.iter().all(|address| address.ends_with("?tenant=acme")), "{all:?}");
    assert!(first.body.len() < 90_000, "{} bytes", first.body.len());
}

#[tokio::test]
async fn filters_and_places_that_are_wrong_are_told_on_the_page() {
    let (_app, acme, viewer) = stage().await;
    acme.send("k", "{}").await;
    for (query, status, told) in [
        ("since=yesterday", 400, "id=\"since-fault\""),
        ("until=2026-13-01", 400, "id=\"until-fault\""),
        ("trace=xyz", 400, "id=\"trace-fault\""),
        ("tenant=nobody", 400, "id=\"tenant-fault\""),
        ("type=%07", 400, "id=\"type-fault\""),
        ("q=%07", 400, "id=\"q-fault\""),
        ("after=x", 400, "not a cursor"),
        ("page=2", 400, "is not a parameter here"),
        ("after=9.1", 410, "earlier epoch"),
        ("since=2026-03-02&until=2026-03-01", 400, "id=\"until-fault\""),
    ] {
        let page = viewer.get(&format!("/console/events?{query}")).await;
        assert_eq!(page.status, status, "{query}");
        assert!(text(&page).contains(told) && text(&page).contains("<form"), "{query}: {}", text(&page));
    }
    let kept = text(&viewer.get("/console/events?tenant=acme&since=yesterday").await);
    assert!(kept.contains("value=\"yesterday\"") && kept.contains("<option selected>acme"), "{kept}");
    let day = viewer.get("/console/events?tenant=acme&since=2026-03-01&until=2026-03-02+00:00").await;
    assert_eq!(lines(&day).len(), 1);
}

#[tokio::test]
async fn one_search_finds_numbers_keys_and_traces_and_says_which_it_took() {
    let (_app, acme, viewer) = stage().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let seq = acme.send("order-1", "{}").await.seq();
    let number_as_key = format!("{}", seq + 100);
    let keyed = acme.send(&number_as_key, "{}").await.seq();
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    acme.post("{\"traced\":1}").header("traceparent", parent).key("t").send().await;
    for (asked, taken, found) in [
        (seq.to_string(), "sequence number", Some(seq)),
        (number_as_key, "idempotency key", Some(keyed)),
        ("order-1".into(), "idempotency key", Some(seq)),
        (trace.to_uppercase(), "trace id", Some(keyed + 1)),
        ("nothing".into(), "idempotency key", None),
    ] {
        let page = viewer.get(&format!("/console/events?tenant=acme&q={asked}")).await;
        assert!(text(&page).contains(&format!("was taken for a {taken}")), "{asked}: {}", text(&page));
        let expected: Vec<_> =
            found.map(|seq| format!("/console/events/{seq}?tenant=acme")).into_iter().collect();
        assert_eq!(lines(&page), expected, "{asked}");
    }
    let foreign = viewer.get(&format!("/console/events?tenant=default&q={seq}")).await;
    assert!(lines(&foreign).is_empty());
}

#[tokio::test]
async fn an_empty_list_says_what_to_do() {
    let (app, _acme, viewer) = stage().await;
    let nothing = text(&viewer.get("/console/events?tenant=acme").await);
    assert!(
        nothing.contains("acme has no event yet") && !nothing.contains("mainstay token create"),
        "{nothing}"
    );
    let owner = app.operator(Role::Owner).await;
    assert!(
        text(&owner.get("/console/events?tenant=acme").await).contains("mainstay token create --tenant acme")
    );
    let narrowed = text(&viewer.get("/console/events?tenant=acme&type=x").await);
    assert!(narrowed.contains("No event matches"), "{narrowed}");
}

#[tokio::test]
async fn a_hostile_event_is_text_on_every_page_and_its_payload_only_a_download() {
    let (_app, acme, viewer) = stage().await;
    let encoded = "%3Cscript%3Ealert(1)%3C/script%3E%22'%26%3Cimg%20src=x%20onerror=alert(1)%3E";
    let path = format!("/v1/events?type={encoded}&source={encoded}&subject={encoded}");
    let ask = acme.ask(Method::POST, &path).header("content-type", "text/html").key(HOSTILE);
    let seq = ask.body(HOSTILE).send().await.seq();
    let event = r#"{"specversion":"1.0","id":"HOSTILE","source":"s","type":"t","region":"HOSTILE","data":{"HOSTILE":"HOSTILE"}}"#;
    let event = event.replace("HOSTILE", &HOSTILE.replace('"', "\\\""));
    let cloud = acme.post_as("application/cloudevents+json", event).send().await.seq();
    for page in [
        "/console/events?tenant=acme".to_owned(),
        format!("/console/events?tenant=acme&q={encoded}&type={encoded}&trace={encoded}&after={encoded}"),
        format!("/console/events/{seq}?tenant=acme"),
        format!("/console/events/{cloud}?tenant=acme"),
    ] {
        let text = text(&viewer.get(&page).await);
        assert!(
            !text.contains("<script>alert") && !text.contains("<img") && text.contains("alert(1)"),
            "{text}"
        );
    }
    let bytes = viewer.get(&format!("/console/events/{seq}/payload?tenant=acme")).await;
    assert_eq!((bytes.status, &bytes.body[..]), (200, HOSTILE.as_bytes()));
    assert_eq!(bytes.header("content-type"), Some("application/octet-stream"));
    let name = format!("attachment; filename=\"acme-event-{seq}.bin\"");
    assert_eq!(bytes.header("content-disposition"), Some(name.as_str()));
    assert_eq!(bytes.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(bytes.header("content-security-policy"), Some("default-src 'none'; sandbox"));
}

#[tokio::test]
async fn an_event_is_shown_with_its_key_its_neighbours_and_how_to_read_it() {
    let (app, acme, viewer) = stage().await;
    let first = acme.send("first", r#"{"a":[1,{"b":"c"}]}"#).await.seq();
    app.token("default", BOTH).await.send("between", "{}").await;
    let second = acme.post("{\"made\":1}").send().await.seq();
    let page = viewer.get(&format!("/console/events/{first}?tenant=acme")).await;
    let shown = text(&page);
    assert!(shown.contains("&#34;a&#34;: [\n    1,\n    {\n"), "{shown}");
    assert!(shown.contains("sent, or the delivery") && shown.contains("a repeat before is known"), "{shown}");
    assert!(shown.contains("<dt>Epoch</dt><dd>1</dd>"), "{shown}");
    let leaf = between(&shown, "<code id=\"leaf\">", "<");
    assert!(leaf.len() == 64 && leaf.bytes().all(|byte| byte.is_ascii_hexdigit()), "{leaf}");
    assert!(shown.contains(&format!("/v1/events/{first}")) && shown.contains("X-Tenant-Id: acme"));
    assert_eq!(link(&page, "prev"), Some(format!("/console/events/{second}?tenant=acme")));
    assert_eq!(link(&page, "next"), None);
    let page = viewer.get(&format!("/console/events/{second}?tenant=acme")).await;
    assert!(text(&page).contains("made by the appliance"), "{}", text(&page));
    assert_eq!(link(&page, "next"), Some(format!("/console/events/{first}?tenant=acme")));
    app.clock.advance(Duration::from_hours(24 * 400));
    let viewer = app.anonymous().with_session(&session(&app, "viewer"));
    let later = text(&viewer.get(&format!("/console/events/{second}?tenant=acme")).await);
    assert!(later.contains("a repeat is a new event"), "{later}");
    for nowhere in [
        "999?tenant=acme",
        "0?tenant=acme",
        "x?tenant=acme",
        "1e1?tenant=acme",
        &format!("{first}?tenant=default"),
    ] {
        assert_eq!(viewer.get(&format!("/console/events/{nowhere}")).await.status, 404, "{nowhere}");
        let (seq, query) = nowhere.split_once('?').unwrap();
        assert_eq!(viewer.get(&format!("/console/events/{seq}/payload?{query}")).await.status, 404);
    }
    assert_eq!(viewer.get(&format!("/console/events/{first}?tenant=nobody")).await.status, 404);
}

#[tokio::test]
async fn pages_stay_small_whatever_an_event_holds() {
    let (_app, acme, viewer) = stage().await;
    let quotes = "\"".repeat(252);
    let encoded = "%22".repeat(255);
    let subject = "%22".repeat(4_000);
    for number in 0..50 {
        let path = format!("/v1/events?type={encoded}&source={encoded}&subject={subject}");
        let key = format!("{number:03}{quotes}");
        let large = format!("\"{}\"", "\\\"".repeat(15_000));
        let answer = acme.post_to(&path, large).key(&format!("\"{key}\"")).send().await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    let list = viewer.get("/console/events?tenant=acme").await;
    assert!(list.body.len() < 92_000, "{} bytes", list.body.len());
    let address = &lines(&list)[0];
    let page = viewer.get(address).await;
    assert!(text(&page).contains("only its beginning"));
    assert!(page.body.len() < 92_000, "{} bytes", page.body.len());
}

/// The session of a new login.
fn session(app: &TestApp, name: &str) -> String {
    app.begin_session(name, [127, 0, 0, 1].into(), "Browser/2").text
}

/// Opens the console's stream with a session and takes its first piece.
async fn watch(app: &TestApp, session: &str, query: &str, last_id: Option<&str>) -> Stream {
    let mut request = Request::get(format!("/console/events/stream?{query}"));
    request = request.header("host", "localhost").header("cookie", format!("__Host-mainstay={session}"));
    if let Some(last_id) = last_id {
        request = request.header("last-event-id", last_id);
    }
    let answer = app.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    let mut stream = Stream { body: answer.into_body(), parser: Parser::default() };
    while stream.parser.retry_ms.is_none() {
        assert!(stream.take().await, "the first piece comes at once");
    }
    stream
}

#[tokio::test]
async fn whoever_watches_gets_short_lines_and_goes_on_where_they_were() {
    let (app, acme, _viewer) = stage().await;
    let session = session(&app, "viewer");
    let mut stream = watch(&app, &session, "tenant=acme&type=sale", None).await;
    acme.post_to("/v1/events?type=other", "{}").key("no").send().await;
    let large = "x".repeat(50_000);
    let seq = acme.ask(Method::POST, "/v1/events?type=sale").key("k1").body(large).send().await.seq();
    let message = stream.next().await;
    let row = message.json();
    assert_eq!((&row["type"], &row["key"], &row["size"]), (&"sale".into(), &"k1".into(), &"48 KiB".into()));
    assert_eq!(row["address"], format!("/console/events/{seq}?tenant=acme"));
    assert!(message.data.len() < 400, "{}", message.data);
    drop(stream);
    acme.post_to("/v1/events?type=sale", "{}").key("k2").send().await;
    let mut again = watch(&app, &session, "tenant=acme&type=sale&after=0", Some(&message.id)).await;
    assert_eq!(again.next().await.json()["key"], "k2");
}

#[tokio::test]
async fn watching_ends_with_the_session_and_keeps_none_alive() {
    let (app, acme, _viewer) = stage().await;
    let (logged_out, idle) = (session(&app, "viewer"), session(&app, "viewer"));
    let mut of_logged_out = watch(&app, &logged_out, "tenant=acme", None).await;
    let mut of_idle = watch(&app, &idle, "tenant=acme", None).await;
    let known = app.parts().sessions.recognize(&logged_out).unwrap();
    app.parts().sessions.end(&known.session.digest);
    acme.send("a", "{}").await;
    assert_eq!(of_logged_out.end().await, "session_over");
    assert_eq!(of_idle.next().await.json()["key"], "a");
    app.clock.advance(IDLE_MAX);
    acme.send("b", "{}").await;
    assert_eq!(of_idle.end().await, "session_over", "watching is not using");
    let deleted = session(&app, "viewer");
    let mut of_deleted = watch(&app, &deleted, "tenant=acme", None).await;
    app.parts().operators.delete(audit::Actor::CommandLine, "viewer").await.unwrap();
    acme.send("c", "{}").await;
    assert_eq!(of_deleted.end().await, "session_over");
}

#[tokio::test]
async fn an_idle_watcher_whose_session_ends_is_cut_off_with_a_heartbeat() {
    let app = TestApp::start_with(|config| config.limits.request_timeout = Duration::from_millis(30)).await;
    app.operator(Role::Viewer).await;
    let session = session(&app, "viewer");
    let mut stream = watch(&app, &session, "tenant=default", None).await;
    app.clock.advance(IDLE_MAX);
    assert_eq!(stream.end().await, "session_over");
}

#[tokio::test]
async fn only_operators_watch() {
    let (app, acme, viewer) = stage().await;
    for stranger in [app.anonymous(), acme.clone(), app.anonymous().with_session(&"A".repeat(43))] {
        let answer = stranger.get("/console/events/stream?tenant=acme").await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/login?next=/console/events/stream"))
        );
    }
    for (query, status) in [
        ("tenant=nobody", 404),
        ("tenant=acme&since=x", 400),
        ("tenant=acme&after=999999", 400),
        ("tenant=acme&after=9.1", 410),
    ] {
        assert_eq!(viewer.get(&format!("/console/events/stream?{query}")).await.status, status, "{query}");
    }
}
