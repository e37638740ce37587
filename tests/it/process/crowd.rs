//! Many connections, few keys.

use super::load::payload_of;
use super::program::Program;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

const REQUESTS: usize = 2_000;
const KEYS: usize = 400;
const CONNECTIONS: usize = 75;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_requests_over_four_hundred_keys_store_each_key_once() {
    let program = Program::with_acme();
    let token = program.token("acme", &["events:write", "events:read"]);
    let server = program.serve(&[]);
    let next = Arc::new(AtomicUsize::new(0));
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (client, next) = (server.client(&token), Arc::clone(&next));
        senders.spawn(async move {
            let mut statuses = BTreeMap::<u16, usize>::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= REQUESTS {
                    return statuses;
                }
                let key = format!("order-{}", number % KEYS);
                let answer = client.post(&key, payload_of(&key)).await.unwrap();
                assert_eq!(answer.header("idempotency-mismatch"), None);
                *statuses.entry(answer.status).or_default() += 1;
            }
        });
    }
    let mut statuses = BTreeMap::<u16, usize>::new();
    for (status, count) in senders.join_all().await.into_iter().flatten() {
        *statuses.entry(status).or_default() += count;
    }
    assert_eq!(statuses, BTreeMap::from([(201, KEYS), (204, REQUESTS - KEYS)]));
    let export = server.client(&token).get("/v1/events/export", None).await.unwrap();
    assert_eq!(std::str::from_utf8(&export.body).unwrap().lines().count(), KEYS);
    server.stop();
}
