//! One request: a batch of a file under its key, format `send1`.
//!
//! The format of keys never changes, because a file sent twice must find its own keys: another one gets another name. The
//! key of a request is `send1-<digest>-<offset>`: the first 32 hexadecimal digits of the whole file's SHA-256 and the offset
//! of the request's first byte in the file. A file that is one event has this key with offset 0; in a request of several
//! records the appliance adds `/n` for the nth line. Where requests begin is part of the keys, and so the rule for it (see
//! `batch`) is part of the format.

use crate::cli::send::batch::Batch;
use crate::cli::send::source::Source;
use crate::crypto::digest::Digest;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use std::sync::Arc;

/// The media type of lines.
pub(super) const LINES: &str = "application/x-ndjson";

/// Bytes of the digest in a key: 128 bits, as many as the appliance's index of keys compares.
const DIGEST_BYTES: usize = 16;

/// A batch of a file, and how it is sent.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) source: Arc<Source>,
    /// What the body is: lines that are answered one by one, or one event.
    pub(super) media_type: &'static str,
    pub(super) batch: Batch,
    /// How often it was sent: after the first time a repeat may be of this very send.
    pub(super) attempts: u32,
}

impl Request {
    pub(super) fn key(&self) -> String {
        key(&self.source.digest, self.batch.offset)
    }

    /// Tells whether every line is an event.
    pub(super) fn is_lines(&self) -> bool {
        self.media_type == LINES
    }

    /// Returns the body: what is not answered yet.
    pub(super) fn body(&self) -> Bytes {
        if self.is_lines() { self.batch.write_due() } else { self.batch.bytes.clone() }
    }
}

fn key(file: &Digest, offset: u64) -> String {
    let (shown, _) = file.split_at(DIGEST_BYTES);
    format!("send1-{}-{offset}", HEXLOWER.encode(shown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::digest::sha256;
    use crate::domain::idempotency::IdempotencyKey;

    #[test]
    fn keys_are_written_as_they_always_were() {
        assert_eq!(key(&sha256(&[b"abc"]), 1_048_577), "send1-ba7816bf8f01cfea414140de5dae2223-1048577");
        let longest = format!("{}/{}", key(&[0; 32], u64::MAX), u64::MAX);
        assert!(IdempotencyKey::parse(&longest).is_ok());
    }
}
