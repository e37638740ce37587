//! Rows of bans.

use crate::domain::ban::Ban;
use crate::domain::time::Timestamp;
use crate::store::rows::stored::{RowKey, Stored, from_json, to_json};
use crate::store::tables::{BANS, RowTable};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct BanRow {
    network: String,
    reason: Option<String>,
    since: Timestamp,
    until: Option<Timestamp>,
}

impl RowKey for &IpNet {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl Stored for Ban {
    const TABLE: RowTable = BANS;

    type Key<'a> = &'a IpNet;

    fn key(&self) -> &IpNet {
        &self.network
    }

    fn encode(&self) -> Vec<u8> {
        let Self { network, reason, since, until } = self.clone();
        to_json(&BanRow { network: network.to_string(), reason, since, until })
    }

    fn decode(_key: &[u8], value: &[u8]) -> Option<Self> {
        let BanRow { network, reason, since, until } = from_json(value)?;
        Some(Self { network: network.parse().ok()?, reason, since, until })
    }
}
