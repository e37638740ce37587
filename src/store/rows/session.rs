//! Rows of operators' sessions and one-time links.

use crate::crypto::digest::Digest;
use crate::domain::link::Link;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::store::rows::hex::Hex;
use crate::store::rows::stored::{Stored, from_json, to_json};
use crate::store::tables::{LINKS, RowTable, SESSIONS};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct SessionRow {
    digest: Hex,
    operator: String,
    began_at: Timestamp,
    seen_at: Timestamp,
    address: String,
    agent: String,
}

impl Stored for Session {
    const TABLE: RowTable = SESSIONS;

    type Key<'a> = &'a Digest;

    fn key(&self) -> &Digest {
        &self.digest
    }

    fn encode(&self) -> Vec<u8> {
        let Self { digest, operator, began_at, seen_at, address, agent } = self.clone();
        to_json(&SessionRow { digest: Hex(digest), operator, began_at, seen_at, address, agent })
    }

    fn decode(_key: &[u8], value: &[u8]) -> Option<Self> {
        let SessionRow { digest: Hex(digest), operator, began_at, seen_at, address, agent } =
            from_json(value)?;
        Some(Self { digest, operator, began_at, seen_at, address, agent })
    }
}

/// The one-time link for a purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurposeLink {
    /// What it is for.
    pub purpose: String,
    /// What is kept of it.
    pub link: Link,
}

#[derive(Serialize, Deserialize)]
struct LinkRow {
    digest: Hex,
    expires_at: Timestamp,
}

impl Stored for PurposeLink {
    const TABLE: RowTable = LINKS;

    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        &self.purpose
    }

    fn encode(&self) -> Vec<u8> {
        let Link { digest, expires_at } = self.link;
        to_json(&LinkRow { digest: Hex(digest), expires_at })
    }

    fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let LinkRow { digest: Hex(digest), expires_at } = from_json(value)?;
        let purpose = String::from_utf8(key.to_vec()).ok()?;
        Some(Self { purpose, link: Link { digest, expires_at } })
    }
}
