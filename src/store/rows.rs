//! Stored rows of tenants, tokens, sources, bans and agents: JSON with fields that may only be added to.

use crate::crypto::digest::Digest;
use crate::domain::agent::{Agent, AgentState, RequestMark, StateChange, Work};
use crate::domain::ban::Ban;
use crate::domain::ids::{TenantNumber, TokenId};
use crate::domain::names::Slug;
use crate::domain::scope::Scopes;
use crate::domain::sealed::Sealed;
use crate::domain::source::{AutomaticKeys, SealedSecret, Source, Unsigned};
use crate::domain::tenant::{Tenant, TenantSettings, TenantStatus};
use crate::domain::time::Timestamp;
use crate::domain::token::{SecretDigest, Token};
use crate::store::error::StoreError;
use data_encoding::HEXLOWER;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Reads a row; `key` names it in the error.
pub(super) fn read<Row: DeserializeOwned>(
    what: &'static str,
    key: impl std::fmt::Display,
    bytes: &[u8],
) -> Result<Row, StoreError> {
    serde_json::from_slice(bytes).map_err(|_error| StoreError::corrupt(what, key))
}

/// Writes a row.
pub(super) fn write<Row: Serialize>(row: &Row) -> Vec<u8> {
    serde_json::to_vec(row).expect("rows are plain structures with text keys")
}

/// A tenant's row.
#[derive(Serialize, Deserialize)]
pub(super) struct TenantRow {
    number: TenantNumber,
    slug: Slug,
    name: String,
    status: TenantStatus,
    settings: TenantSettings,
    created_at: Timestamp,
}

impl From<&Tenant> for TenantRow {
    fn from(tenant: &Tenant) -> Self {
        let Tenant { number, slug, name, status, settings, created_at } = tenant.clone();
        Self { number, slug, name, status, settings, created_at }
    }
}

impl From<TenantRow> for Tenant {
    fn from(row: TenantRow) -> Self {
        let TenantRow { number, slug, name, status, settings, created_at } = row;
        Self { number, slug, name, status, settings, created_at }
    }
}

/// A token's row.
#[derive(Serialize, Deserialize)]
pub(super) struct TokenRow {
    id: TokenId,
    tenant: TenantNumber,
    name: String,
    scopes: Scopes,
    secrets: Vec<SecretRow>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// A secret in a token's row.
#[derive(Serialize, Deserialize)]
struct SecretRow {
    #[serde(with = "hex")]
    sha256: Digest,
    valid_until: Option<Timestamp>,
}

impl From<&Token> for TokenRow {
    fn from(token: &Token) -> Self {
        let Token { id, tenant, name, scopes, secrets, created_at, expires_at, revoked_at } = token.clone();
        let secrets = secrets
            .into_iter()
            .map(|secret| SecretRow { sha256: secret.digest, valid_until: secret.valid_until })
            .collect();
        Self { id, tenant, name, scopes, secrets, created_at, expires_at, revoked_at }
    }
}

impl From<TokenRow> for Token {
    fn from(row: TokenRow) -> Self {
        let TokenRow { id, tenant, name, scopes, secrets, created_at, expires_at, revoked_at } = row;
        let secrets = secrets
            .into_iter()
            .map(|secret| SecretDigest { digest: secret.sha256, valid_until: secret.valid_until })
            .collect();
        Self { id, tenant, name, scopes, secrets, created_at, expires_at, revoked_at }
    }
}

/// A source's row.
#[derive(Serialize, Deserialize)]
pub(super) struct SourceRow {
    tenant: TenantNumber,
    name: Slug,
    scheme: Slug,
    default_type: Option<String>,
    automatic_keys: AutomaticKeys,
    notification_url: Option<String>,
    unsigned: Unsigned,
    secrets: Vec<SealedSecretRow>,
    created_at: Timestamp,
}

/// A secret in a source's row.
#[derive(Serialize, Deserialize)]
struct SealedSecretRow {
    sealed: Sealed,
    created_at: Timestamp,
    valid_until: Option<Timestamp>,
}

impl From<&Source> for SourceRow {
    fn from(source: &Source) -> Self {
        let source = source.clone();
        let secrets = source
            .secrets
            .into_iter()
            .map(|SealedSecret { sealed, created_at, valid_until }| SealedSecretRow {
                sealed,
                created_at,
                valid_until,
            })
            .collect();
        Self {
            tenant: source.tenant,
            name: source.name,
            scheme: source.scheme,
            default_type: source.default_type,
            automatic_keys: source.automatic_keys,
            notification_url: source.notification_url,
            unsigned: source.unsigned,
            secrets,
            created_at: source.created_at,
        }
    }
}

impl From<SourceRow> for Source {
    fn from(row: SourceRow) -> Self {
        let secrets = row
            .secrets
            .into_iter()
            .map(|SealedSecretRow { sealed, created_at, valid_until }| SealedSecret {
                sealed,
                created_at,
                valid_until,
            })
            .collect();
        Self {
            tenant: row.tenant,
            name: row.name,
            scheme: row.scheme,
            default_type: row.default_type,
            automatic_keys: row.automatic_keys,
            notification_url: row.notification_url,
            unsigned: row.unsigned,
            secrets,
            created_at: row.created_at,
        }
    }
}

/// A ban's row.
#[derive(Serialize, Deserialize)]
pub(super) struct BanRow {
    network: String,
    reason: Option<String>,
    since: Timestamp,
    until: Option<Timestamp>,
    #[serde(default)]
    request: Option<MarkRow>,
}

impl From<&Ban> for BanRow {
    fn from(ban: &Ban) -> Self {
        let Ban { network, reason, since, until, request } = ban.clone();
        Self { network: network.to_string(), reason, since, until, request: request.map(MarkRow) }
    }
}

impl TryFrom<BanRow> for Ban {
    type Error = StoreError;

    fn try_from(row: BanRow) -> Result<Self, StoreError> {
        let BanRow { network, reason, since, until, request } = row;
        let request = request.map(|MarkRow(digest)| digest);
        match network.parse() {
            Ok(network) => Ok(Self { network, reason, since, until, request }),
            Err(_error) => Err(StoreError::corrupt("ban", network)),
        }
    }
}

/// An agent's row.
#[derive(Serialize, Deserialize)]
pub(super) struct AgentRow {
    tenant: TenantNumber,
    name: Slug,
    kind: String,
    version: Option<String>,
    interval_seconds: u64,
    work: Work,
    registered_at: Timestamp,
    last_heartbeat: Timestamp,
    last_request: Option<MarkRow>,
    /// Added later: short, because every heartbeat that is written writes them again.
    #[serde(default)]
    changes: Vec<ChangeRow>,
}

/// A state of an agent and the microseconds at which it began.
#[derive(Serialize, Deserialize)]
struct ChangeRow(AgentState, u64);

/// A request's mark in the row of what it made.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct MarkRow(#[serde(with = "hex")] Digest);

impl From<&Agent> for AgentRow {
    fn from(agent: &Agent) -> Self {
        let agent = agent.clone();
        Self {
            tenant: agent.tenant,
            name: agent.name,
            kind: agent.kind,
            version: agent.version,
            interval_seconds: agent.interval.as_secs(),
            work: agent.work,
            registered_at: agent.registered_at,
            last_heartbeat: agent.last_heartbeat,
            last_request: agent.last_request.map(|RequestMark(digest)| MarkRow(digest)),
            changes: agent.changes.iter().map(|one| ChangeRow(one.state, one.at.as_micros())).collect(),
        }
    }
}

impl From<AgentRow> for Agent {
    fn from(row: AgentRow) -> Self {
        Self {
            tenant: row.tenant,
            name: row.name,
            kind: row.kind,
            version: row.version,
            interval: Duration::from_secs(row.interval_seconds),
            work: row.work,
            registered_at: row.registered_at,
            last_heartbeat: row.last_heartbeat,
            last_request: row.last_request.map(|MarkRow(digest)| RequestMark(digest)),
            changes: row.changes.into_iter().map(StateChange::from).collect(),
        }
    }
}

impl From<ChangeRow> for StateChange {
    fn from(ChangeRow(state, at): ChangeRow) -> Self {
        Self { state, at: Timestamp::from_micros(at) }
    }
}

/// A digest as hexadecimal digits.
pub(super) mod hex {
    use super::{Deserialize, Digest, HEXLOWER};

    pub(in crate::store) fn serialize<S: serde::Serializer>(
        digest: &Digest,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(digest))
    }

    pub(in crate::store) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
        Digest::try_from(bytes).map_err(|_wrong| serde::de::Error::custom("a digest has 32 bytes"))
    }
}
