//! Rows of sources.

use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::sealed::Sealed;
use crate::domain::source::{AutomaticKeys, SealedSecret, Source, Unsigned};
use crate::domain::time::Timestamp;
use crate::store::rows::stored::{Stored, from_json, to_json};
use crate::store::tables::{RowTable, SOURCES};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct SourceRow {
    tenant: TenantNumber,
    name: Slug,
    scheme: Slug,
    default_type: Option<String>,
    automatic_keys: AutomaticKeys,
    notification_url: Option<String>,
    unsigned: Unsigned,
    secrets: Vec<SecretRow>,
    created_at: Timestamp,
}

/// A secret in a source's row.
#[derive(Serialize, Deserialize)]
struct SecretRow {
    sealed: Sealed,
    created_at: Timestamp,
    valid_until: Option<Timestamp>,
}

impl Stored for Source {
    const TABLE: RowTable = SOURCES;

    type Key<'a> = (TenantNumber, &'a Slug);

    fn key(&self) -> (TenantNumber, &Slug) {
        (self.tenant, &self.name)
    }

    fn encode(&self) -> Vec<u8> {
        let source = self.clone();
        let secret =
            |SealedSecret { sealed, created_at, valid_until }| SecretRow { sealed, created_at, valid_until };
        to_json(&SourceRow {
            tenant: source.tenant,
            name: source.name,
            scheme: source.scheme,
            default_type: source.default_type,
            automatic_keys: source.automatic_keys,
            notification_url: source.notification_url,
            unsigned: source.unsigned,
            secrets: source.secrets.into_iter().map(secret).collect(),
            created_at: source.created_at,
        })
    }

    fn decode(_key: &[u8], value: &[u8]) -> Option<Self> {
        let row: SourceRow = from_json(value)?;
        let secret =
            |SecretRow { sealed, created_at, valid_until }| SealedSecret { sealed, created_at, valid_until };
        Some(Self {
            tenant: row.tenant,
            name: row.name,
            scheme: row.scheme,
            default_type: row.default_type,
            automatic_keys: row.automatic_keys,
            notification_url: row.notification_url,
            unsigned: row.unsigned,
            secrets: row.secrets.into_iter().map(secret).collect(),
            created_at: row.created_at,
        })
    }
}
