//! Tokens.

use crate::domain::ids::TokenId;
use crate::domain::scope::Scopes;
use crate::domain::time::{Timestamp, parse_duration};
use crate::domain::token::{SecretDigest, Token};
use crate::services::refusal::Refusal;
use crate::services::tokens::NewToken;
use crate::web::wire::schema::LABEL_PATTERN;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A token, without its secrets.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Token")]
pub struct TokenJson<'a> {
    id: &'a TokenId,
    /// Slug of the tenant it reaches.
    tenant: Option<String>,
    /// Name for people, and the default source of its events.
    name: &'a str,
    scopes: Scopes,
    created_at: Timestamp,
    /// Null: it works until it is revoked.
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    /// When a request used it last, to the minute.
    last_used_at: Option<Timestamp>,
    /// When each secret that was kept was made, and how long it works; the present one first.
    secrets: Vec<SecretTimesJson>,
    /// The token's text `mst_…`: once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

/// When a secret was made, and how long it works.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "SecretTimes")]
pub(crate) struct SecretTimesJson {
    /// Null where an early version did not write it down.
    pub(crate) created_at: Option<Timestamp>,
    /// Null for the present secret.
    pub(crate) valid_until: Option<Timestamp>,
}

impl<'a> TokenJson<'a> {
    /// Shows a token.
    pub fn new(token: &'a Token, tenant: Option<String>, last_used_at: Option<Timestamp>) -> Self {
        let times = |secret: &SecretDigest| SecretTimesJson {
            created_at: secret.created_at,
            valid_until: secret.valid_until,
        };
        Self {
            id: &token.id,
            tenant,
            name: &token.name,
            scopes: token.scopes,
            created_at: token.created_at,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
            last_used_at,
            secrets: token.secrets.iter().map(times).collect(),
            token: None,
        }
    }

    /// The same with its text, which is shown once.
    #[must_use]
    pub fn with_text(self, text: &'a str) -> Self {
        Self { token: Some(text), ..self }
    }
}

/// A portion of the tokens.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Tokens")]
pub(crate) struct TokensJson<'a> {
    pub(crate) tokens: Vec<TokenJson<'a>>,
    /// Give this as `after` for what follows; null at the end.
    pub(crate) next: Option<String>,
}

/// A token to be made.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewToken")]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTokenJson {
    /// Slug of the tenant it reaches; tokens of `system` act on the whole appliance.
    tenant: String,
    /// Name for people, and the default source of its events. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    name: String,
    scopes: Scopes,
    /// How long it works, such as `90d`; until it is revoked without.
    expires_in: Option<String>,
}

/// How a token is given a new secret.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "TokenRotation")]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRotationJson {
    /// How long the present secret works on, such as `24h`, at most `30d`; `24h` without.
    pub(crate) overlap: Option<String>,
}

impl TryFrom<NewTokenJson> for NewToken {
    type Error = Refusal;

    fn try_from(json: NewTokenJson) -> Result<Self, Refusal> {
        let NewTokenJson { tenant, name, scopes, expires_in } = json;
        Ok(Self { tenant, name, scopes, valid_for: duration("expires_in", expires_in.as_deref())? })
    }
}

/// Reads a duration that a member holds.
pub(crate) fn duration(member: &str, text: Option<&str>) -> Result<Option<Duration>, Refusal> {
    let read = text.map(parse_duration).transpose();
    read.map_err(|error| Refusal::Unacceptable(format!("{member}: {error}")))
}
