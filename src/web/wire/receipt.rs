//! What a sender gets for an event.

use crate::domain::time::Timestamp;
use crate::services::ingest::Receipt;
use serde::Serialize;

/// The body of a 201.
#[derive(Debug, Serialize)]
pub struct ReceiptJson<'a> {
    /// Always `accepted`.
    pub status: &'static str,
    /// Place in the ledger.
    pub seq: u64,
    /// Whose event it is.
    pub tenant: &'a str,
    /// Source.
    pub source: &'a str,
    /// Type.
    #[serde(rename = "type")]
    pub event_type: &'a str,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// The key, sent or automatic.
    pub idempotency_key: &'a str,
}

impl<'a> From<&'a Receipt> for ReceiptJson<'a> {
    fn from(receipt: &'a Receipt) -> Self {
        Self {
            status: "accepted",
            seq: receipt.seq.0,
            tenant: receipt.tenant.as_str(),
            source: &receipt.source,
            event_type: &receipt.event_type,
            received_at: receipt.received_at,
            idempotency_key: &receipt.key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Seq;
    use crate::domain::names::Slug;

    #[test]
    fn a_receipt_is_written_field_by_field() {
        let receipt = Receipt {
            seq: Seq(123),
            tenant: Slug::parse("default").unwrap(),
            source: "pos".into(),
            event_type: "sale".into(),
            received_at: Timestamp::from_micros(1),
            key: "k".into(),
        };
        assert_eq!(
            serde_json::to_string(&ReceiptJson::from(&receipt)).unwrap(),
            r#"{"status":"accepted","seq":123,"tenant":"default","source":"pos","type":"sale","received_at":"1970-01-01T00:00:00.000001Z","idempotency_key":"k"}"#
        );
    }
}
