//! Rows of one value: counters, settings, when a token was last used, one-time links.

use crate::domain::ids::TokenId;
use crate::domain::session::Link;
use crate::domain::time::Timestamp;
use crate::store::rows::stored::{Stored, from_json, from_number, to_json};
use crate::store::tables::{COUNTERS, LINKS, RowTable, SETTINGS, TOKEN_USES};

/// A lasting counter of the appliance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: u64,
}

impl Counter {
    /// Returns a counter with a value.
    pub fn new(name: &str, value: u64) -> Self {
        Self { name: name.to_owned(), value }
    }
}

impl Stored for Counter {
    const TABLE: RowTable = COUNTERS;

    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        &self.name
    }

    fn encode(&self) -> Vec<u8> {
        self.value.to_be_bytes().to_vec()
    }

    fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        Some(Self { name: text(key), value: from_number(value)? })
    }
}

/// A value set at the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Which setting, such as `limits.rate_limit_max`.
    pub key: String,
    /// Its value as text.
    pub value: String,
}

impl Setting {
    /// Returns a setting with a value.
    pub fn new(key: &str, value: &str) -> Self {
        Self { key: key.to_owned(), value: value.to_owned() }
    }
}

impl Stored for Setting {
    const TABLE: RowTable = SETTINGS;

    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        &self.key
    }

    fn encode(&self) -> Vec<u8> {
        self.value.clone().into_bytes()
    }

    fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        Some(Self { key: text(key), value: text(value) })
    }
}

/// When a request last used a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenUse {
    /// Id of the token.
    pub id: TokenId,
    /// When it was, to the minute.
    pub at: Timestamp,
}

impl Stored for TokenUse {
    const TABLE: RowTable = TOKEN_USES;

    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        self.id.as_str()
    }

    fn encode(&self) -> Vec<u8> {
        self.at.as_micros().to_be_bytes().to_vec()
    }

    fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let id = TokenId::parse(str::from_utf8(key).ok()?).ok()?;
        Some(Self { id, at: Timestamp::from_micros(from_number(value)?) })
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

impl Stored for PurposeLink {
    const TABLE: RowTable = LINKS;

    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        &self.purpose
    }

    fn encode(&self) -> Vec<u8> {
        to_json(&self.link)
    }

    fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        Some(Self { purpose: String::from_utf8(key.to_vec()).ok()?, link: from_json(value)? })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
