//! Texts that must not be shown, in use and as they are stored.

use crate::domain::time::Timestamp;
use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// Age at which a secret of a token or source should be given way to a new one: what is in use for longer has been on more
/// machines than anybody remembers.
pub const AGE_ADVISED_MAX: Duration = Duration::from_hours(90 * 24);

/// Tells whether a secret that is in use since then should be rotated.
pub fn is_old(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) > AGE_ADVISED_MAX
}

/// A text that must not be shown, such as a password: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a text in.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Shows the text to whoever has to use it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// A secret sealed so that only the appliance with its key reads it: bytes of no use without the key; as JSON a text in Base64 (RFC 4648).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes sealed bytes in.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the sealed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_old_after_ninety_days() {
        let made = Timestamp::from_micros(1);
        let at = made.saturating_add(AGE_ADVISED_MAX);
        assert!(!is_old(made, at) && is_old(made, at.saturating_add(Duration::from_micros(1))));
        assert!(!is_old(at, made), "a clock that was set back makes nothing old");
    }

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("hunter2".into());
        assert_eq!((format!("{secret:?}").as_str(), secret.expose()), ("Secret(hidden)", "hunter2"));
    }

    #[test]
    fn a_sealed_secret_is_base64_in_json() {
        let sealed = Sealed::new(vec![1, 2, 255]);
        assert_eq!(serde_json::to_string(&sealed).unwrap(), r#""AQL/""#);
        assert_eq!(serde_json::from_str::<Sealed>(r#""AQL/""#).unwrap(), sealed);
        assert!(serde_json::from_str::<Sealed>(r#""AQL""#).is_err());
        assert_eq!(format!("{sealed:?}"), "Sealed(3 bytes)");
    }
}
