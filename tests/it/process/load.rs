//! What clients of the real program send, and what they were promised.

use super::program::{Client, Server};
use data_encoding::BASE64;
use serde_json::Value;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use tokio::task::JoinSet;

/// Most bytes of a payload.
const PAYLOAD_MAX: u64 = 6_000;

/// Keys with the places they were acknowledged at.
pub(crate) type Promises = BTreeMap<String, u64>;

/// Returns the payload that belongs to a key: its length and bytes follow from the key alone.
pub(crate) fn payload_of(key: &str) -> Vec<u8> {
    // FNV-1a: small, and the same in every run.
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for byte in key.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let len = if state.is_multiple_of(8) { state / 8 % PAYLOAD_MAX } else { state / 8 % 300 };
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
        .collect()
}

/// Returns a random number below the bound.
pub(crate) fn random_below(bound: u64) -> u64 {
    RandomState::new().hash_one(std::time::Instant::now()) % bound
}

/// Senders under way.
pub(crate) struct Senders(JoinSet<Promises>);

impl Senders {
    /// Begins to send from so many connections until the appliance is gone.
    pub(crate) fn begin(server: &Server, token: &str, connections: usize, run: &str) -> Self {
        let mut senders = JoinSet::new();
        for connection in 0..connections {
            let (client, prefix) = (server.client(token), format!("{run}-{connection}"));
            senders.spawn(async move { send_until_gone(&client, &prefix).await });
        }
        Self(senders)
    }

    /// Returns all that was promised, once the appliance is gone.
    pub(crate) async fn promised(self) -> Promises {
        self.0.join_all().await.into_iter().flatten().collect()
    }
}

async fn send_until_gone(client: &Client, prefix: &str) -> Promises {
    let mut promised = Promises::new();
    for number in 0.. {
        let key = format!("{prefix}-{number}");
        let Ok(answer) = client.post(&key, payload_of(&key)).await else { break };
        match answer.status {
            201 => drop(promised.insert(key, answer.seq())),
            503 => break,
            _ => panic!("{answer:?}"),
        }
    }
    promised
}

/// What the ledger holds, gathered piece by piece and checked on the way.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Every key of acme with its place.
    pub(crate) keys: BTreeMap<String, u64>,
    /// The last place seen, of any tenant.
    pub(crate) last: u64,
}

impl Gathered {
    /// Reads what was stored since: byte for byte, no key twice, no place left out.
    pub(crate) async fn read_on(&mut self, client: &Client) {
        let mut places = Vec::new();
        for tenant in ["acme", "system", "default"] {
            let path = format!("/v1/events/export?after={}", self.last);
            let export = client.get(&path, Some(tenant)).await.unwrap();
            assert_eq!(export.status, 200, "{export:?}");
            for line in std::str::from_utf8(&export.body).unwrap().lines() {
                let event: Value = serde_json::from_str(line).unwrap();
                let seq = event["seq"].as_u64().unwrap();
                places.push(seq);
                if tenant == "acme" {
                    self.take(&event, seq);
                }
            }
        }
        places.sort_unstable();
        let expected: Vec<_> = (self.last + 1..=self.last + places.len() as u64).collect();
        assert_eq!(places, expected, "the places have a gap");
        self.last += places.len() as u64;
    }

    fn take(&mut self, event: &Value, seq: u64) {
        let key = event["idempotency_key"].as_str().unwrap().to_owned();
        assert_eq!(event["data_base64"], BASE64.encode(&payload_of(&key)), "{key} is not what was sent");
        let before = self.keys.insert(key, seq);
        assert_eq!(before, None, "a key is stored twice: {event}");
    }

    /// Checks that every promise is kept.
    pub(crate) fn keeps(&self, promised: &Promises) {
        for (key, seq) in promised {
            assert_eq!(self.keys.get(key), Some(seq), "{key} was acknowledged and is not there");
        }
    }
}

/// Sends some of the keys again: each is known, at its place.
pub(crate) async fn assert_refused_again(client: &Client, promised: &Promises, most: usize) {
    for (key, seq) in promised.iter().take(most) {
        let answer = client.post(key, payload_of(key)).await.unwrap();
        assert_eq!((answer.status, answer.seq()), (204, *seq), "{key}");
        assert_eq!(answer.header("idempotency-mismatch"), None, "{key}");
    }
}
