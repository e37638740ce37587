//! Answers that nobody takes: what they hold together is bounded, and all of it comes back.

use crate::actor::Actor;
use crate::app::TestApp;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use tower::ServiceExt;

/// Asks and leaves the answer's body where it is.
async fn untaken(router: &Router, actor: &Actor, path: &str) -> Response {
    let request = Request::get(path)
        .header("host", "mainstay.example")
        .header("authorization", format!("Bearer {}", actor.token()));
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn app_with_large_events(count: usize, len: usize) -> (TestApp, Actor) {
    let app = TestApp::start_with(|config| {
        config.store.journal_segment_bytes = 8 << 20;
        config.limits.body_bytes_max = 1 << 20;
    })
    .await;
    let actor = app.tenant("acme").await;
    for number in 0..count {
        let ask = actor.post_as("application/octet-stream", vec![7; len]).key(&format!("k{number}"));
        assert_eq!(ask.send().await.status, 201);
    }
    (app, actor)
}

#[tokio::test]
async fn answers_that_are_not_taken_hold_a_bounded_memory() {
    let (app, actor) = app_with_large_events(1, 1 << 20).await;
    let router = app.router();
    let paths = ["/v1/events", "/v1/events/export", "/v1/events?order=desc"];
    let mut held = Vec::new();
    for path in paths.iter().cycle().take(100) {
        let response = untaken(&router, &actor, path).await;
        if response.status() == 503 {
            break;
        }
        held.push(response);
    }
    // Every answer is 4/3 MiB in base64, and one token holds three fifths of the memory.
    assert!((28..=31).contains(&held.len()), "{}", held.len());
    for path in paths {
        let refused = actor.before(router.clone()).get(path).await;
        refused.refused(503, "reads_busy");
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    assert_eq!(actor.post_as("text/plain", "small").send().await.status, 201, "intake goes on");
    let other = app.tenant("other").await;
    assert_eq!(other.get("/v1/events").await.status, 200, "others read");
    held.clear();
    loop {
        // Exports notice on a task of their own that nobody reads them.
        tokio::task::yield_now().await;
        if actor.get("/v1/events").await.status == 200 {
            break;
        }
    }
}

#[tokio::test]
async fn pages_of_large_events_are_short_and_lead_to_all_of_them() {
    let (_app, actor) = app_with_large_events(8, 400 * 1024).await;
    let mut path = "/v1/events?limit=100".to_owned();
    let mut lens = Vec::new();
    loop {
        let page = actor.get(&path).await.json();
        lens.push(page["events"].as_array().unwrap().len());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/events?limit=100&after={next}");
    }
    assert_eq!(lens.iter().sum::<usize>(), 8, "{lens:?}");
    assert!(lens.iter().all(|len| *len <= 3), "{lens:?}");
    let export = actor.get("/v1/events/export").await;
    assert_eq!(export.body.split(|byte| *byte == b'\n').count(), 9);
}
