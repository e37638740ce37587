//! Who forwards requests and is not trusted to: a proxy that the settings do not name, or a client that makes things
//! up. The operator is told, because behind such a proxy all clients count as one.

use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Least time between two log lines about it: anybody can send such headers.
const SAID_EVERY: Duration = Duration::from_mins(10);

/// What is known of requests that untrusted peers forwarded, since the start. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Forwarders(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    requests: AtomicU64,
    /// Never waited for: while one request writes it, another one's peer is as good.
    last: Mutex<Last>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Last {
    seen: Option<(IpAddr, Timestamp)>,
    said: Option<Timestamp>,
}

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forwarded {
    /// How many requests.
    pub requests: u64,
    /// One of the latest peers.
    pub peer: Option<IpAddr>,
    /// When it was seen.
    pub at: Option<Timestamp>,
}

impl Forwarders {
    /// Notes a request; tells whether the log should say so now.
    pub fn note(&self, peer: IpAddr, now: Timestamp) -> bool {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        let Ok(mut last) = self.0.last.try_lock() else { return false };
        last.seen = Some((peer, now));
        let is_due = last.said.is_none_or(|said| now >= said.saturating_add(SAID_EVERY));
        if is_due {
            last.said = Some(now);
        }
        is_due
    }

    /// Returns what was seen since the start.
    pub fn seen(&self) -> Forwarded {
        let seen = self.0.last.lock().ok().and_then(|last| last.seen);
        Forwarded {
            requests: self.0.requests.load(Ordering::Relaxed),
            peer: seen.map(|(peer, _)| peer),
            at: seen.map(|(_, at)| at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_counts_and_few_are_said() {
        let forwarders = Forwarders::default();
        let (peer, now) = ("192.0.2.1".parse().unwrap(), Timestamp::parse("2026-03-01T12:00:00Z").unwrap());
        assert_eq!(forwarders.seen(), Forwarded::default());
        assert!(forwarders.note(peer, now));
        assert!(!forwarders.note(peer, now.saturating_add(Duration::from_secs(599))));
        let later = now.saturating_add(SAID_EVERY);
        assert!(forwarders.note(peer, later));
        assert_eq!(forwarders.seen(), Forwarded { requests: 3, peer: Some(peer), at: Some(later) });
    }
}
