//! Requests counted by client, tenant and token; the limits in force, how much of them is used, and whom they refuse.

use crate::domain::client::Client;
use crate::domain::ids::{TenantNumber, TokenId};
use crate::domain::rate::{Quota, Standing, Usage};
use crate::platform::clock::Clock;
use crate::services::limits::bounded::Bounded;
use crate::telemetry::metrics::{LimitScope, Limited};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// Which requests are counted by client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Applies {
    /// Those without valid credentials.
    Unauthenticated,
    /// All.
    All,
}

/// Counts requests; how many there may be stands where the caller looks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RateLimit {
    clock: Arc<dyn Clock>,
    clients: Arc<Bounded<Client, Usage>>,
    deliveries: Arc<Bounded<Client, Usage>>,
    tenants: Arc<Bounded<TenantNumber, Usage>>,
    tokens: Arc<Bounded<TokenId, Usage>>,
}

impl RateLimit {
    /// Makes a limit that nobody has used yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (clients, deliveries) = (Arc::default(), Arc::default());
        Self { clock, clients, deliveries, tenants: Arc::default(), tokens: Arc::default() }
    }

    /// Counts a request of a client.
    pub fn charge(&self, client: Client, quota: &Quota) -> Standing {
        self.count(&self.clients, client, quota)
    }

    /// Counts a delivery of a client before its signature was looked at: apart from other requests, so that these take
    /// nothing from signed senders at the same address.
    pub fn charge_delivery(&self, client: Client, quota: &Quota) -> Standing {
        self.count(&self.deliveries, client, quota)
    }

    /// Takes a delivery back whose signature was right.
    pub fn give_delivery_back(&self, client: Client) {
        self.deliveries.read_mut(&client, Usage::give_back);
    }

    /// Counts a request that works on a tenant.
    pub fn charge_tenant(&self, tenant: TenantNumber, quota: &Quota) -> Standing {
        self.count(&self.tenants, tenant, quota)
    }

    /// Counts a request that presents a token.
    pub fn charge_token(&self, token: &TokenId, quota: &Quota) -> Standing {
        self.count(&self.tokens, token.clone(), quota)
    }

    /// Returns the clients whose requests are refused now, each with for how long still, in no order.
    pub fn clients_over(&self, quota: &Quota) -> Vec<(Client, Duration)> {
        let now = self.clock.now();
        self.clients.collect(|client, usage| Some((*client, usage.refuses_for(quota, now)?)))
    }

    /// Returns for how long a tenant's requests are still refused.
    pub fn tenant_over(&self, tenant: TenantNumber, quota: &Quota) -> Option<Duration> {
        let now = self.clock.now();
        self.tenants.read(&tenant, |usage| usage.refuses_for(quota, now)).flatten()
    }

    /// Returns for how long a token's requests are still refused.
    pub fn token_over(&self, token: &TokenId, quota: &Quota) -> Option<Duration> {
        let now = self.clock.now();
        self.tokens.read(token, |usage| usage.refuses_for(quota, now)).flatten()
    }

    /// Counts a request. Whoever used up most is forgotten last.
    fn count<K: Hash + Eq + Clone>(&self, usages: &Bounded<K, Usage>, who: K, quota: &Quota) -> Standing {
        let now = self.clock.now();
        let worth = |usage: &Usage| if usage.is_over(quota, now) { 0 } else { u64::from(usage.count()) };
        usages.change(who, || Usage::begin(now), worth, |usage| usage.charge(quota, now))
    }
}

/// One limit.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Limit")]
pub struct Bound {
    /// What it limits, for people.
    pub what: &'static str,
    /// The setting that says it.
    pub setting: &'static str,
    /// How much is used now; null where every client has its own.
    pub used: Option<u64>,
    /// The most.
    pub max: u64,
    /// In how much time; null: at once.
    #[serde(rename = "window_seconds", serialize_with = "optional_seconds")]
    #[schemars(with = "Option<u64>")]
    pub window: Option<Duration>,
}

/// A client, tenant or token that is over its limit and refused for a while.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Over {
    /// `address`, `tenant` or `token`.
    pub scope: LimitScope,
    /// The address, the tenant, or the token's id and its tenant.
    pub who: String,
    /// Such as `100/1m`.
    #[serde(rename = "limit")]
    pub quota: Quota,
    /// For how many seconds requests are still refused.
    #[serde(rename = "left_seconds", serialize_with = "seconds")]
    #[schemars(with = "u64")]
    pub left: Duration,
}

/// The limits in force, and whom they refuse.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Limits")]
pub struct Pressure {
    /// Every limit.
    #[serde(rename = "limits")]
    pub bounds: Vec<Bound>,
    /// Which requests the limit by address counts: `unauthenticated` or `all`.
    #[serde(rename = "rate_limit_applies")]
    pub applies: Applies,
    /// Events in the journal that are not in the database yet; nothing limits them but the journal's size.
    #[serde(rename = "unapplied_events")]
    pub unapplied: u64,
    /// What was refused, by what refused it.
    pub limited: Vec<Limited>,
    /// Who is over a limit now: those who are refused longest, at most fifty.
    pub over: Vec<Over>,
    /// How many are over a limit in all.
    pub over_total: usize,
}

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn optional_seconds<S: Serializer>(window: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    window.map(|window| window.as_secs()).serialize(serializer)
}

fn seconds<S: Serializer>(left: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(left.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rate::Verdict;
    use crate::domain::time::Timestamp;
    use crate::platform::clock::ManualClock;
    use std::net::{IpAddr, Ipv4Addr};

    fn client(number: u32) -> Client {
        Client::of(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number)))
    }

    fn limit() -> RateLimit {
        RateLimit::new(Arc::new(ManualClock::new(Timestamp::from_micros(1_000_000))))
    }

    #[test]
    fn a_crowd_frees_nobody_who_used_up_the_quota() {
        let (limit, quota) = (limit(), Quota { max: 3, window: Duration::from_mins(1) });
        for _ in 0..4 {
            limit.charge(client(0), &quota);
        }
        for other in 1..150_000 {
            assert_eq!(limit.charge(client(other), &quota).verdict, Verdict::Within);
        }
        assert_eq!(limit.charge(client(0), &quota).verdict, Verdict::Exceeded);
    }

    #[test]
    fn who_is_refused_is_told_and_who_has_just_used_up_the_quota_is_not() {
        let (limit, quota) = (limit(), Quota { max: 3, window: Duration::from_mins(1) });
        for (number, requests) in [(1, 2), (2, 3), (3, 4)] {
            for _ in 0..requests {
                limit.charge(client(number), &quota);
                limit.charge_tenant(TenantNumber(number), &quota);
            }
        }
        assert_eq!(limit.clients_over(&quota), [(client(3), Duration::from_mins(1))]);
        let over = [1, 2, 3].map(|number| limit.tenant_over(TenantNumber(number), &quota).is_some());
        assert_eq!(over, [false, false, true]);
    }

    #[test]
    fn a_changed_quota_counts_on_with_what_was_used() {
        let (limit, minute) = (limit(), Duration::from_mins(1));
        for _ in 0..5 {
            limit.charge_tenant(TenantNumber(7), &Quota { max: 9, window: minute });
        }
        let lowered = Quota { max: 3, window: minute };
        assert_eq!(limit.charge_tenant(TenantNumber(7), &lowered).verdict, Verdict::Exceeded);
        assert_eq!(limit.charge_tenant(TenantNumber(8), &lowered).verdict, Verdict::Within);
        let raised = Quota { max: 6, window: minute };
        assert_eq!(limit.charge_tenant(TenantNumber(7), &raised).verdict, Verdict::Within);
    }
}
