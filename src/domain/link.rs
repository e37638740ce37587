//! The one-time link by which the first owner is made.

use crate::crypto::digest::{Digest, equal_in_constant_time, sha256};
use crate::domain::members;
use crate::domain::time::Timestamp;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Random bytes of a link's secret.
pub const SECRET_BYTES: usize = 32;

/// How long a link works.
pub const VALID_FOR: Duration = Duration::from_mins(30);

/// What is kept of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// SHA-256 of its secret.
    #[serde(serialize_with = "members::hex", deserialize_with = "members::from_hex")]
    pub digest: Digest,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl Link {
    /// Makes a link of a secret: what is kept, and the text that stands in the address.
    pub fn make(secret: &[u8; SECRET_BYTES], now: Timestamp) -> (Self, String) {
        let expires_at = now.saturating_add(VALID_FOR);
        (Self { digest: sha256(&[secret]), expires_at }, BASE64URL_NOPAD.encode(secret))
    }

    /// Tells whether the text of an address opens the link now.
    pub fn opens(&self, text: &str, now: Timestamp) -> bool {
        let secret = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
        equal_in_constant_time(&sha256(&[&secret]), &self.digest) && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_with_its_own_text_for_half_an_hour() {
        let now = Timestamp::from_micros(1_000_000);
        let (link, text) = Link::make(&[5; SECRET_BYTES], now);
        assert!(link.opens(&text, now));
        assert!(!link.opens(&text, now.saturating_add(VALID_FOR)));
        let (_, other) = Link::make(&[6; SECRET_BYTES], now);
        assert!(!link.opens(&other, now) && !link.opens("", now) && !link.opens("ü", now));
    }
}
