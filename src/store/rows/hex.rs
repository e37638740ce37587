//! Digests as hexadecimal digits.

use crate::crypto::digest::Digest;
use data_encoding::HEXLOWER;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A digest in a row.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Hex(pub(in crate::store) Digest);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(Error::custom)?;
        Digest::try_from(bytes).map(Self).map_err(|_wrong| Error::custom("a digest has 32 bytes"))
    }
}
