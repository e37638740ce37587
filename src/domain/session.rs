//! An operator's session, and the link by which the first one is made. A session is begun by a login, carried by a cookie, ended by time, logout or revocation.

use crate::crypto::digest::{Digest, equal_in_constant_time, sha256};
use crate::domain::believed_time::{JUMP_MIN, OFF_MAX};
use crate::domain::members;
use crate::domain::time::Timestamp;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Random bytes of a session's or link's secret: 256 bits, so that a plain digest is enough to keep.
pub const SECRET_BYTES: usize = 32;

/// Longest time without a request.
pub const IDLE_MAX: Duration = Duration::from_hours(12);

/// Longest life of a session, however busy.
pub const AGE_MAX: Duration = Duration::from_hours(7 * 24);

/// Most sessions of one operator; a further login ends the one that was idle longest.
pub const SESSIONS_PER_OPERATOR_MAX: usize = 16;

/// Longest description of the browser that is kept, in bytes.
pub const AGENT_LEN_MAX: usize = 200;

/// A session as the appliance knows it; its secret is in the cookie alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// SHA-256 of the cookie's secret.
    #[serde(serialize_with = "members::hex", deserialize_with = "members::from_hex")]
    pub digest: Digest,
    /// Name of the operator.
    pub operator: String,
    /// When the operator logged in.
    pub began_at: Timestamp,
    /// When a request last came with it, to the minute.
    pub seen_at: Timestamp,
    /// Address that logged in.
    pub address: String,
    /// What the browser called itself at the login, shortened.
    pub agent: String,
}

impl Session {
    /// Tells whether the session has ended by time. One that began over a week in the future began by a clock
    /// that was doubted: it must not live longer for that.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.began_at.duration_since(now) > OFF_MAX
            || now.duration_since(self.seen_at) >= IDLE_MAX
            || now.duration_since(self.began_at) >= AGE_MAX
    }

    /// Returns the public name under which operators list and revoke it: the digest's first bytes.
    pub fn id(&self) -> String {
        let (first, _) = self.digest.split_at(9);
        BASE64URL_NOPAD.encode(first)
    }
}

/// Returns the text that stands for a secret in the cookie or address.
pub fn text_of(secret: &[u8; SECRET_BYTES]) -> String {
    BASE64URL_NOPAD.encode(secret)
}

/// Returns the digest of such a text's secret; none if it cannot be one.
pub fn digest_of(text: &str) -> Option<Digest> {
    let secret = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    (secret.len() == SECRET_BYTES).then(|| sha256(&[&secret]))
}

/// Shortens what a browser calls itself to printable characters.
pub fn shortened_agent(text: &str) -> String {
    let mut kept = String::new();
    for character in text.chars().filter(|character| !character.is_control()) {
        if kept.len() + character.len_utf8() > AGENT_LEN_MAX {
            break;
        }
        kept.push(character);
    }
    kept
}

/// How long a link works.
pub const LINK_VALID_FOR: Duration = Duration::from_mins(30);

/// What is kept of the one-time link by which the first owner is made.
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
        let expires_at = now.saturating_add(LINK_VALID_FOR);
        (Self { digest: sha256(&[secret]), expires_at }, text_of(secret))
    }

    /// Tells whether the text of an address opens the link now.
    pub fn opens(&self, text: &str, now: Timestamp) -> bool {
        let is_own = |digest: Digest| equal_in_constant_time(&digest, &self.digest);
        // One made by a clock that was ahead must not work longer for that.
        let left = self.expires_at.duration_since(now);
        digest_of(text).is_some_and(is_own) && !left.is_zero() && left <= LINK_VALID_FOR + JUMP_MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u64) -> Timestamp {
        Timestamp::from_micros((1_000 + hour) * 3_600_000_000)
    }

    fn session(began: u64, seen: u64) -> Session {
        let (address, agent) = (String::new(), String::new());
        let (began_at, seen_at) = (at(began), at(seen));
        Session { digest: [7; 32], operator: "owner".into(), began_at, seen_at, address, agent }
    }

    #[test]
    fn a_session_ends_idle_or_old() {
        assert!(!session(0, 0).is_over(at(11)));
        assert!(session(0, 0).is_over(at(12)));
        assert!(!session(0, 160).is_over(at(167)));
        assert!(session(0, 167).is_over(at(168)));
        assert!(!session(10, 10).is_over(at(0)), "a clock set back ends nothing");
        assert!(session(169, 169).is_over(at(0)), "one that began by a wrong clock does not live longer");
    }

    #[test]
    fn a_cookie_is_known_by_the_digest_of_its_secret() {
        let text = text_of(&[3; SECRET_BYTES]);
        assert_eq!(digest_of(&text), Some(sha256(&[&[3; SECRET_BYTES]])));
        for bad in ["", "x", text.split_at(1).1, &format!("{text}A"), "ü"] {
            assert_eq!(digest_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_browser_does_not_fill_the_table_with_its_name() {
        assert_eq!(shortened_agent("a\r\nb\u{7}"), "ab");
        assert_eq!(shortened_agent(&"é".repeat(500)).len(), AGENT_LEN_MAX);
    }

    #[test]
    fn a_link_opens_with_its_own_text_for_half_an_hour() {
        let now = Timestamp::from_micros(1_000_000);
        let (link, text) = Link::make(&[5; SECRET_BYTES], now);
        assert!(link.opens(&text, now));
        assert!(!link.opens(&text, now.saturating_add(LINK_VALID_FOR)));
        let (_, other) = Link::make(&[6; SECRET_BYTES], now);
        assert!(!link.opens(&other, now) && !link.opens("", now) && !link.opens("ü", now));
    }
}
