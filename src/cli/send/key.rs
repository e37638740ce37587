//! Keys of records: from a file's digest and an offset in it, format `send1`.
//!
//! The format never changes, because a file sent twice must find its own keys: another one gets another name. The key
//! of a request is `send1-<digest>-<offset>`: the first 32 hexadecimal digits of the whole file's SHA-256 and the offset
//! of the request's first byte in the file. A document that is one event has this key with offset 0; in a request of
//! several records the appliance adds `/n` for the nth line. Where requests begin is part of the keys, and so the rule
//! for it (see `cut`) is part of the format.

use crate::crypto::digest::Digest;
use data_encoding::HEXLOWER;

/// Bytes of the digest that stand in a key: 128 bits, as many as the appliance's index of keys compares.
const DIGEST_BYTES: usize = 16;

/// Returns the key of a request.
pub(super) fn request_key(file: &Digest, offset: u64) -> String {
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
        let key = request_key(&sha256(&[b"abc"]), 1_048_577);
        assert_eq!(key, "send1-ba7816bf8f01cfea414140de5dae2223-1048577");
        let longest = format!("{}/{}", request_key(&[0; 32], u64::MAX), u64::MAX);
        assert!(IdempotencyKey::parse(&longest).is_ok());
    }
}
