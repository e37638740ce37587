//! Who is kept out, as JSON.

use crate::domain::time::Timestamp;
use crate::services::limits::{Blocked, By};
use serde::{Deserialize, Serialize};

/// Somebody who is kept out.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Blocked")]
pub struct BlockedJson<'a> {
    network: &'a str,
    /// `TENANT/SOURCE` that it is kept from; null: it is kept out altogether.
    source: Option<String>,
    /// `appliance` or `operator`.
    by: &'static str,
    reason: Option<&'a str>,
    since: Timestamp,
    /// Null: it stays until it is lifted.
    until: Option<Timestamp>,
    /// How many blocks there have been in a row, this one among them.
    times: u32,
}

impl<'a> From<&'a Blocked> for BlockedJson<'a> {
    fn from(blocked: &'a Blocked) -> Self {
        Self {
            network: &blocked.network,
            source: blocked.source.as_ref().map(|(tenant, source)| format!("{tenant}/{source}")),
            by: match blocked.by {
                By::Appliance => "appliance",
                By::Operator => "operator",
            },
            reason: blocked.reason.as_deref(),
            since: blocked.since,
            until: blocked.until,
            times: blocked.times,
        }
    }
}

/// Everybody who is kept out.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Blocks")]
pub(crate) struct BlocksJson<'a> {
    pub(crate) blocks: Vec<BlockedJson<'a>>,
    /// How many are kept out of those that were looked for, on this page or another.
    pub(crate) total: usize,
}

/// Who is to be kept out.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewBlock")]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBlockJson {
    pub(crate) network: String,
    pub(crate) reason: Option<String>,
    /// How long, such as `7d`; until it is lifted without.
    #[serde(rename = "for")]
    pub(crate) time: Option<String>,
}

/// Who was let in again.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Lifted")]
pub(crate) struct LiftedJson<'a> {
    pub(crate) network: &'a str,
    /// How many blocks there were.
    pub(crate) lifted: usize,
}
