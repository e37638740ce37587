//! Rows of operators.

use crate::crypto::digest::Digest;
use crate::domain::operator::{Operator, Role};
use crate::domain::sealed::Sealed;
use crate::domain::time::Timestamp;
use crate::domain::totp::Totp;
use crate::store::rows::hex::Hex;
use crate::store::rows::stored::{Stored, from_json, to_json};
use crate::store::tables::{OPERATORS, RowTable};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct OperatorRow {
    name: String,
    role: Role,
    password_hash: String,
    #[serde(default)]
    totp: Option<TotpRow>,
    created_at: Timestamp,
    #[serde(default)]
    requests: Vec<Hex>,
}

/// A second factor in an operator's row.
#[derive(Serialize, Deserialize)]
struct TotpRow {
    secret: Sealed,
    last_step: u64,
    recovery: Vec<Hex>,
}

impl Stored for Operator {
    const TABLE: RowTable = OPERATORS;

    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        &self.name
    }

    fn encode(&self) -> Vec<u8> {
        let Self { name, role, password_hash, totp, created_at, requests } = self.clone();
        let totp = totp.map(|Totp { secret, last_step, recovery }| TotpRow {
            secret,
            last_step,
            recovery: hexes(recovery),
        });
        to_json(&OperatorRow { name, role, password_hash, totp, created_at, requests: hexes(requests) })
    }

    fn decode(_key: &[u8], value: &[u8]) -> Option<Self> {
        let OperatorRow { name, role, password_hash, totp, created_at, requests } = from_json(value)?;
        let totp = totp.map(|TotpRow { secret, last_step, recovery }| Totp {
            secret,
            last_step,
            recovery: digests(recovery),
        });
        Some(Self { name, role, password_hash, totp, created_at, requests: digests(requests) })
    }
}

fn hexes(digests: Vec<Digest>) -> Vec<Hex> {
    digests.into_iter().map(Hex).collect()
}

fn digests(hexes: Vec<Hex>) -> Vec<Digest> {
    hexes.into_iter().map(|Hex(digest)| digest).collect()
}
