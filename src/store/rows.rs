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
    #[serde(default)]
    request: Option<MarkRow>,
}

impl From<&Tenant> for TenantRow {
    fn from(tenant: &Tenant) -> Self {
        let Tenant { number, slug, name, status, settings, created_at, request } = tenant.clone();
        Self { number, slug, name, status, settings, created_at, request: request.map(MarkRow) }
    }
}

impl From<TenantRow> for Tenant {
    fn from(row: TenantRow) -> Self {
        let TenantRow { number, slug, name, status, settings, created_at, request } = row;
        let request = request.map(|MarkRow(digest)| digest);
        Self { number, slug, name, status, settings, created_at, request }
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
    #[serde(default)]
    request: Option<MarkRow>,
}

/// A secret in a token's row.
#[derive(Serialize, Deserialize)]
struct SecretRow {
    #[serde(with = "hex")]
    sha256: Digest,
    #[serde(default)]
    created_at: Option<Timestamp>,
    valid_until: Option<Timestamp>,
    #[serde(default)]
    request: Option<MarkRow>,
}

impl From<&Token> for TokenRow {
    fn from(token: &Token) -> Self {
        let token = token.clone();
        let secret = |secret: SecretDigest| {
            let SecretDigest { digest, created_at, valid_until, request } = secret;
            SecretRow { sha256: digest, created_at, valid_until, request: request.map(MarkRow) }
        };
        Self {
            id: token.id,
            tenant: token.tenant,
            name: token.name,
            scopes: token.scopes,
            secrets: token.secrets.into_iter().map(secret).collect(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
            request: token.request.map(MarkRow),
        }
    }
}

impl From<TokenRow> for Token {
    fn from(row: TokenRow) -> Self {
        let secret = |secret: SecretRow| {
            let SecretRow { sha256: digest, created_at, valid_until, request } = secret;
            SecretDigest { digest, created_at, valid_until, request: request.map(|MarkRow(digest)| digest) }
        };
        Self {
            id: row.id,
            tenant: row.tenant,
            name: row.name,
            scopes: row.scopes,
            secrets: row.secrets.into_iter().map(secret).collect(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            request: row.request.map(|MarkRow(digest)| digest),
        }
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
    #[serde(default)]
    request: Option<MarkRow>,
}

/// A secret in a source's row.
#[derive(Serialize, Deserialize)]
struct SealedSecretRow {
    sealed: Sealed,
    created_at: Timestamp,
    valid_until: Option<Timestamp>,
    #[serde(default)]
    request: Option<MarkRow>,
}

impl From<&Source> for SourceRow {
    fn from(source: &Source) -> Self {
        let source = source.clone();
        let secrets = source
            .secrets
            .into_iter()
            .map(|SealedSecret { sealed, created_at, valid_until, request }| SealedSecretRow {
                sealed,
                created_at,
                valid_until,
                request: request.map(MarkRow),
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
            request: source.request.map(MarkRow),
        }
    }
}

impl From<SourceRow> for Source {
    fn from(row: SourceRow) -> Self {
        let secrets = row
            .secrets
            .into_iter()
            .map(|SealedSecretRow { sealed, created_at, valid_until, request }| SealedSecret {
                sealed,
                created_at,
                valid_until,
                request: request.map(|MarkRow(digest)| digest),
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
            request: row.request.map(|MarkRow(digest)| digest),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_what_came_later_are_read() {
        let digest = "ab".repeat(32);
        let token = format!(
            r#"{{"id":"aaaaaaaaaaaaaaaa","tenant":1,"name":"till","scopes":["events:write"],"secrets":[{{"sha256":"{digest}",
            "valid_until":null}}],"created_at":"2026-03-01T12:00:00Z","expires_at":null,"revoked_at":null}}"#
        );
        let token = Token::from(read::<TokenRow>("token", "a", token.as_bytes()).unwrap());
        assert_eq!((token.request, token.secrets[0].created_at), (None, None));
        assert_eq!(
            Token::from(read::<TokenRow>("token", "a", &write(&TokenRow::from(&token))).unwrap()),
            token
        );
        let tenant = r#"{"number":1,"slug":"a","name":"A","status":"active","settings":{},"created_at":"2026-03-01T12:00:00Z"}"#;
        let tenant = Tenant::from(read::<TenantRow>("tenant", "a", tenant.as_bytes()).unwrap());
        let marked = Tenant { request: Some([7; 32]), ..tenant };
        assert_eq!(
            Tenant::from(read::<TenantRow>("tenant", "a", &write(&TenantRow::from(&marked))).unwrap()),
            marked
        );
    }
}
