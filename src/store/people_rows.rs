//! Stored rows of operators, their sessions and the link for the first of them: JSON with fields that may only be added
//! to.

use crate::crypto::digest::Digest;
use crate::domain::link::Link;
use crate::domain::operator::{Operator, Role};
use crate::domain::sealed::Sealed;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::totp::Totp;
use crate::store::rows::hex;
use serde::{Deserialize, Serialize};

/// An operator's row.
#[derive(Serialize, Deserialize)]
pub(super) struct OperatorRow {
    name: String,
    role: Role,
    password_hash: String,
    #[serde(default)]
    totp: Option<TotpRow>,
    created_at: Timestamp,
    #[serde(default)]
    requests: Vec<DigestRow>,
}

/// A second factor in an operator's row.
#[derive(Serialize, Deserialize)]
struct TotpRow {
    secret: Sealed,
    last_step: u64,
    recovery: Vec<DigestRow>,
}

/// A digest in a list.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct DigestRow(#[serde(with = "hex")] Digest);

impl From<&Operator> for OperatorRow {
    fn from(operator: &Operator) -> Self {
        let Operator { name, role, password_hash, totp, created_at, requests } = operator.clone();
        let totp = totp.map(|Totp { secret, last_step, recovery }| TotpRow {
            secret,
            last_step,
            recovery: recovery.into_iter().map(DigestRow).collect(),
        });
        let requests = requests.into_iter().map(DigestRow).collect();
        Self { name, role, password_hash, totp, created_at, requests }
    }
}

impl From<OperatorRow> for Operator {
    fn from(row: OperatorRow) -> Self {
        let OperatorRow { name, role, password_hash, totp, created_at, requests } = row;
        let totp = totp.map(|TotpRow { secret, last_step, recovery }| Totp {
            secret,
            last_step,
            recovery: recovery.into_iter().map(|DigestRow(digest)| digest).collect(),
        });
        let requests = requests.into_iter().map(|DigestRow(digest)| digest).collect();
        Self { name, role, password_hash, totp, created_at, requests }
    }
}

/// A session's row.
#[derive(Serialize, Deserialize)]
pub(super) struct SessionRow {
    #[serde(with = "hex")]
    digest: Digest,
    operator: String,
    began_at: Timestamp,
    seen_at: Timestamp,
    address: String,
    agent: String,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        let Session { digest, operator, began_at, seen_at, address, agent } = session.clone();
        Self { digest, operator, began_at, seen_at, address, agent }
    }
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        let SessionRow { digest, operator, began_at, seen_at, address, agent } = row;
        Self { digest, operator, began_at, seen_at, address, agent }
    }
}

/// A one-time link's row.
#[derive(Serialize, Deserialize)]
pub(super) struct LinkRow {
    #[serde(with = "hex")]
    digest: Digest,
    expires_at: Timestamp,
}

impl From<&Link> for LinkRow {
    fn from(link: &Link) -> Self {
        Self { digest: link.digest, expires_at: link.expires_at }
    }
}

impl From<LinkRow> for Link {
    fn from(row: LinkRow) -> Self {
        Self { digest: row.digest, expires_at: row.expires_at }
    }
}
