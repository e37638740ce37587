//! A secret as it is stored: sealed, so that only the appliance with its key reads it.

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A sealed secret: bytes of no use without the key; as JSON a text in Base64 (RFC 4648).
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
    fn a_sealed_secret_is_base64_in_json() {
        let sealed = Sealed::new(vec![1, 2, 255]);
        assert_eq!(serde_json::to_string(&sealed).unwrap(), r#""AQL/""#);
        assert_eq!(serde_json::from_str::<Sealed>(r#""AQL/""#).unwrap(), sealed);
        assert!(serde_json::from_str::<Sealed>(r#""AQL""#).is_err());
        assert_eq!(format!("{sealed:?}"), "Sealed(3 bytes)");
    }
}
