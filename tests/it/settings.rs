//! Settings over HTTP: who may, what is refused, and what takes effect at once.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use http::Method;
use mainstay::domain::scope::Scope;
use mainstay::services::audit;

async fn put(admin: &Actor, key: &str, value: &str) -> Answer {
    let ask = admin.ask(Method::PUT, &format!("/api/v1/settings/{key}"));
    ask.header("content-type", "application/json").body(format!("{{\"value\":{value}}}")).send().await
}

async fn reset(admin: &Actor, key: &str) -> Answer {
    admin.ask(Method::DELETE, &format!("/api/v1/settings/{key}")).send().await
}

async fn show(admin: &Actor, key: &str) -> serde_json::Value {
    admin.get(&format!("/api/v1/settings/{key}")).await.json()
}

#[tokio::test]
async fn a_value_set_at_the_console_holds_at_once_and_after_a_restart_until_it_is_taken_back() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let policy = async |app: &TestApp| {
        let answer = app.anonymous().get("/v1/events").await;
        answer.header("ratelimit-policy").map(str::to_owned).unwrap()
    };
    assert_eq!(policy(&app).await, "\"default\";q=100;w=60");

    let set = put(&admin, "limits.rate_limit_max", "7").await;
    assert_eq!(set.status, 200);
    assert_eq!(put(&admin, "limits.rate_limit_window", "\"120s\"").await.json()["value"], "2m");

    assert_eq!(policy(&app).await, "\"default\";q=7;w=120");
    let app = app.restart().await;
    assert_eq!(policy(&app).await, "\"default\";q=7;w=120");
    let admin = admin.before(app.router());
    let shown = show(&admin, "limits.rate_limit_max").await;
    assert_eq!((&shown["value"], &shown["origin"]), (&"7".into(), &"console".into()));
    assert_eq!((&shown["default"], &shown["stored"]), (&"100".into(), &"7".into()));
    assert_eq!(reset(&admin, "limits.rate_limit_max").await.json()["origin"], "default");
    assert_eq!(policy(&app).await, "\"default\";q=100;w=120");
    assert_eq!(reset(&admin, "limits.rate_limit_max").await.status, 200, "once more changes nothing");
}

#[tokio::test]
async fn what_is_not_acceptable_is_refused_with_key_value_and_way_out() {
    let app = TestApp::start_with(|config| {
        config.limits.in_flight_max = 9;
        config.limits.body_bytes_max = 1 << 20;
        config.store.journal_segment_bytes = 4 << 20;
    })
    .await;
    let admin = app.system_token(&[Scope::Admin]).await;
    for (key, value, status, code, part) in [
        ("limits.rate_limit_max", "0", 422, "unacceptable", "limits.rate_limit_max = `0`: too small; hint:"),
        ("limits.body_bytes_max", "\"2MiB\"", 422, "unacceptable", "more than a quarter of store."),
        ("cors.origins", "[\"ftp://a\"]", 422, "unacceptable", "no origin"),
        ("listen.connections_max", "5", 422, "unacceptable", "MAINSTAY_LISTEN__CONNECTIONS_MAX"),
        ("limits.in_flight_max", "8", 409, "read_only", "limits.in_flight_max is set by --set"),
        ("limits.nothing", "8", 404, "not_found", "limits.nothing"),
        ("limits.rate_limit_max", "true", 400, "invalid_body", "text, a whole number or a list"),
    ] {
        let before = app.ledger_len();
        let refused = put(&admin, key, value).await;
        refused.refused(status, code);
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(part), "{detail}");
        assert_eq!(app.ledger_len(), before, "{key}: nothing was stored");
    }
    reset(&admin, "limits.nothing").await.refused(404, "not_found");
    let shown = show(&admin, "limits.in_flight_max").await;
    assert_eq!((&shown["settable"], &shown["writable"]), (&true.into(), &false.into()));
}

#[tokio::test]
async fn every_setting_is_listed_with_what_a_form_needs() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let list = admin.get("/api/v1/settings").await.json();
    let settings = list["settings"].as_array().unwrap();
    assert!(settings.len() >= 40, "{}", settings.len());
    for setting in settings {
        for member in ["key", "value", "default", "origin", "type", "bounds", "doc", "reload"] {
            assert!(setting[member].is_string(), "{member} of {setting}");
        }
    }
}

#[tokio::test]
async fn every_change_is_an_event_that_says_who_and_what() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin, Scope::EventsRead]).await;
    put(&admin, "limits.in_flight_max", "500").await;
    put(&admin, "limits.in_flight_max", "500").await;
    let settings = &app.parts().settings;
    settings.reset(audit::Actor::CommandLine, "limits.in_flight_max").await.unwrap();

    let events = admin.in_tenant("system").get("/v1/events?limit=1000").await.json();
    let told: Vec<_> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["type"].as_str().unwrap().starts_with("setting."))
        .collect();
    assert_eq!(told.len(), 2, "the same value again is no change: {events}");
    let data = |at: usize| told[at]["data"].clone();
    let (set, taken) = if told[0]["type"] == "setting.changed" { (0, 1) } else { (1, 0) };
    assert_eq!(data(set), serde_json::json!({"key":"limits.in_flight_max","before":"1024","after":"500"}));
    assert_eq!(data(taken), serde_json::json!({"key":"limits.in_flight_max","before":"500","after":"1024"}));
    assert!(told[set].to_string().contains("token ") && told[taken].to_string().contains("command line"));
}

#[tokio::test]
async fn a_larger_body_is_taken_as_soon_as_the_setting_says() {
    let app = TestApp::start_with(|config| {
        config.limits.body_bytes_max = 1 << 20;
        config.store.journal_segment_bytes = 8 << 20;
    })
    .await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let acme = app.tenant("acme").await;
    let body = format!("\"{}\"", "x".repeat(1_500_000));
    assert_eq!(acme.send("k1", &body).await.status, 413);
    assert_eq!(put(&admin, "limits.body_bytes_max", "\"2MiB\"").await.status, 200);
    assert_eq!(acme.send("k1", &body).await.status, 201);
}

#[tokio::test]
async fn requests_and_streams_under_way_keep_what_they_saw_and_new_ones_see_the_change() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let acme = app.tenant("acme").await;
    let (status, first) = acme.ask(Method::GET, "/v1/events/stream").open().await;
    assert_eq!(status, 200);
    put(&admin, "limits.streams_max", "1").await;
    let second = acme.ask(Method::GET, "/v1/events/stream").send_report().await;
    assert_eq!(second.status, 503);
    put(&admin, "limits.streams_max", "2").await;
    let (status, _second) = acme.ask(Method::GET, "/v1/events/stream").open().await;
    assert_eq!(status, 200);
    drop(first);
    put(&admin, "cors.origins", "\"https://shop.example\"").await;
    let page = acme.ask(Method::GET, "/v1").header("origin", "https://shop.example").send().await;
    assert_eq!(page.header("access-control-allow-origin"), Some("https://shop.example"));
    put(&admin, "ops.allow", "[]").await;
    app.anonymous().at("127.0.0.1").get("/metrics").await.refused(401, "token_missing");
}
