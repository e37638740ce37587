//! How members of stored types are written in JSON.

use crate::crypto::digest::Digest;
use data_encoding::HEXLOWER;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::Duration;

/// Writes a digest as hexadecimal digits.
pub(super) fn hex<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
    HEXLOWER.encode(digest).serialize(to)
}

/// Writes a list of digests.
pub(super) fn hex_list<S: Serializer>(digests: &[Digest], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(digests.iter().map(|digest| HEXLOWER.encode(digest)))
}

/// Writes the whole seconds of a duration, or of none.
pub(super) fn seconds<S: Serializer>(
    duration: &(impl Into<Option<Duration>> + Copy),
    to: S,
) -> Result<S::Ok, S::Error> {
    (*duration).into().map(|duration: Duration| duration.as_secs()).serialize(to)
}

/// Reads a digest.
pub(super) fn from_hex<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
    digest(&String::deserialize(from)?)
}

/// Reads a list of digests.
pub(super) fn from_hex_list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Digest>, D::Error> {
    Vec::<String>::deserialize(from)?.iter().map(|text| digest(text)).collect()
}

fn digest<E: Error>(text: &str) -> Result<Digest, E> {
    let bytes = HEXLOWER.decode(text.as_bytes()).map_err(E::custom)?;
    bytes.try_into().map_err(|_wrong| E::custom("a digest has 32 bytes"))
}

/// Reads seconds.
pub(super) fn from_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_secs)
}

/// Reads seconds, or none.
pub(super) fn from_any_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    Ok(Option::<u64>::deserialize(from)?.map(Duration::from_secs))
}

/// Whole microseconds of a duration, for `#[serde(with = …)]`.
pub(super) mod micros {
    use super::{Deserialize, Deserializer, Duration, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_micros)
    }
}
