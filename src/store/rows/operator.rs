//! Rows of operators.

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
        let Self { name, role, password_hash, totp, created_at } = self.clone();
        let totp = totp.map(|Totp { secret, last_step, recovery }| TotpRow {
            secret,
            last_step,
            recovery: recovery.into_iter().map(Hex).collect(),
        });
        to_json(&OperatorRow { name, role, password_hash, totp, created_at })
    }

    fn decode(_key: &[u8], value: &[u8]) -> Option<Self> {
        let OperatorRow { name, role, password_hash, totp, created_at } = from_json(value)?;
        let totp = totp.map(|TotpRow { secret, last_step, recovery }| Totp {
            secret,
            last_step,
            recovery: recovery.into_iter().map(|Hex(digest)| digest).collect(),
        });
        Some(Self { name, role, password_hash, totp, created_at })
    }
}
