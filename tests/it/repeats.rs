//! Repeats of a key: what the first, the next and a different one under the same key are answered.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::app::TestApp;
use mainstay::domain::tenant::MismatchPolicy;
use mainstay::services::tenants::TenantChange;
use tokio::task::JoinSet;

const SALE: &str = r#"{"total":12.50}"#;
const OTHER: &str = r#"{"total":99.00}"#;

async fn strict_tenant(app: &TestApp, slug: &str) -> Actor {
    let sender = app.tenant(slug).await;
    let strict = TenantChange { mismatch: Some(MismatchPolicy::Refuse), ..TenantChange::default() };
    app.change_tenant(slug, strict).await;
    sender
}

fn assert_receipt(answer: &Answer, key: &str) {
    assert_eq!(answer.status, 201, "{answer:?}");
    let receipt = answer.json();
    assert_eq!(receipt["status"], "accepted");
    assert_eq!(receipt["tenant"], "acme");
    assert_eq!(receipt["source"], "till");
    assert_eq!(receipt["type"], "event");
    assert_eq!(receipt["idempotency_key"], key);
    assert_eq!(receipt["seq"], answer.seq());
    assert_eq!(receipt["received_at"], "2026-03-01T12:00:00.000000Z");
    assert_eq!(receipt.as_object().unwrap().len(), 7);
    assert_eq!(answer.header("idempotency-key"), Some(key));
}

fn assert_repeat(answer: &Answer, first: &Answer, mismatch: Option<&str>) {
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(answer.header("location"), first.header("location"));
    assert_eq!(answer.header("idempotency-key"), first.header("idempotency-key"));
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
    assert_eq!(answer.header("idempotency-mismatch"), mismatch);
}

#[tokio::test]
async fn the_first_is_answered_201_with_its_receipt_and_place() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let first = sender.send("k1", SALE).await;
    assert_receipt(&first, "k1");
    assert_eq!(first.header("idempotency-replayed"), None);
    assert_eq!(first.header("idempotency-mismatch"), None);
}

#[tokio::test]
async fn a_repeated_key_is_answered_204() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let first = sender.send("k1", SALE).await;
    let before = app.ledger_len();
    assert_repeat(&sender.send("k1", SALE).await, &first, None);
    assert_repeat(&sender.send("k1", OTHER).await, &first, Some("true"));
    assert_eq!(app.ledger_len(), before);
}

#[tokio::test]
async fn whoever_prefers_a_representation_gets_the_first_receipt_again() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let first = sender.post_to("/v1/events?type=sale", SALE).key("k1").send().await;
    for (body, mismatch) in [(SALE, None), (OTHER, Some("true"))] {
        let again = sender.post(body).key("k1").header("prefer", "return=representation").send().await;
        assert_eq!((again.status, &again.body), (201, &first.body), "{again:?}");
        assert_eq!(again.header("location"), first.header("location"));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.header("idempotency-mismatch"), mismatch);
    }
    let fresh = sender.post(SALE).key("k2").header("prefer", "return=representation").send().await;
    assert_eq!((fresh.status, fresh.header("idempotency-replayed")), (201, None));
}

#[tokio::test]
async fn strict_handling_refuses_another_payload_and_takes_the_same() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let first = sender.send("k1", SALE).await;
    let strict = |body: &'static str, prefer: &str| {
        let ask = sender.post(body).key("k1").header("prefer", prefer);
        async move { ask.send().await }
    };
    assert_repeat(&strict(SALE, "handling=strict").await, &first, None);
    strict(OTHER, "handling=strict").await.refused(422, "idempotency_key_reused");
    strict(OTHER, "return=representation, handling=strict").await.refused(422, "idempotency_key_reused");
    let same = strict(SALE, "return=representation, handling=strict").await;
    assert_eq!((same.status, &same.body), (201, &first.body));
    assert_repeat(&sender.send("k1", OTHER).await, &first, Some("true"));
}

#[tokio::test]
async fn a_strict_tenant_refuses_another_payload_without_being_asked() {
    let app = TestApp::start().await;
    let sender = strict_tenant(&app, "acme").await;
    let first = sender.send("k1", SALE).await;
    assert_repeat(&sender.send("k1", SALE).await, &first, None);
    sender.send("k1", OTHER).await.refused(422, "idempotency_key_reused");
    let lenient = sender.post(OTHER).key("k1").header("prefer", "handling=lenient").send().await;
    lenient.refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn a_key_is_the_same_bare_and_quoted() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let first = sender.send("\"8e03 a\"", SALE).await;
    assert_receipt(&first, "8e03 a");
    assert_repeat(&sender.send("8e03 a", SALE).await, &first, None);
    assert_eq!(sender.send("8E03 a", SALE).await.status, 201);
}

#[tokio::test]
async fn a_key_has_1_to_255_printable_characters() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    for wrong in ["", "\"\"", "   ", &"k".repeat(256), "a\tb"] {
        sender.send(wrong, SALE).await.refused(400, "invalid_idempotency_key");
    }
    assert_eq!(app.ledger_len(), before);
    for good in ["k", &"k".repeat(255), &format!("\"{}\"", "q".repeat(255)), &"ä".repeat(255), "kä"] {
        assert_eq!(sender.send(good, SALE).await.status, 201, "{good}");
        assert_eq!(sender.send(good, SALE).await.status, 204, "{good}");
    }
}

#[tokio::test]
async fn the_same_key_in_two_tenants_is_two_events() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let (one, two) = (acme.send("k1", SALE).await, globex.send("k1", SALE).await);
    assert_eq!((one.status, two.status), (201, 201));
    assert_ne!(one.seq(), two.seq());
    assert_repeat(&acme.send("k1", SALE).await, &one, None);
    assert_repeat(&globex.send("k1", SALE).await, &two, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_parallel_repeats_of_a_key_store_one_event() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    for round in 0..20 {
        let before = app.ledger_len();
        let mut sent = JoinSet::new();
        for _ in 0..5 {
            let sender = sender.clone();
            sent.spawn(async move { sender.send(&format!("k{round}"), SALE).await });
        }
        let mut answers = sent.join_all().await;
        answers.sort_by_key(|answer| answer.status);
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [201, 204, 204, 204, 204]);
        assert!(answers.iter().all(|answer| answer.seq() == answers[0].seq()));
        assert_eq!(app.ledger_len(), before + 1);
    }
}

#[tokio::test]
async fn nothing_is_claimed_when_validation_fails() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    sender.send("k1", "{").await.refused(400, "invalid_json");
    sender.post_to("/v1/events?source=", SALE).key("k1").send().await.refused(400, "invalid_query");
    sender.post("x".repeat(70_000)).key("k1").send().await.refused(413, "body_too_large");
    let gzip = sender.post(SALE).key("k1").header("content-encoding", "gzip");
    gzip.send().await.refused(415, "unsupported_encoding");
    assert_eq!(app.ledger_len(), before);
    assert_eq!(sender.send("k1", SALE).await.status, 201);
}

#[tokio::test]
async fn repeats_are_known_after_a_restart() {
    let mut app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let (first, automatic) = (sender.send("k1", SALE).await, sender.post(SALE).send().await);
    for _ in 0..2 {
        app = app.restart().await;
        let sender = sender.before(app.router());
        assert_repeat(&sender.send("k1", SALE).await, &first, None);
        assert_repeat(&sender.send("k1", OTHER).await, &first, Some("true"));
        assert_repeat(&sender.post(SALE).send().await, &automatic, None);
        let again = sender.post(SALE).key("k1").header("prefer", "return=representation").send().await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        let strict = sender.post(OTHER).key("k1").header("prefer", "handling=strict").send().await;
        strict.refused(422, "idempotency_key_reused");
    }
}
