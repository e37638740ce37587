//! Machine credentials: `mst_<id>_<secret>`, of which only a digest of the secret is kept.

use crate::crypto::digest::{Digest, equal_in_constant_time, sha256};
use crate::domain::ids::{TOKEN_ID_LEN, TenantNumber, TokenId};
use crate::domain::members;
use crate::domain::scope::Scopes;
use crate::domain::time::Timestamp;
use data_encoding::{BASE32_NOPAD, Specification};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// What every token text begins with, so that secret scanners can find lost ones.
const PREFIX: &str = "mst_";

/// Random bytes behind an id.
pub const ID_BYTES: usize = 10;

/// Random bytes of a secret: 256 bits, so that a plain digest is enough to keep.
pub const SECRET_BYTES: usize = 32;

/// Most secrets valid at once: the present one and those that run out after rotations.
pub const SECRETS_MAX: usize = 4;

static BASE32_LOWER: LazyLock<data_encoding::Encoding> = LazyLock::new(|| {
    let mut specification: Specification = BASE32_NOPAD.specification();
    specification.symbols.make_ascii_lowercase();
    specification.encoding().expect("the lower-case base32 alphabet is valid")
});

/// A token as the appliance knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Public half of its text.
    pub id: TokenId,
    /// Whose data it reaches.
    pub tenant: TenantNumber,
    /// Name for people, and the default source of its events.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Digests of the secrets that are valid, newest first.
    pub secrets: Vec<SecretDigest>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// SHA-256 of a secret's text, and how long it is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretDigest {
    /// SHA-256 of the secret's text.
    #[serde(rename = "sha256", serialize_with = "members::hex", deserialize_with = "members::from_hex")]
    pub digest: Digest,
    /// When it was made; none where that was not written down, which rows of early versions did not.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// End of validity after a rotation; none for the present secret.
    pub valid_until: Option<Timestamp>,
}

/// Why a presented token text does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// The secret is none of the valid ones.
    #[error("the token is not known")]
    Unknown,
    /// The token has expired.
    #[error("the token has expired")]
    Expired,
    /// The token was revoked.
    #[error("the token was revoked")]
    Revoked,
}

/// A new token's text, to be shown once, and what is kept of it.
#[derive(Clone)]
pub struct MintedToken {
    /// The id in the text.
    pub id: TokenId,
    /// `mst_<id>_<secret>`.
    pub text: String,
    /// What is kept.
    pub digest: Digest,
}

impl MintedToken {
    /// Makes a token's text from random bytes.
    pub fn new(id: &[u8; ID_BYTES], secret: &[u8; SECRET_BYTES]) -> Self {
        let id = TokenId::parse(&BASE32_LOWER.encode(id)).expect("ten bytes in base32 are an id");
        Self::with_id(id, secret)
    }

    /// Makes a new text for a known token (a rotation).
    pub fn with_id(id: TokenId, secret: &[u8; SECRET_BYTES]) -> Self {
        let secret = BASE32_LOWER.encode(secret);
        Self { text: format!("{PREFIX}{id}_{secret}"), digest: digest_of(&secret), id }
    }
}

/// The id of the token whose text is `API_KEY`, all of it a secret.
pub const API_KEY_ID: &str = "apikeyapikeyapik";

/// Longest text of `API_KEY`: a header carries it.
pub const API_KEY_LEN_MAX: usize = 512;

/// Tells whether a text may be that of `API_KEY`: visible ASCII, and no other token's text.
pub fn is_api_key(text: &str) -> bool {
    (1..=API_KEY_LEN_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.starts_with(PREFIX)
}

/// Splits a presented text into id and secret; none if it is not a token's text. One without the prefix can only be
/// `API_KEY`.
pub fn split(text: &str) -> Option<(&str, &str)> {
    let Some(rest) = text.strip_prefix(PREFIX) else { return is_api_key(text).then_some((API_KEY_ID, text)) };
    let (id, secret) = rest.split_once('_')?;
    (id.len() == TOKEN_ID_LEN && !secret.is_empty()).then_some((id, secret))
}

/// Returns what is kept of a secret's text.
pub fn digest_of(secret: &str) -> Digest {
    sha256(&[secret.as_bytes()])
}

/// How a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// It works.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody revoked it.
    Revoked,
}

impl SecretDigest {
    /// A secret that is made now and stays until the next rotation.
    pub fn new(digest: Digest, now: Timestamp) -> Self {
        Self { digest, created_at: Some(now), valid_until: None }
    }
}

impl Token {
    /// Returns its place among what is managed, such as `tokens/q4w7xk2m5n6p7r2t`.
    pub fn place(&self) -> String {
        format!("tokens/{}", self.id)
    }

    /// Tells how the token is.
    pub fn state(&self, now: Timestamp) -> TokenState {
        match self.expires_at {
            _ if self.revoked_at.is_some() => TokenState::Revoked,
            Some(end) if end <= now => TokenState::Expired,
            _ => TokenState::Active,
        }
    }

    /// Returns since when the present secret is in use. A rotation begins anew, whatever the token's own age; where the
    /// secret's date was not written down it can only be said that it is no older than the token.
    pub fn secret_since(&self) -> Timestamp {
        let present = self.secrets.iter().find(|secret| secret.valid_until.is_none());
        present.and_then(|secret| secret.created_at).unwrap_or(self.created_at)
    }

    /// Decides whether the secret opens this token now.
    pub fn check(&self, secret: &str, now: Timestamp) -> Result<(), TokenRefusal> {
        self.check_digest(&digest_of(secret), now)
    }

    /// The same for a secret of which only the digest was kept.
    pub fn check_digest(&self, digest: &Digest, now: Timestamp) -> Result<(), TokenRefusal> {
        let known = self
            .secrets
            .iter()
            .filter(|kept| kept.valid_until.is_none_or(|end| now < end))
            .any(|kept| equal_in_constant_time(&kept.digest, digest));
        match self.state(now) {
            _ if !known => Err(TokenRefusal::Unknown),
            TokenState::Revoked => Err(TokenRefusal::Revoked),
            TokenState::Expired => Err(TokenRefusal::Expired),
            TokenState::Active => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scope::Scope;
    use proptest::prelude::*;

    fn token(minted: &MintedToken) -> Token {
        Token {
            id: minted.id.clone(),
            tenant: TenantNumber(1),
            name: "till".into(),
            scopes: [Scope::EventsWrite].into_iter().collect(),
            secrets: vec![SecretDigest::new(minted.digest, Timestamp::from_micros(0))],
            created_at: Timestamp::from_micros(0),
            expires_at: Some(Timestamp::from_micros(100)),
            revoked_at: None,
        }
    }

    #[test]
    fn a_token_works_until_it_expires_or_is_revoked() {
        let minted = MintedToken::new(&[1; ID_BYTES], &[2; SECRET_BYTES]);
        let mut token = token(&minted);
        let (id, secret) = split(&minted.text).unwrap();
        assert_eq!(id, token.id.as_str());
        assert_eq!(token.check(secret, Timestamp::from_micros(99)), Ok(()));
        assert_eq!(token.check(secret, Timestamp::from_micros(100)), Err(TokenRefusal::Expired));
        assert_eq!(token.check("wrong", Timestamp::from_micros(0)), Err(TokenRefusal::Unknown));
        assert_eq!(token.state(Timestamp::from_micros(99)), TokenState::Active);
        assert_eq!(token.state(Timestamp::from_micros(100)), TokenState::Expired);
        token.revoked_at = Some(Timestamp::from_micros(5));
        assert_eq!(token.state(Timestamp::from_micros(100)), TokenState::Revoked);
        assert_eq!(token.check(secret, Timestamp::from_micros(9)), Err(TokenRefusal::Revoked));
    }

    #[test]
    fn an_old_secret_works_until_its_overlap_ends() {
        let minted = MintedToken::new(&[1; ID_BYTES], &[2; SECRET_BYTES]);
        let mut token = token(&minted);
        let fresh = MintedToken::with_id(minted.id.clone(), &[3; SECRET_BYTES]);
        token.secrets = vec![
            SecretDigest::new(fresh.digest, Timestamp::from_micros(40)),
            SecretDigest {
                valid_until: Some(Timestamp::from_micros(50)),
                ..SecretDigest::new(minted.digest, Timestamp::from_micros(0))
            },
        ];
        let old = split(&minted.text).unwrap().1;
        let new = split(&fresh.text).unwrap().1;
        assert_eq!(token.check(old, Timestamp::from_micros(49)), Ok(()));
        assert_eq!(token.check(old, Timestamp::from_micros(50)), Err(TokenRefusal::Unknown));
        assert_eq!(token.check(new, Timestamp::from_micros(50)), Ok(()));
        assert_eq!(token.secret_since(), Timestamp::from_micros(40), "a rotation makes a secret young again");
        token.secrets[0].created_at = None;
        assert_eq!(token.secret_since(), token.created_at);
    }

    proptest! {
        #[test]
        fn any_text_splits_or_is_refused(text in ".*") {
            if let Some((id, secret)) = split(&text) {
                let whole = format!("mst_{id}_{secret}");
                prop_assert!(whole == text || (id, secret) == (API_KEY_ID, &*text));
            }
        }
    }
}
