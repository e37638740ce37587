//! Rows of counters and settings.

use crate::store::rows::stored::{Stored, from_number};
use crate::store::tables::{COUNTERS, RowTable, SETTINGS};

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

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
