//! Batches of CloudEvents: a receipt for each, or all as one.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use mainstay::domain::tenant::MismatchPolicy;
use mainstay::services::tenants::TenantChange;
use serde_json::{Value, json};

const BATCH: &str = "application/cloudevents-batch+json";

fn event(id: &str, data: impl Into<Value>) -> Value {
    json!({ "specversion": "1.0", "id": id, "source": "/pos", "type": "sale", "data": data.into() })
}

async fn post(sender: &Actor, events: &[Value]) -> Answer {
    sender.post_as(BATCH, json!(events).to_string()).send().await
}

async fn post_atomic(sender: &Actor, events: &[Value]) -> Answer {
    let ask = sender.post_to("/v1/events?atomic=true", json!(events).to_string());
    ask.replacing("content-type", BATCH).send().await
}

fn counts(answer: &Answer) -> [u64; 3] {
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    ["accepted", "duplicate", "refused"].map(|name| body[name].as_u64().unwrap())
}

fn statuses(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let receipts = body["receipts"].as_array().unwrap().iter();
    receipts.map(|receipt| receipt["status"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_event_has_a_receipt_at_its_place_and_a_bad_one_fails_alone() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let wrong = json!({ "specversion": "1.0", "id": "x" });
    let large = event("l", "x".repeat(64 * 1024));
    let answer = post(&sender, &[event("1", 1), wrong, event("1", 1), event("2", 2), large, json!(7)]).await;
    assert_eq!(counts(&answer), [2, 1, 3]);
    assert_eq!(statuses(&answer), ["accepted", "refused", "duplicate", "accepted", "refused", "refused"]);
    let body = answer.json();
    let codes: Vec<_> = [1, 4, 5].iter().map(|at| body["receipts"][*at]["code"].clone()).collect();
    assert_eq!(codes, ["invalid_cloudevent", "body_too_large", "invalid_json"]);
    assert_eq!(body["receipts"][0]["idempotency_key"], "/pos#1");
    assert_eq!(body["receipts"][2]["seq"], body["receipts"][0]["seq"]);
    assert_eq!(body["receipts"][3]["type"], "sale");
    assert_eq!(counts(&post(&sender, &[]).await), [0, 0, 0]);
}

#[tokio::test]
async fn a_key_of_the_request_is_numbered_for_each_event() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let body = json!([event("1", 1), event("1", 1)]).to_string();
    let send = || sender.post_as(BATCH, body.clone()).key("K");
    let first = send().send().await;
    assert_eq!(counts(&first), [2, 0, 0]);
    assert_eq!(first.json()["receipts"][1]["idempotency_key"], "K/2");
    assert_eq!(counts(&send().send().await), [0, 2, 0]);
    let again = send().header("prefer", "return=representation").send().await;
    assert_eq!(again.json()["receipts"][0]["received_at"], first.json()["receipts"][0]["received_at"]);
    let long = "k".repeat(255);
    let hashed = sender.post_as(BATCH, body.clone()).key(&long).send().await.json();
    assert!(hashed["receipts"][0]["idempotency_key"].as_str().unwrap().starts_with("sha256-"));
}

#[tokio::test]
async fn a_batch_that_is_no_array_or_too_long_is_refused_whole() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    for body in ["", "{}", "[1,", "nonsense", "[1]x"] {
        sender.post_as(BATCH, body).send().await.refused(400, "invalid_json");
    }
    let many = format!("[{}1]", "1,".repeat(10_000));
    sender.post_as(BATCH, many).send().await.refused(413, "batch_too_long");
    let ask = sender.post_to("/v1/events?source=a", "[]").replacing("content-type", BATCH);
    ask.send().await.refused(400, "invalid_query");
    let ask = sender.post_to("/v1/events?atomic=maybe", "[]").replacing("content-type", BATCH);
    ask.send().await.refused(400, "invalid_query");
}

#[tokio::test]
async fn an_atomic_batch_is_stored_whole_or_not_at_all() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    let wrong = json!({ "specversion": "1.0", "id": "x", "source": "/pos" });
    let refused = post_atomic(&sender, &[event("1", 1), wrong, event("2", 2)]).await;
    refused.refused(422, "batch_refused");
    assert_eq!(refused.bad_fields(), ["event 2"]);
    assert_eq!(app.ledger_len(), before);

    let stored = post_atomic(&sender, &[event("1", 1), event("2", 2), event("1", 1)]).await;
    assert_eq!((counts(&stored), app.ledger_len()), ([2, 1, 0], before + 2));
    // A repeat does not fail the others.
    let repeated = post_atomic(&sender, &[event("2", 2), event("3", 3)]).await;
    assert_eq!((counts(&repeated), app.ledger_len()), ([1, 1, 0], before + 3));
    assert_eq!(counts(&post_atomic(&sender, &[]).await), [0, 0, 0]);
}

#[tokio::test]
async fn an_atomic_batch_has_the_room_of_one_journal_entry() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    let of = |count: usize| -> Vec<Value> {
        (0..count).map(|number| event(&number.to_string(), "x".repeat(6_000))).collect()
    };
    assert_eq!(counts(&post_atomic(&sender, &of(10)).await), [10, 0, 0]);
    post_atomic(&sender, &of(11)).await.refused(413, "batch_too_large");
    assert_eq!(app.ledger_len(), before + 10);
    // The same without the wish goes through, entry by entry.
    assert_eq!(counts(&post(&sender, &of(30)).await), [20, 10, 0]);
}

#[tokio::test]
async fn a_strict_atomic_batch_is_kept_back_by_one_other_payload() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let strict = TenantChange { mismatch: Some(MismatchPolicy::Refuse), ..TenantChange::default() };
    app.change_tenant("acme", strict).await;
    let large = "x".repeat(5_000);
    assert_eq!(counts(&post(&sender, &[event("1", 1), event("2", large.clone())]).await), [2, 0, 0]);
    // After a restart payloads are compared with what is in the database.
    let app = app.restart().await;
    let sender = app.anonymous().with_token(sender.token());
    let before = app.ledger_len();
    let clash = post_atomic(&sender, &[event("3", 3), event("1", 9)]).await;
    clash.refused(422, "batch_refused");
    assert_eq!(clash.bad_fields(), ["event 2"]);
    let other = "y".repeat(large.len());
    let clash = post_atomic(&sender, &[event("2", other), event("3", 3)]).await;
    assert_eq!(clash.bad_fields(), ["event 1"]);
    let beside = post_atomic(&sender, &[event("4", 4), event("4", 5)]).await;
    assert_eq!(beside.bad_fields(), ["event 2"]);
    assert_eq!(app.ledger_len(), before);
    let same = post_atomic(&sender, &[event("1", 1), event("2", large), event("3", 3), event("3", 3)]).await;
    assert_eq!((counts(&same), app.ledger_len()), ([1, 3, 0], before + 1));
    // For itself each would have been refused alone.
    let alone = post(&sender, &[event("5", 5), event("1", 9)]).await;
    assert_eq!(alone.json()["receipts"][1]["code"], "idempotency_key_reused");
}
