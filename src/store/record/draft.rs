//! A record that is not numbered yet.

use crate::domain::event::{ATTRIBUTES_LEN_MAX, KeyWindow, NewEvent};
use crate::domain::idempotency::KeyHash;
use crate::domain::ids::{Epoch, TenantNumber};
use crate::domain::leaf::{LEAF_LEN, Leaf, RECEIVED_AT_OFFSET, SALT_LEN, Salt, salted_digest};
use crate::domain::time::Timestamp;
use crate::platform::entropy::{Entropy, array};
use crate::store::record::attributes;
use crate::store::record::parts::{FIXED_LEN, LEAF_OFFSET, Placement, VERSION};

/// Room for the attributes of most events; a record with longer ones grows once.
const ATTRIBUTES_LEN_USUAL: usize = 192;

/// A finished record that lacks only epoch and `received_at`, and what the sequencer decides by.
#[derive(Debug)]
pub struct Draft {
    pub(in crate::store) record: Vec<u8>,
    pub(in crate::store) key_hash: Option<KeyHash>,
    pub(in crate::store) window: KeyWindow,
    pub(in crate::store) fingerprint: u64,
    /// False once the filters of all runs of the index have denied the key.
    pub(in crate::store) may_be_in_run: bool,
    payload_at: usize,
}

/// Why no record could be made of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The attributes are longer than 16 KiB.
    #[error("the attributes take {0} bytes of at most 16,384")]
    AttributesTooLarge(usize),
    /// The payload is longer than a record can say.
    #[error("the payload is longer than 4 GiB")]
    PayloadTooLarge,
}

impl Draft {
    /// Makes a record. `fingerprint` is any 64-bit hash of the payload that is the same for the same bytes while the
    /// process lives; repeats are compared by it first.
    pub fn new(
        tenant: TenantNumber,
        event: &NewEvent,
        fingerprint: u64,
        entropy: &dyn Entropy,
    ) -> Result<Self, DraftError> {
        let payload_len = u32::try_from(event.payload.len()).map_err(|_error| DraftError::PayloadTooLarge)?;
        let salts: [u8; 2 * SALT_LEN] = array(entropy);
        let (attributes_salt, payload_salt) = split_salts(&salts);
        let mut record = Vec::with_capacity(FIXED_LEN + ATTRIBUTES_LEN_USUAL + event.payload.len());
        record.resize(FIXED_LEN, 0);
        attributes::encode(&event.attributes, &mut record);
        let payload_at = record.len();
        let attributes_len = payload_at - FIXED_LEN;
        if attributes_len > ATTRIBUTES_LEN_MAX {
            return Err(DraftError::AttributesTooLarge(attributes_len));
        }
        let attributes_len = u16::try_from(attributes_len).expect("the attributes' limit is below 65,536");
        let attributes_digest = salted_digest(attributes_salt, record.get(FIXED_LEN..).unwrap_or_default());
        record.extend_from_slice(&event.payload);
        let leaf = Leaf {
            epoch: Epoch(0),
            tenant,
            received_at: Timestamp::from_micros(0),
            payload_len,
            attributes_digest,
            payload_digest: salted_digest(payload_salt, &event.payload),
        };
        let placement = [VERSION, Placement::Inline.code()];
        let fixed = record.get_mut(..FIXED_LEN).unwrap_or_default();
        write_fixed(fixed, &[&placement, &leaf.to_bytes(), &salts, &attributes_len.to_be_bytes()]);
        let key_hash = event.attributes.key_hash;
        Ok(Self { record, key_hash, window: event.key_window, fingerprint, may_be_in_run: true, payload_at })
    }

    /// Returns the payload.
    pub(in crate::store) fn payload(&self) -> &[u8] {
        self.record.get(self.payload_at..).unwrap_or_default()
    }

    /// Returns the record's length in bytes.
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Returns how many bytes the record takes in a journal entry: itself and its length.
    pub fn stored_len(&self) -> usize {
        4 + self.len()
    }

    /// Tells whether the record is empty; it never is.
    pub fn is_empty(&self) -> bool {
        self.record.is_empty()
    }

    /// Writes what only the sequencer knows into the leaf.
    pub(in crate::store) fn stamp(&mut self, epoch: Epoch, received_at: Timestamp) {
        let leaf = self.record.get_mut(LEAF_OFFSET..LEAF_OFFSET + LEAF_LEN).unwrap_or_default();
        if let Some(slot) = leaf.first_chunk_mut::<4>() {
            *slot = epoch.0.to_be_bytes();
        }
        if let Some(slot) = leaf.get_mut(RECEIVED_AT_OFFSET..).and_then(<[u8]>::first_chunk_mut::<8>) {
            *slot = received_at.as_micros().to_be_bytes();
        }
    }
}

/// Fills the part of a record that is as long in every one.
fn write_fixed(mut rest: &mut [u8], pieces: &[&[u8]]) {
    for piece in pieces {
        let (slot, after) = rest.split_at_mut(piece.len());
        slot.copy_from_slice(piece);
        rest = after;
    }
    assert!(rest.is_empty(), "the pieces fill the fixed part");
}

fn split_salts(salts: &[u8; 2 * SALT_LEN]) -> (&Salt, &Salt) {
    let (first, rest) = salts.split_first_chunk::<SALT_LEN>().expect("there are two salts");
    (first, rest.first_chunk::<SALT_LEN>().expect("there are two salts"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Attributes;
    use crate::platform::entropy::SeededEntropy;
    use crate::store::record::parts::{Parts, without_payload};
    use bytes::Bytes;

    #[test]
    fn a_stamped_record_holds_all_its_parts() {
        let event = NewEvent {
            attributes: Attributes::new("pos", "sale").unwrap(),
            payload: Bytes::from_static(b"{\"total\":3}"),
            key_window: KeyWindow::NoKey,
        };
        let mut draft = Draft::new(TenantNumber(5), &event, 0, &SeededEntropy::new(1)).unwrap();
        draft.stamp(Epoch(2), Timestamp::from_micros(99));
        let parts = Parts::parse(1, &draft.record).unwrap();
        let leaf = parts.leaf();
        assert_eq!((leaf.epoch, leaf.tenant, leaf.received_at.as_micros()), (Epoch(2), TenantNumber(5), 99));
        assert_eq!(parts.payload, &event.payload[..]);
        assert_eq!(leaf.payload_digest, salted_digest(parts.payload_salt, parts.payload));
        assert_eq!(leaf.attributes_digest, salted_digest(parts.attributes_salt, parts.attributes));
        assert_eq!(attributes::decode(parts.attributes), Some(event.attributes));

        let moved = without_payload(1, &draft.record).unwrap();
        let moved = Parts::parse(1, &moved).unwrap();
        assert_eq!(moved.placement, Placement::Rows);
        assert_eq!((moved.payload.len(), moved.leaf()), (0, leaf));
    }

    #[test]
    fn attributes_over_their_limit_are_refused() {
        let mut attributes = Attributes::new("pos", "sale").unwrap();
        attributes.subject = Some("x".repeat(ATTRIBUTES_LEN_MAX));
        let event = NewEvent { attributes, payload: Bytes::new(), key_window: KeyWindow::NoKey };
        let refused = Draft::new(TenantNumber(1), &event, 0, &SeededEntropy::new(1)).unwrap_err();
        assert!(matches!(refused, DraftError::AttributesTooLarge(length) if length > ATTRIBUTES_LEN_MAX));
    }
}
