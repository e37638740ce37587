//! Requests counted by client.

use crate::domain::client::Client;
use crate::domain::rate::{Quota, Standing, Usage};
use crate::platform::clock::Clock;
use crate::services::limits::bounded::Bounded;
use std::sync::Arc;

/// Which requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// Those without valid credentials.
    Unauthenticated,
    /// All.
    All,
}

/// Counts requests by client. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RateLimit {
    quota: Quota,
    applies: Applies,
    clock: Arc<dyn Clock>,
    usages: Arc<Bounded<Client, Usage>>,
}

impl RateLimit {
    /// Makes a limit that nobody has used yet.
    pub fn new(quota: Quota, applies: Applies, clock: Arc<dyn Clock>) -> Self {
        Self { quota, applies, clock, usages: Arc::new(Bounded::new()) }
    }

    /// Returns what each client has.
    pub fn quota(&self) -> &Quota {
        &self.quota
    }

    /// Returns which requests are counted.
    pub fn applies(&self) -> Applies {
        self.applies
    }

    /// Counts a request of a client. Whoever used up most is forgotten last.
    pub fn charge(&self, client: Client) -> Standing {
        let (now, quota) = (self.clock.now(), &self.quota);
        let worth = |usage: &Usage| if usage.is_over(quota, now) { 0 } else { u64::from(usage.count()) };
        self.usages.change(client, || Usage::begin(now), worth, |usage| usage.charge(quota, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rate::Verdict;
    use crate::domain::time::Timestamp;
    use crate::platform::clock::ManualClock;
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    fn client(number: u32) -> Client {
        Client::of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number)))
    }

    #[test]
    fn a_crowd_frees_nobody_who_used_up_the_quota() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_000_000)));
        let quota = Quota { max: 3, window: Duration::from_mins(1) };
        let limit = RateLimit::new(quota, Applies::Unauthenticated, clock);
        for _ in 0..4 {
            limit.charge(client(0));
        }
        for other in 1..150_000 {
            assert_eq!(limit.charge(client(other)).verdict, Verdict::Within);
        }
        assert_eq!(limit.charge(client(0)).verdict, Verdict::Exceeded);
    }
}
