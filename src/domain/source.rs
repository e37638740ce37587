//! Sources: named senders of a tenant, each with the scheme it signs by and the secrets that are valid.

use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::secret::Sealed;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Most sources of an appliance: they all stand in memory.
pub const SOURCES_MAX: usize = 16_384;

/// Most secrets of a source valid at once: the present one and, during a rotation, the one before.
pub const SECRETS_MAX: usize = 2;

/// Longest notification address in bytes.
const URL_LEN_MAX: usize = 2_048;

/// A source as the appliance knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Whose events it sends.
    pub tenant: TenantNumber,
    /// Its name, in addresses and as its events' source.
    pub name: Slug,
    /// Name of the scheme it signs by.
    pub scheme: Slug,
    /// Type of events that say none themselves; none: `event`.
    pub default_type: Option<String>,
    /// Whether deliveries without an id get a key made from their content.
    pub automatic_keys: AutomaticKeys,
    /// The address the provider was given, where it signs it.
    pub notification_url: Option<String>,
    /// Whether deliveries without a signature are taken, where the scheme has none.
    pub unsigned: Unsigned,
    /// The secrets that are valid, newest first.
    pub secrets: Vec<SealedSecret>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A secret as it is kept, and how long it is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSecret {
    /// The secret's text, encrypted.
    pub sealed: Sealed,
    /// When it was made.
    pub created_at: Timestamp,
    /// End of validity after a rotation; none for the present secret.
    pub valid_until: Option<Timestamp>,
}

/// Whether deliveries without an id get a key made from their content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutomaticKeys {
    /// They do: a repeat within `idempotency.auto_window` is one.
    On,
    /// They do not: every delivery without an id is a new event.
    Off,
}

/// Whether deliveries without a signature are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsigned {
    /// They are: anybody who knows the address may send.
    Allowed,
    /// They are not.
    Refused,
}

/// A text that cannot be a notification address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an https or http address of at most 2,048 printable characters; hint: give the one the provider shows, such as https://events.example.org/in/acme/square"
)]
pub struct UrlError;

impl Source {
    /// Returns its place among what is managed, such as `sources/acme/pos`.
    pub fn place(&self, tenant: &Slug) -> String {
        format!("sources/{tenant}/{}", self.name)
    }

    /// Returns the path of the source's address.
    pub fn path(&self, tenant: &Slug) -> String {
        format!("/in/{tenant}/{}", self.name)
    }

    /// Returns the sealed secrets that are valid now.
    pub fn valid_secrets(&self, now: Timestamp) -> impl Iterator<Item = &SealedSecret> {
        self.secrets.iter().filter(move |secret| secret.valid_until.is_none_or(|end| now < end))
    }

    /// Puts a new secret first and lets the present one run out; at most two stay.
    pub fn rotate(&mut self, sealed: Sealed, now: Timestamp, overlap: Duration) {
        let end = now.saturating_add(overlap);
        for secret in &mut self.secrets {
            secret.valid_until = Some(secret.valid_until.map_or(end, |until| until.min(end)));
        }
        self.secrets.retain(|secret| secret.valid_until.is_some_and(|until| until > now));
        self.secrets.insert(0, SealedSecret { sealed, created_at: now, valid_until: None });
        self.secrets.truncate(SECRETS_MAX);
    }
}

/// Checks a notification address. Only its form: it is never called.
pub fn check_notification_url(text: &str) -> Result<(), UrlError> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let printable = text.bytes().all(|byte| (b'!'..=b'~').contains(&byte));
    let valid = text.len() <= URL_LEN_MAX && printable && host.is_some_and(|host| !host.is_empty());
    if valid { Ok(()) } else { Err(UrlError) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source {
        let row = r#"{"tenant":2,"name":"pos","scheme":"hmac-sha256","automatic_keys":"on","unsigned":"refused",
            "secrets":[],"created_at":"1970-01-01T00:00:00Z"}"#;
        serde_json::from_str(row).unwrap()
    }

    fn valid(source: &Source, micros: u64) -> Vec<u8> {
        source
            .valid_secrets(Timestamp::from_micros(micros))
            .map(|secret| secret.sealed.as_bytes()[0])
            .collect()
    }

    #[test]
    fn the_former_secret_is_valid_until_its_overlap_ends() {
        let mut source = source();
        assert_eq!(source.path(&Slug::parse("acme").unwrap()), "/in/acme/pos");
        source.rotate(Sealed::new(vec![1]), Timestamp::from_micros(0), Duration::ZERO);
        source.rotate(Sealed::new(vec![2]), Timestamp::from_micros(10), Duration::from_micros(5));
        assert_eq!((valid(&source, 14), valid(&source, 15)), (vec![2, 1], vec![2]));
    }

    #[test]
    fn at_most_two_secrets_are_valid_and_none_gets_longer() {
        let mut source = source();
        for number in 1..=3 {
            source.rotate(Sealed::new(vec![number]), Timestamp::from_micros(0), Duration::from_micros(5));
        }
        assert_eq!(valid(&source, 4), [3, 2]);
        source.rotate(Sealed::new(vec![4]), Timestamp::from_micros(1), Duration::ZERO);
        assert_eq!(valid(&source, 1), [4]);
    }

    #[test]
    fn a_notification_url_is_an_address() {
        for good in ["https://example.org/in/acme/square", "http://10.0.0.1:8080/x?y=1"] {
            assert!(check_notification_url(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.org",
            "https://",
            "ftp://a",
            "https://a b",
            "https://ä",
            &format!("https://{}", "a".repeat(2_048)),
        ] {
            assert!(check_notification_url(bad).is_err(), "{bad}");
        }
    }
}
