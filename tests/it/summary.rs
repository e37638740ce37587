//! The last fifteen minutes of requests.

use crate::app::TestApp;
use mainstay::domain::scope::Scope;

#[tokio::test]
async fn the_summary_counts_what_was_asked_by_ending_and_tenant() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    for number in 0..10 {
        assert_eq!(acme.send(&format!("k{number}"), "{}").await.status, 201);
    }
    globex.get("/v1/events/999").await.refused(404, "event_not_found");
    app.anonymous().get("/v1/events").await.refused(401, "token_missing");

    let seen = app.system_token(&[Scope::MetricsRead]).await.get("/api/metrics").await.json();

    assert_eq!(seen["windowSeconds"], 900);
    let requests = serde_json::json!({"total":12,"success":10,"refused":2,"errors":0,"errorRate":0.0});
    assert_eq!(seen["requests"], requests);
    let tenants = seen["tenants"].as_array().unwrap();
    let of = |at: usize| (tenants[at]["tenant"].as_str(), tenants[at]["requests"]["total"].as_u64());
    assert_eq!((tenants.len(), of(0), of(1)), (2, (Some("acme"), Some(10)), (Some("globex"), Some(1))));
    let latency = |name: &str| seen["latency"][name].as_f64().unwrap();
    assert!(latency("p50") > 0.0 && latency("p50") <= latency("p95") && latency("p95") <= latency("p99"));
    assert!(latency("avg") > 0.0);
}
