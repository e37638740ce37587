//! Rows of tokens, and when they were last used.

use crate::domain::ids::{TenantNumber, TokenId};
use crate::domain::scope::Scopes;
use crate::domain::time::Timestamp;
use crate::domain::token::{SecretDigest, Token};
use crate::store::rows::hex::Hex;
use crate::store::rows::stored::{Stored, from_json, from_number, to_json};
use crate::store::tables::{RowTable, TOKEN_USES, TOKENS};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct TokenRow {
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
    sha256: Hex,
    #[serde(default)]
    created_at: Option<Timestamp>,
    valid_until: Option<Timestamp>,
}

impl Stored for Token {
    const TABLE: RowTable = TOKENS;

    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        self.id.as_str()
    }

    fn encode(&self) -> Vec<u8> {
        let Self { id, tenant, name, scopes, secrets, created_at, expires_at, revoked_at } = self.clone();
        let secret = |SecretDigest { digest, created_at, valid_until }| SecretRow {
            sha256: Hex(digest),
            created_at,
            valid_until,
        };
        let secrets = secrets.into_iter().map(secret).collect();
        to_json(&TokenRow { id, tenant, name, scopes, secrets, created_at, expires_at, revoked_at })
    }

    fn decode(_key: &[u8], value: &[u8]) -> Option<Self> {
        let TokenRow { id, tenant, name, scopes, secrets, created_at, expires_at, revoked_at } =
            from_json(value)?;
        let secret = |SecretRow { sha256: Hex(digest), created_at, valid_until }| SecretDigest {
            digest,
            created_at,
            valid_until,
        };
        let secrets = secrets.into_iter().map(secret).collect();
        Some(Self { id, tenant, name, scopes, secrets, created_at, expires_at, revoked_at })
    }
}

/// When a request last used a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenUse {
    /// Id of the token.
    pub id: TokenId,
    /// When it was, to the minute.
    pub at: Timestamp,
}

impl Stored for TokenUse {
    const TABLE: RowTable = TOKEN_USES;

    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        self.id.as_str()
    }

    fn encode(&self) -> Vec<u8> {
        self.at.as_micros().to_be_bytes().to_vec()
    }

    fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let id = TokenId::parse(str::from_utf8(key).ok()?).ok()?;
        Some(Self { id, at: Timestamp::from_micros(from_number(value)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_what_came_later_is_read() {
        let digest = "ab".repeat(32);
        let row = format!(
            r#"{{"id":"aaaaaaaaaaaaaaaa","tenant":1,"name":"till","scopes":["events:write"],"secrets":[{{"sha256":"{digest}",
            "valid_until":null}}],"created_at":"2026-03-01T12:00:00Z","expires_at":null,"revoked_at":null}}"#
        );
        let token = Token::decode(&[], row.as_bytes()).unwrap();
        assert_eq!(token.secrets[0].created_at, None);
        assert_eq!(Token::decode(&[], &token.encode()), Some(token));
    }
}
