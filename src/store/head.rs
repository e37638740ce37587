//! The head row: how far the ledger has come. Written with every apply.
//!
//! | size | content |
//! |---|---|
//! | 1 | layout version, 1 |
//! | 8 | number of the last journal entry applied |
//! | 8 | `received_at` of the last event, microseconds |
//! | 8 | bytes of all payloads |
//! | rest | the Merkle frontier: tree size (8), roots of the complete subtrees (32 each) |

use crate::domain::merkle::Frontier;
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;

const VERSION: u8 = 1;

/// How far the ledger has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Number of the last journal entry applied.
    pub last_entry: u64,
    /// When the last event was taken in.
    pub last_received_at: Timestamp,
    /// Bytes of all payloads.
    pub payload_bytes: u64,
    /// The tree over all events.
    pub frontier: Frontier,
}

impl Head {
    /// Returns the last event's sequence number, 0 before the first.
    pub fn last_seq(&self) -> u64 {
        self.frontier.size()
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.last_entry.to_be_bytes());
        bytes.extend(self.last_received_at.as_micros().to_be_bytes());
        bytes.extend(self.payload_bytes.to_be_bytes());
        bytes.extend(self.frontier.to_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        Self::read(bytes).ok_or_else(|| StoreError::corrupt("the row", "head"))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (last_entry, rest) = rest.split_first_chunk::<8>()?;
        let (last_received_at, rest) = rest.split_first_chunk::<8>()?;
        let (payload_bytes, rest) = rest.split_first_chunk::<8>()?;
        (*version == VERSION).then_some(())?;
        Some(Self {
            last_entry: u64::from_be_bytes(*last_entry),
            last_received_at: Timestamp::from_micros(u64::from_be_bytes(*last_received_at)),
            payload_bytes: u64::from_be_bytes(*payload_bytes),
            frontier: Frontier::from_bytes(rest)?,
        })
    }
}
