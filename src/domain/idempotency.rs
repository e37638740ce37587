//! Idempotency keys: sent by the client (`Idempotency-Key`, draft-ietf-httpapi-idempotency-key-header-07) or made
//! from the event itself.

use crate::crypto::digest::{Digest, sha256};
use crate::crypto::mac::MacKey;
use data_encoding::HEXLOWER;

/// Longest key in characters.
pub const KEY_LEN_MAX: usize = 255;

/// What an automatic key's text begins with.
const AUTOMATIC_PREFIX: &str = "auto-";

/// What the text of a key begins with that stands for a longer one.
const HASHED_PREFIX: &str = "sha256-";

/// A key's text: 1 to 255 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, derive_more::Display)]
pub struct IdempotencyKey(String);

/// A text that is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing between the quotes, or nothing at all.
    #[error("the idempotency key is empty; hint: send 1 to 255 characters, or leave the header out")]
    Empty,
    /// More than 255 characters.
    #[error("the idempotency key is longer than 255 characters; hint: send a UUID or a hash")]
    TooLong,
    /// A control character, or a byte that is not UTF-8.
    #[error(
        "the idempotency key holds a character that is not printable; hint: use letters, digits and dashes"
    )]
    Unprintable,
}

impl IdempotencyKey {
    /// Reads a key as most clients send it (bare) or as a structured-field string: one pair of quotes is removed.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim_matches([' ', '\t']);
        let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        if bare.is_empty() {
            return Err(KeyError::Empty);
        }
        if bare.len() > KEY_LEN_MAX && bare.chars().count() > KEY_LEN_MAX {
            return Err(KeyError::TooLong);
        }
        if bare.chars().any(char::is_control) {
            return Err(KeyError::Unprintable);
        }
        Ok(Self(bare.to_owned()))
    }

    /// Makes a key from a text that a sender could not choose as a whole; one over 255 characters is replaced by its
    /// SHA-256, so that any text makes a key and equal texts make equal keys.
    pub fn derived(text: String) -> Self {
        if text.len() <= KEY_LEN_MAX || text.chars().count() <= KEY_LEN_MAX {
            return Self(text);
        }
        Self(format!("{HASHED_PREFIX}{}", HEXLOWER.encode(&sha256(&[text.as_bytes()]))))
    }

    /// Makes the key of the nth event of a request that carries this key, counted from 1.
    #[must_use]
    pub fn of_nth(&self, number: u64) -> Self {
        Self::derived(format!("{}/{number}", self.0))
    }

    /// Makes the key of an event that came without one: an HMAC under the instance's key over source, type and
    /// payload, each with its length before it, so that no two events share one by moved borders.
    pub fn automatic(instance_key: &MacKey, source: &str, event_type: &str, payload: &[u8]) -> Self {
        let code = instance_key.authenticate(&[
            b"automatic-key",
            &length(source.as_bytes()),
            source.as_bytes(),
            &length(event_type.as_bytes()),
            event_type.as_bytes(),
            payload,
        ]);
        let (half, _) = code.split_at(code.len() / 2);
        Self(format!("{AUTOMATIC_PREFIX}{}", HEXLOWER.encode(half)))
    }

    /// Returns the key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn length(piece: &[u8]) -> [u8; 8] {
    (piece.len() as u64).to_be_bytes()
}

/// The 128-bit keyed hash of (tenant, key) under which the index remembers a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(pub u128);

impl KeyHash {
    /// Hashes a tenant's key under the instance's key.
    pub fn new(
        instance_key: &MacKey,
        tenant: crate::domain::ids::TenantNumber,
        key: &IdempotencyKey,
    ) -> Self {
        Self::of(instance_key.authenticate(&[b"key-hash", &tenant.0.to_be_bytes(), key.as_str().as_bytes()]))
    }

    /// The same for a key that only one of the tenant's registered sources uses: a provider's delivery id. Two sources
    /// may get one id, and what an unsigned source is sent must never stand in the way of others.
    pub fn of_source(
        instance_key: &MacKey,
        tenant: crate::domain::ids::TenantNumber,
        source: &str,
        key: &IdempotencyKey,
    ) -> Self {
        Self::of(instance_key.authenticate(&[
            b"source-key-hash",
            &tenant.0.to_be_bytes(),
            &length(source.as_bytes()),
            source.as_bytes(),
            key.as_str().as_bytes(),
        ]))
    }

    fn of(code: Digest) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(code.split_at(16).0);
        Self(u128::from_be_bytes(half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TenantNumber;
    use proptest::prelude::*;

    #[test]
    fn one_pair_of_quotes_is_removed() {
        assert_eq!(IdempotencyKey::parse("\"8e03\"").unwrap().as_str(), "8e03");
        assert_eq!(IdempotencyKey::parse(" 8e03 ").unwrap().as_str(), "8e03");
        assert_eq!(IdempotencyKey::parse("\"\"8e03\"\"").unwrap().as_str(), "\"8e03\"");
        assert_eq!(IdempotencyKey::parse("\"\""), Err(KeyError::Empty));
        assert_eq!(IdempotencyKey::parse("\"").unwrap().as_str(), "\"");
        assert_eq!(IdempotencyKey::parse(&"k".repeat(256)), Err(KeyError::TooLong));
        assert!(IdempotencyKey::parse(&"k".repeat(255)).is_ok());
        assert_eq!(IdempotencyKey::parse("a\u{7f}"), Err(KeyError::Unprintable));
    }

    #[test]
    fn automatic_keys_tell_moved_borders_apart() {
        let key = MacKey::new(b"instance");
        let one = IdempotencyKey::automatic(&key, "ab", "c", b"{}");
        assert_eq!(one, IdempotencyKey::automatic(&key, "ab", "c", b"{}"));
        assert_ne!(one, IdempotencyKey::automatic(&key, "a", "bc", b"{}"));
        assert!(one.as_str().starts_with("auto-") && one.as_str().len() == 37);
    }

    #[test]
    fn a_text_too_long_for_a_key_is_hashed() {
        let key = IdempotencyKey::parse("k").unwrap();
        assert_eq!(key.of_nth(12).as_str(), "k/12");
        let wide = IdempotencyKey::parse(&"é".repeat(253)).unwrap();
        assert!(wide.of_nth(1).as_str().ends_with("é/1"));
        let long = IdempotencyKey::parse(&"k".repeat(255)).unwrap();
        let (first, second) = (long.of_nth(1), long.of_nth(2));
        assert!(first.as_str().starts_with("sha256-") && first.as_str().len() == 71);
        assert_ne!(first, second);
    }

    #[test]
    fn the_same_key_of_two_tenants_or_sources_has_two_hashes() {
        let instance = MacKey::new(b"instance");
        let key = IdempotencyKey::parse("k").unwrap();
        assert_ne!(
            KeyHash::new(&instance, TenantNumber(1), &key),
            KeyHash::new(&instance, TenantNumber(2), &key)
        );
        let of_source = |source| KeyHash::of_source(&instance, TenantNumber(1), source, &key);
        assert_eq!(of_source("a"), of_source("a"));
        assert_ne!(of_source("a"), of_source("b"));
        assert_ne!(of_source("a"), KeyHash::new(&instance, TenantNumber(1), &key));
    }

    proptest! {
        #[test]
        fn any_text_is_a_key_or_refused(text in ".*") {
            if let Ok(key) = IdempotencyKey::parse(&text) {
                prop_assert!((1..=KEY_LEN_MAX).contains(&key.as_str().chars().count()));
            }
        }
    }
}
