//! What a stored type names: its table, its key and how its row is written and read.

use crate::crypto::digest::Digest;
use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use crate::store::tables::RowTable;
use ipnet::IpNet;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A type with a row table of its own.
pub trait Stored: Sized {
    /// The table.
    const TABLE: RowTable;

    /// What finds a row.
    type Key<'a>: RowKey
    where
        Self: 'a;

    /// Returns what finds this row.
    fn key(&self) -> Self::Key<'_>;

    /// Writes the row's value.
    fn encode(&self) -> Vec<u8>;

    /// Reads a row; none if it is not one.
    fn decode(key: &[u8], value: &[u8]) -> Option<Self>;
}

/// A type that is its own row, as JSON: what its members are called and how they are written never changes.
pub trait JsonRow: Serialize + DeserializeOwned {
    /// The table.
    const TABLE: RowTable;

    /// What finds a row.
    type Key<'a>: RowKey
    where
        Self: 'a;

    /// Returns what finds this row.
    fn key(&self) -> Self::Key<'_>;
}

impl<T: JsonRow> Stored for T {
    const TABLE: RowTable = <T as JsonRow>::TABLE;

    type Key<'a>
        = <T as JsonRow>::Key<'a>
    where
        T: 'a;

    fn key(&self) -> <T as JsonRow>::Key<'_> {
        JsonRow::key(self)
    }

    fn encode(&self) -> Vec<u8> {
        to_json(self)
    }

    fn decode(_key: &[u8], value: &[u8]) -> Option<Self> {
        from_json(value)
    }
}

/// What finds a row of a table, as the bytes of the row's key.
pub trait RowKey {
    /// Returns the row's key.
    fn to_bytes(&self) -> Vec<u8>;
}

impl RowKey for &str {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

impl RowKey for &Digest {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_vec()
    }
}

impl RowKey for TenantNumber {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }
}

impl RowKey for &IpNet {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

/// What has its name within a tenant.
impl RowKey for (TenantNumber, &Slug) {
    fn to_bytes(&self) -> Vec<u8> {
        [&self.0.0.to_be_bytes(), self.1.as_str().as_bytes()].concat()
    }
}

/// Name of a job and when it began.
impl RowKey for (&str, Timestamp) {
    fn to_bytes(&self) -> Vec<u8> {
        [self.0.as_bytes(), &[0], &self.1.as_micros().to_be_bytes()].concat()
    }
}

/// Reads a row; one that is not of the type is corrupt.
pub(in crate::store) fn decode<T: Stored>(key: &[u8], value: &[u8]) -> Result<T, StoreError> {
    T::decode(key, value).ok_or_else(|| StoreError::corrupt(T::TABLE.row, key.escape_ascii()))
}

/// Writes a value as JSON.
pub(in crate::store) fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("rows are plain structures with text keys")
}

/// Reads a value from JSON; none if it is not one.
pub(in crate::store) fn from_json<Row: DeserializeOwned>(bytes: &[u8]) -> Option<Row> {
    serde_json::from_slice(bytes).ok()
}

/// Reads a number of eight bytes; none if it is not one.
pub(super) fn from_number(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().map(u64::from_be_bytes).ok()
}
