//! Who is kept out: clients that failed too often to prove who they are, and networks that the operator named.
//!
//! A client that presents bad tokens is kept out altogether. One whose signatures are bad is kept from that source
//! alone, because providers deliver for all their customers from the same addresses. Loopback is never kept out.

use crate::domain::ban::{BANS_MAX, Ban, BanError, check_reason, parse_banned, parse_network};
use crate::domain::client::Client;
use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::offence::Block;
use crate::domain::source::Source;
use crate::domain::time::parse_duration;
use crate::platform::clock::Clock;
use crate::services::audit::{self, Actor};
use crate::services::limits::blocked::{BlockEntry, Blocked, BlockedPage, Decided, Sought};
use crate::services::limits::offenders::Offenders;
use crate::services::refusal::{Refusal, RefusalExt};
use crate::services::request::{Request, carry_out};
use crate::store::handle::Store;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// What somebody is told to wait whose network is kept out until the operator lifts it.
const LASTING: Duration = Duration::from_hours(24);

/// A client, and the source that it delivers to.
type Offender = (Client, Option<(TenantNumber, Slug)>);

/// Knows who is kept out. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blocks {
    store: Store,
    clock: Arc<dyn Clock>,
    clients: Arc<Offenders<Offender>>,
    deliveries: Arc<Offenders<Offender>>,
}

/// Who is to be kept out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBlock {
    /// An IP address or a network.
    pub network: String,
    /// Why, for people.
    pub reason: Option<String>,
    /// How long, such as `7d`; until it is lifted without.
    #[serde(rename = "for")]
    pub time: Option<String>,
}

impl NewBlock {
    fn time(&self) -> Result<Option<Duration>, Refusal> {
        let refused = |reason: &str| Refusal::field_unacceptable("for", format!("for: {reason}"));
        let time = self.time.as_deref().map(parse_duration).transpose();
        match time.map_err(|error| refused(&error.to_string()))? {
            Some(short) if short < Duration::from_secs(1) => {
                Err(refused("less than a second; hint: write 1s or more"))
            }
            time => Ok(time),
        }
    }
}

impl Blocks {
    /// Stands on the store, where the operator's bans are.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, clients: Arc::default(), deliveries: Arc::default() }
    }

    /// Returns for how long the operator keeps an address out.
    pub fn banned(&self, address: IpAddr) -> Option<Duration> {
        let catalog = self.store.catalog_now();
        if catalog.bans().is_empty() || address.to_canonical().is_loopback() {
            return None;
        }
        let now = self.clock.now();
        let ban = catalog.bans().holding(address, now)?;
        Some(ban.until.map_or(LASTING, |until| until.duration_since(now)))
    }

    /// Returns for how long a client is kept out because of bad tokens.
    pub fn blocked(&self, client: Client) -> Option<Duration> {
        self.blocked_in(&self.clients, || (client, None))
    }

    /// Returns for how long a client is kept from a source because of bad signatures.
    pub fn blocked_from(&self, client: Client, source: &Source) -> Option<Duration> {
        self.blocked_in(&self.deliveries, || (client, Some((source.tenant, source.name.clone()))))
    }

    fn blocked_in(
        &self,
        offenders: &Offenders<Offender>,
        who: impl FnOnce() -> Offender,
    ) -> Option<Duration> {
        if offenders.is_empty() {
            return None;
        }
        offenders.blocked(&who(), self.clock.now())
    }

    /// Notes that a client presented a token that is none; returns the block that this brought.
    pub fn note_bad_token(&self, client: Client) -> Option<Block> {
        self.note(&self.clients, (client, None))
    }

    /// Notes that a client sent a source a bad signature; returns the block that this brought.
    pub fn note_bad_signature(&self, client: Client, source: &Source) -> Option<Block> {
        self.note(&self.deliveries, (client, Some((source.tenant, source.name.clone()))))
    }

    fn note(&self, offenders: &Offenders<Offender>, who: Offender) -> Option<Block> {
        if who.0.is_loopback() { None } else { offenders.note_failure(who, self.clock.now()) }
    }

    /// Returns everybody who is kept out now, by network.
    pub fn list(&self) -> Vec<Blocked> {
        self.page(&Sought::All, 0, usize::MAX).blocked
    }

    /// Returns some of those who are kept out now and whom somebody looks for, by network, from one place on. There may
    /// be tens of thousands: only those that are returned are made into texts.
    pub fn page(&self, sought: &Sought, from: usize, most: usize) -> BlockedPage {
        let (now, catalog) = (self.clock.now(), self.store.catalog());
        let bans = catalog.bans().iter().filter(|ban| ban.holds(now));
        let bans = bans.map(|ban| BlockEntry {
            network: ban.network,
            source: None,
            by: Decided::Ban(Arc::clone(ban)),
        });
        let network = |client: Client| {
            IpNet::new(client.address(), client.bits()).expect("a client has no more bits than an address")
        };
        let blocks = self.offenders().into_iter().flat_map(|offenders| {
            offenders.holding(now, |(client, source), block| BlockEntry {
                network: network(*client),
                source: source.clone(),
                by: Decided::Block(*block),
            })
        });
        let slug = |tenant: TenantNumber| catalog.tenant(tenant).map_or("?", |tenant| tenant.slug.as_str());
        let mut entry: Vec<_> = bans.chain(blocks).filter(|entry| sought.takes(entry, slug)).collect();
        entry.sort_unstable_by(|one, other| one.place().cmp(&other.place()));
        let total = entry.len();
        let blocked = entry.iter().skip(from).take(most).map(|entry| entry.told(slug)).collect();
        BlockedPage { blocked, total }
    }

    /// Keeps a network out, for a time or until it is lifted; a ban of the same network gives way. Those that have
    /// ended are forgotten.
    pub async fn ban(&self, request: impl Into<Request>, new: NewBlock) -> Result<Blocked, Refusal> {
        let time = new.time()?;
        let network = parse_banned(&new.network).map_err(unacceptable).at("network")?;
        let reason = new.reason;
        reason.as_deref().map(check_reason).transpose()?;
        carry_out(&self.store, request, move |actor, catalog, now| {
            let bans = catalog.bans();
            let ended: Vec<_> = bans.iter().filter(|ban| !ban.holds(now)).collect();
            if bans.of(&network).is_none() && bans.iter().count() - ended.len() >= BANS_MAX {
                return Err(Refusal::TooMany { what: "blocks", most: BANS_MAX });
            }
            let until = time.map(|time| now.saturating_add(time));
            let ban = Ban { network, reason, since: now, until };
            let details = json!({ "reason": ban.reason, "until": ban.until });
            let effects = audit::record(actor, "block.added", &network.to_string(), &details);
            let effects = ended.iter().fold(effects, |rows, ban| rows.delete::<Ban>(&ban.network));
            let blocked = Blocked::from(&ban);
            Ok((effects.put(&ban).made(blocked.place()), blocked))
        })
        .await
    }

    /// Lets a network in again: lifts the operator's ban of exactly this network and every block of the appliance on
    /// clients in it. Returns how many there were.
    pub async fn lift(&self, actor: Actor, network: &str) -> Result<usize, Refusal> {
        let named = network.to_owned();
        let network = parse_network(network).map_err(unacceptable).at("network")?;
        let (now, holds) = (self.clock.now(), |(client, _): &Offender| contains(&network, *client));
        let automatic: usize = self.offenders().map(|offenders| offenders.lift(now, holds)).iter().sum();
        carry_out(&self.store, actor, move |actor, catalog, now| {
            let ban = catalog.bans().of(&network);
            let lifted = automatic + usize::from(ban.is_some_and(|ban| ban.holds(now)));
            if lifted == 0 {
                return Err(Refusal::not_found("block of", &named));
            }
            let former =
                ban.map(|ban| json!({ "reason": ban.reason, "until": ban.until, "since": ban.since }));
            let details = json!({ "count": lifted, "before": former, "after": null });
            let effects = audit::record(actor, "block.lifted", &network.to_string(), &details);
            Ok((if ban.is_some() { effects.delete::<Ban>(&network) } else { effects }, lifted))
        })
        .await
    }

    fn offenders(&self) -> [&Offenders<Offender>; 2] {
        [&self.clients, &self.deliveries]
    }
}

fn unacceptable(error: BanError) -> Refusal {
    Refusal::Unacceptable(error.to_string())
}

/// Tells whether a client stands in a network. Of IPv6 a client is a whole /64: a network within it is the client's.
fn contains(network: &IpNet, client: Client) -> bool {
    network.contains(&client.address()) || Client::of(network.addr()) == client
}
