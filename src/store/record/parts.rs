//! Reading a record's parts.

use crate::domain::leaf::{LEAF_LEN, Leaf, SALT_LEN, Salt};
use crate::store::error::StoreError;

/// The layout's version.
pub(super) const VERSION: u8 = 1;

/// Where the leaf begins.
pub(super) const LEAF_OFFSET: usize = 2;

/// Bytes before the attributes.
pub(super) const FIXED_LEN: usize = LEAF_OFFSET + LEAF_LEN + 2 * SALT_LEN + 2;

/// Largest payload kept behind the attributes in the database.
pub const INLINE_PAYLOAD_MAX: usize = 1_024;

/// Where a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Behind the attributes.
    Inline,
    /// In table `payloads`.
    Rows,
}

impl Placement {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Inline => 0,
            Self::Rows => 1,
        }
    }
}

/// A record's parts, borrowed from its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The leaf's bytes.
    pub leaf_bytes: &'a [u8; LEAF_LEN],
    /// Salt of the attributes.
    pub attributes_salt: &'a Salt,
    /// Salt of the payload.
    pub payload_salt: &'a Salt,
    /// The attributes' bytes.
    pub attributes: &'a [u8],
    /// Where the payload is.
    pub placement: Placement,
    /// The payload, if it is here.
    pub payload: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Reads a record; `seq` names it in the error.
    pub fn parse(seq: u64, bytes: &'a [u8]) -> Result<Self, StoreError> {
        Self::split(bytes).ok_or_else(|| StoreError::corrupt("event", seq))
    }

    fn split(bytes: &'a [u8]) -> Option<Self> {
        let ([version, placement], rest) = bytes.split_first_chunk::<LEAF_OFFSET>()?;
        let placement = match (*version, *placement) {
            (VERSION, 0) => Placement::Inline,
            (VERSION, 1) => Placement::Rows,
            _ => return None,
        };
        let (leaf_bytes, rest) = rest.split_first_chunk::<LEAF_LEN>()?;
        let (attributes_salt, rest) = rest.split_first_chunk::<SALT_LEN>()?;
        let (payload_salt, rest) = rest.split_first_chunk::<SALT_LEN>()?;
        let (len, rest) = rest.split_first_chunk::<2>()?;
        let (attributes, payload) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        Some(Self { leaf_bytes, attributes_salt, payload_salt, attributes, placement, payload })
    }

    /// Returns the leaf.
    pub fn leaf(&self) -> Leaf {
        Leaf::from_bytes(self.leaf_bytes)
    }
}

/// Returns the bytes of a record with its payload moved elsewhere; the payload's own bytes stay in `record`.
pub fn without_payload(seq: u64, record: &[u8]) -> Result<Vec<u8>, StoreError> {
    let parts = Parts::parse(seq, record)?;
    let header_len = FIXED_LEN + parts.attributes.len();
    let mut header = record.get(..header_len).unwrap_or_default().to_vec();
    if let Some(placement) = header.get_mut(1) {
        *placement = Placement::Rows.code();
    }
    Ok(header)
}
