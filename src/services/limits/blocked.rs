//! Who is kept out, and finding them among many: blocks are looked through as small values, of which few become texts.

use crate::domain::ban::Ban;
use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::offence::Block;
use crate::domain::time::Timestamp;
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// A blocked network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The address or network.
    pub network: String,
    /// Slug of the tenant and name of the source it is kept from; none: it is kept out altogether.
    pub source: Option<(String, String)>,
    /// Who decided it.
    pub by: By,
    /// Why.
    pub reason: Option<String>,
    /// When it began.
    pub since: Timestamp,
    /// When it ends; none: it stays until it is lifted.
    pub until: Option<Timestamp>,
    /// How many blocks there have been in a row, this one among them: each lasts longer than the one before.
    pub times: u32,
}

impl Blocked {
    /// Returns its place among what is managed.
    pub fn place(&self) -> String {
        format!("blocks?network={}", self.network)
    }
}

/// Some of those who are kept out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedPage {
    /// In the order of their networks.
    pub blocked: Vec<Blocked>,
    /// How many there are in all.
    pub total: usize,
}

/// Who decided that somebody is kept out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The appliance, after too many failures. It ends with a restart.
    Appliance,
    /// The operator.
    Operator,
}

/// Whom somebody looks for among those who are kept out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// Everybody.
    All,
    /// Those whose network holds this one or stands in it.
    Network(IpNet),
    /// Those in whose network, reason or source this text stands, in small letters.
    Text(String),
}

impl Sought {
    /// Reads what was typed: an address or a network is looked for as such.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let address = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        match address.or_else(|_error| text.parse::<IpNet>()) {
            Ok(network) => Self::Network(network),
            Err(_error) if text.is_empty() => Self::All,
            Err(_error) => Self::Text(text.to_lowercase()),
        }
    }

    /// Tells whether somebody who is kept out is looked for; `slug` names tenants.
    pub(super) fn takes<'a>(&self, entry: &BlockEntry, slug: impl Fn(TenantNumber) -> &'a str) -> bool {
        match self {
            Self::All => true,
            Self::Network(wanted) => wanted.contains(&entry.network) || entry.network.contains(wanted),
            Self::Text(wanted) => {
                let holds = |text: &str| text.to_lowercase().contains(wanted);
                let source = entry.source.as_ref();
                entry.reason().is_some_and(holds)
                    || source.is_some_and(|(tenant, name)| holds(&format!("{}/{name}", slug(*tenant))))
                    || shown(&entry.network).contains(wanted)
            }
        }
    }
}

/// Who decided it, and for how long.
#[derive(Debug)]
pub(super) enum Decided {
    Ban(Arc<Ban>),
    Block(Block),
}

/// A blocked network.
#[derive(Debug)]
pub(super) struct BlockEntry {
    pub(super) network: IpNet,
    pub(super) source: Option<(TenantNumber, Slug)>,
    pub(super) by: Decided,
}

impl BlockEntry {
    /// Returns where it stands in a list: bans before blocks of the same network.
    pub(super) fn place(&self) -> impl Ord {
        (self.network, matches!(self.by, Decided::Block(_)), self.source.as_ref())
    }

    fn reason(&self) -> Option<&str> {
        match &self.by {
            Decided::Ban(ban) => ban.reason.as_deref(),
            Decided::Block(_) if self.source.is_some() => Some("bad signatures"),
            Decided::Block(_) => Some("bad tokens"),
        }
    }

    /// Writes it down; `slug` names tenants.
    pub(super) fn told<'a>(&self, slug: impl Fn(TenantNumber) -> &'a str) -> Blocked {
        match &self.by {
            Decided::Ban(ban) => Blocked::from(&**ban),
            Decided::Block(Block { since, until, count }) => Blocked {
                network: shown(&self.network),
                source: self
                    .source
                    .as_ref()
                    .map(|(tenant, name)| (slug(*tenant).to_owned(), name.to_string())),
                by: By::Appliance,
                reason: self.reason().map(str::to_owned),
                since: *since,
                until: Some(*until),
                times: *count,
            },
        }
    }
}

/// Writes a network; a single address without its length.
fn shown(network: &IpNet) -> String {
    let full = network.prefix_len() == network.max_prefix_len();
    if full { network.addr().to_string() } else { network.to_string() }
}

impl From<&Ban> for Blocked {
    fn from(ban: &Ban) -> Self {
        let network = shown(&ban.network);
        let (reason, since, until) = (ban.reason.clone(), ban.since, ban.until);
        Self { network, source: None, by: By::Operator, reason, since, until, times: 1 }
    }
}
