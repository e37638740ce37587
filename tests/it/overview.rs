//! How everything is at a glance, and what was kept of minutes and hours.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use mainstay::domain::operator::Role;
use mainstay::domain::scope::Scope;
use mainstay::domain::series::{Answered, Taken};
use mainstay::platform::clock::Clock;
use mainstay::services::series::Measurement;
use serde_json::{Value, json};
use std::time::Duration;

/// Pages take at most so much with everything that belongs to them.
const PAGE_BYTES_MAX: usize = 100 * 1024;

/// Looks at the appliance as its worker does.
fn look(app: &TestApp) {
    app.parts().series.look(app.clock.now()).unwrap();
}

/// Lets minutes pass, in each of which somebody looks whether traffic may come.
async fn minutes_pass(app: &TestApp, count: u32) {
    for _ in 0..count {
        app.clock.advance(Duration::from_mins(1));
        app.parts()
            .series
            .take(app.clock.now(), Measurement { ready: Some(true), ..Measurement::default() })
            .unwrap();
        // What waits in the queue is written.
        tokio::task::yield_now().await;
    }
}

async fn series(admin: &Actor, span: &str) -> Vec<Value> {
    admin.get(&format!("/api/v1/series?span={span}")).await.json()["bins"].as_array().unwrap().clone()
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

#[tokio::test]
async fn what_happened_is_kept_by_the_minute_and_outlasts_a_restart() {
    let app = TestApp::start().await;
    let (acme, admin) = (app.tenant("acme").await, app.system_token(&[Scope::Admin]).await);
    look(&app);
    for key in ["a", "b", "a"] {
        acme.send(key, "{}").await;
    }
    acme.get("/v1/events/999").await.refused(404, "event_not_found");
    app.clock.advance(Duration::from_secs(40));
    look(&app);
    let bins = series(&admin, "15m").await;
    assert_eq!((bins.len(), &bins[13]["sample"]), (15, &Value::Null));
    let last = &bins[14];
    assert_eq!(last["from"], "2026-03-01T12:00:00.000000Z");
    let requests = json!({"success":3,"redirected":0,"refused":1,"limited":0,"failed":0});
    assert_eq!((&last["sample"]["requests"], &last["sample"]["events"]["stored"]), (&requests, &json!(2)));
    assert_eq!(last["sample"]["events"]["repeated"], 1);
    let p50 = last["sample"]["latency_p50_ms"].as_f64().unwrap();
    assert!(p50 > 0.0 && p50 <= last["sample"]["latency_p95_ms"].as_f64().unwrap());
    assert!(last["sample"]["resident_bytes"].as_u64().unwrap() > 1_000_000);
    acme.send("c", "{}").await;
    app.parts().series.finish(app.clock.now()).unwrap();

    let app = app.restart().await;
    let (acme, admin) = (acme.before(app.router()), admin.before(app.router()));
    app.clock.advance(Duration::from_secs(10));
    acme.send("d", "{}").await;
    look(&app);

    let kept = &series(&admin, "1h").await[59]["sample"];
    assert_eq!(kept["events"]["stored"], 4, "the minute goes on: {kept}");
    assert_eq!(series(&admin, "7d").await[55]["sample"]["events"], kept["events"]);
    admin.get("/api/v1/series?span=2h").await.refused(400, "invalid_query");
}

#[tokio::test]
async fn a_minute_in_which_the_appliance_did_not_run_counts_as_down() {
    let app = TestApp::start().await;
    let admin = app.system_token(&[Scope::Admin]).await;
    let of = async |app: &TestApp| {
        admin.before(app.router()).get("/api/v1/overview").await.json()["availability"].clone()
    };
    assert_eq!(of(&app).await["share"], Value::Null);
    minutes_pass(&app, 100).await;
    let all = of(&app).await;
    assert_eq!((&all["minutes"], &all["minutes_up"], &all["share"]), (&json!(100), &json!(100), &json!(1.0)));
    app.parts().series.finish(app.clock.now()).unwrap();
    let app = app.restart().await;
    app.clock.advance(Duration::from_mins(9));
    minutes_pass(&app, 91).await;
    let all = of(&app).await;
    assert_eq!((&all["minutes"], &all["minutes_up"], &all["days"]), (&json!(200), &json!(191), &json!(30)));
    let left = all["budget_left"].as_f64().unwrap();
    assert!((left - (1.0 - 9.0 / 43.2)).abs() < 1e-5, "{all}");
    let failed = Measurement { ready: Some(false), ..Measurement::default() };
    app.parts().series.take(app.clock.now(), failed).unwrap();
    minutes_pass(&app, 1).await;
    assert_eq!(of(&app).await["minutes_up"], 191, "one look failed");
}

#[tokio::test]
async fn whatever_somebody_should_look_at_is_told_with_what_to_do() {
    let app = TestApp::start().await;
    let owner = app.operator(Role::Owner).await;
    let admin = app.system_token(&[Scope::Admin]).await;
    assert_eq!(admin.get("/api/v1/overview").await.json()["problems"], json!([]));
    assert!(!text(&owner.get("/console").await).contains("To look at"));
    app.tenant("acme").await;
    let agents = app.token("acme", &[Scope::Agents]).await;
    assert_eq!(agents.post_to("/api/v1/agents", r#"{"name":"till-1"}"#).send().await.status, 201);
    app.clock.advance(Duration::from_mins(9));
    let guesser = app.anonymous().at("198.51.100.7").with_token("mst_none");
    for _ in 0..10 {
        guesser.get("/v1/events").await;
    }
    app.parts().forwarders.note("192.0.2.9".parse().unwrap(), app.clock.now());
    let seen = admin.get("/api/v1/overview").await.json();
    let problems = seen["problems"].as_array().unwrap();
    let of = |kind: &str| problems.iter().find(|one| one["kind"] == kind).unwrap().clone();
    assert_eq!(
        (&of("agent")["status"], &of("agent")["what"]),
        (&json!("down"), &json!("Agents down: acme/till-1."))
    );
    assert_eq!(problems[0]["kind"], "agent", "the worst stands first");
    assert!(of("blocked")["what"].as_str().unwrap().contains("198.51.100.7"), "{seen}");
    assert!(of("proxy")["what"].as_str().unwrap().contains("192.0.2.9"), "{seen}");
    let page = text(&owner.get("/console").await);
    assert!(page.contains("Agents down: acme/till-1.") && page.contains("limits.trusted_proxies"), "{page}");
}

#[tokio::test]
async fn the_page_shows_charts_of_the_time_that_is_asked_for_and_the_busiest_tenants() {
    let app = TestApp::start().await;
    let viewer = app.operator(Role::Viewer).await;
    let empty = text(&viewer.get("/console").await);
    assert!(empty.contains("No tenant has sent anything") && empty.contains("No numbers yet"), "{empty}");
    let acme = app.tenant("acme").await;
    acme.send("a", "{}").await;
    look(&app);
    let page = text(&viewer.get("/console?span=15m").await);
    assert!(
        page.contains("Requests each minute") && page.contains(r#"href="?span=15m" aria-current="true""#)
    );
    let busiest = page.split("id=\"busiest-recent\"").nth(1).unwrap();
    assert!(busiest.contains("<th scope=\"row\">acme</th><td class=\"number\">1</td>"), "{busiest}");
    assert!(text(&viewer.get("/console?span=7d").await).contains("Requests each 3 h"));
    assert!(text(&viewer.get("/console?span=nothing").await).contains("Requests each minute"));
    let seen = app.system_token(&[Scope::Admin]).await.get("/api/v1/overview").await.json();
    let busy = json!({"tenant":"acme","events":1,"repeats":0,"bytes":2});
    for list in ["busiest_last_15_minutes", "busiest_today"] {
        let mut found = seen[list][0].clone();
        found.as_object_mut().unwrap().remove("processing_ms");
        assert_eq!(found, busy, "{seen}");
    }
    let now = app.clock.now();
    app.parts().usage.write(now).unwrap();
    assert_eq!(app.parts().usage.recent(now).len(), 2, "acme, and whoever asked for this");
    app.clock.advance(Duration::from_mins(15));
    let later = app.clock.now();
    assert_eq!((app.parts().usage.recent(later).len(), app.parts().usage.today(later).len()), (0, 2));
    assert!(app.parts().usage.today(later.saturating_add(Duration::from_hours(24))).is_empty());
}

#[tokio::test]
async fn the_fullest_page_is_small() {
    let app = TestApp::start().await;
    let viewer = app.operator(Role::Viewer).await;
    let mut latencies = mainstay::domain::latency::Latencies::default();
    (0..252).for_each(|bucket| latencies.add(bucket, 1));
    for look in 1..=5_000_u64 {
        let answered = Answered {
            success: look * 7_654_321,
            redirected: look * 654_321,
            refused: look * 54_321,
            limited: look * 4_321,
            failed: look * 321,
        };
        let taken = Taken { stored: look * 7_654_321, repeated: look * 54_321, refused: look * 4_321 };
        let reading = Measurement {
            answered,
            taken,
            latencies: latencies.clone(),
            connections: 12_345 + look,
            resident_bytes: 1_234_567_890 + look,
            disk_free_bytes: Some(1_234_567_890_123 - look),
            ready: Some(true),
            cpu: Duration::from_secs(look * 40),
        };
        app.clock.advance(Duration::from_secs(if look < 2_500 { 1_600 } else { 60 }));
        app.parts().series.take(app.clock.now(), reading).unwrap();
        if look % 100 == 0 {
            app.parts().store.flush().unwrap();
        }
    }
    for span in ["15m", "1h", "24h", "7d", "90d"] {
        let session = viewer.clone();
        let page = text(&session.get(&format!("/console?span={span}")).await);
        let mut bytes = page.len();
        for file in page.split('"').filter(|text| text.starts_with("/static/")) {
            bytes += app.anonymous().get(file).await.body.len();
        }
        assert!(bytes < PAGE_BYTES_MAX, "{span}: {bytes}");
        assert!(!page.contains("No numbers yet"), "{span}");
    }
}
