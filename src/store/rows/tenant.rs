//! Rows of tenants.

use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::tenant::{Tenant, TenantSettings, TenantStatus};
use crate::domain::time::Timestamp;
use crate::store::rows::stored::{Stored, from_json, to_json};
use crate::store::tables::{RowTable, TENANTS};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct TenantRow {
    number: TenantNumber,
    slug: Slug,
    name: String,
    status: TenantStatus,
    settings: TenantSettings,
    created_at: Timestamp,
}

impl Stored for Tenant {
    const TABLE: RowTable = TENANTS;

    type Key<'a> = TenantNumber;

    fn key(&self) -> TenantNumber {
        self.number
    }

    fn encode(&self) -> Vec<u8> {
        let Self { number, slug, name, status, settings, created_at } = self.clone();
        to_json(&TenantRow { number, slug, name, status, settings, created_at })
    }

    fn decode(_key: &[u8], value: &[u8]) -> Option<Self> {
        let TenantRow { number, slug, name, status, settings, created_at } = from_json(value)?;
        Some(Self { number, slug, name, status, settings, created_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_what_came_later_is_read() {
        let row = br#"{"number":1,"slug":"a","name":"A","status":"active","settings":{},"created_at":"2026-03-01T12:00:00Z"}"#;
        let tenant = Tenant::decode(&[], row).unwrap();
        assert_eq!(Tenant::decode(&[], &tenant.encode()), Some(tenant));
    }
}
