//! What a sender gets for an event.

use crate::domain::idempotency::IdempotencyKey;
use crate::domain::time::Timestamp;
use crate::services::ingest::Receipt;
use serde::Serialize;

/// The body of a 201.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Receipt")]
pub(crate) struct ReceiptJson<'a> {
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
    /// The key, sent or made; absent where repeats are not looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<&'a str>,
}

impl<'a> From<&'a Receipt> for ReceiptJson<'a> {
    fn from(receipt: &'a Receipt) -> Self {
        Self {
            status: "accepted",
            seq: receipt.seq.0,
            tenant: receipt.tenant.slug.as_str(),
            source: &receipt.source,
            event_type: &receipt.event_type,
            received_at: receipt.received_at,
            idempotency_key: receipt.key.as_ref().map(IdempotencyKey::as_str),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::ids::{Seq, TenantNumber};
    use crate::domain::names::Slug;
    use crate::domain::tenant::{Tenant, TenantSettings, TenantStatus};
    use std::sync::Arc;

    pub(crate) fn receipt() -> Receipt {
        let tenant = Tenant {
            number: TenantNumber(1),
            slug: Slug::parse("default").unwrap(),
            name: "Default".into(),
            status: TenantStatus::Active,
            settings: TenantSettings::default(),
            created_at: Timestamp::from_micros(0),
        };
        Receipt {
            seq: Seq(9),
            tenant: Arc::new(tenant),
            source: "pos".into(),
            event_type: "sale".into(),
            received_at: Timestamp::from_micros(1),
            key: IdempotencyKey::parse("k").ok(),
        }
    }

    #[test]
    fn a_receipt_is_written_field_by_field() {
        assert_eq!(
            serde_json::to_string(&ReceiptJson::from(&receipt())).unwrap(),
            r#"{"status":"accepted","seq":9,"tenant":"default","source":"pos","type":"sale","received_at":"1970-01-01T00:00:00.000001Z","idempotency_key":"k"}"#
        );
        let unkeyed = Receipt { key: None, ..receipt() };
        assert!(!serde_json::to_string(&ReceiptJson::from(&unkeyed)).unwrap().contains("idempotency_key"));
    }
}
