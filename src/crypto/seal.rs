//! Authenticated encryption with associated data: ChaCha20-Poly1305 (RFC 8439).
//!
//! It runs in constant time on every processor, also on small ones without instructions for AES, and what is sealed
//! here is short, so that AES-256-GCM's speed would win nothing. Nonces are 96 random bits, as for both: one key
//! may seal about four thousand million values before two nonces could meet.
//!
//! ```text
//! sealed = version (1 byte, 1) ‖ nonce (12 bytes) ‖ ciphertext, as long as the plain text ‖ tag (16 bytes)
//! ```

use crate::crypto::digest::{Digest, equal_in_constant_time};
use crate::crypto::mac::MacKey;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use std::fmt;
use std::hint::black_box;

/// Length of a key in bytes.
pub const KEY_LEN: usize = 32;

/// Length of a nonce in bytes.
pub const NONCE_LEN: usize = 12;

/// Length of a key's id in bytes.
pub const KEY_ID_LEN: usize = 16;

/// What a key is known by: the first 16 bytes of a code made with it. It tells nothing about the key, so it may stand
/// beside what the key has sealed.
pub type KeyId = [u8; KEY_ID_LEN];

/// Layout and cipher of what is sealed.
const VERSION: u8 = 1;

/// Length of the tag in bytes.
const TAG_LEN: usize = 16;

/// What a key's id is the code of.
const ID_LABEL: &[u8] = b"mainstay sealing key id";

/// A key that seals and opens; wiped when dropped.
#[derive(Clone)]
pub struct SealingKey([u8; KEY_LEN]);

/// Why something sealed was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// It is too short to have been sealed.
    #[error("it is cut off")]
    CutOff,
    /// Another version of the program sealed it, in this layout.
    #[error(
        "it is sealed in layout {0}, this program knows {VERSION}; hint: install the newer program again"
    )]
    Version(u8),
    /// Sealed with another key, for another purpose, or changed: which of them cannot be told.
    #[error("it was changed, or sealed with another key or for another place")]
    Refused,
}

impl SealingKey {
    /// Takes 32 random bytes.
    pub fn new(bytes: [u8; KEY_LEN]) -> Self {
        Self(bytes)
    }

    /// Shows the bytes to whoever has to keep them.
    pub fn expose(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    /// Returns what the key is known by.
    pub fn id(&self) -> KeyId {
        let code = MacKey::new(&self.0).authenticate(&[ID_LABEL]);
        *code.first_chunk().expect("a code is longer than an id")
    }

    /// Returns the code of a text made of pieces, which only holders of the key can make.
    pub fn authenticate(&self, pieces: &[&[u8]]) -> Digest {
        MacKey::new(&self.0).authenticate(pieces)
    }

    /// Seals a plain text. Only who names the same associated data opens it; they are not part of the result. A nonce
    /// must never be used twice with one key: draw it at random.
    pub fn seal(&self, nonce: [u8; NONCE_LEN], plain: &[u8], associated: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + TAG_LEN);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        let mut text = plain.to_vec();
        self.cipher()
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(associated), &mut text)
            .expect("the text is far shorter than 256 GiB");
        sealed.append(&mut text);
        sealed
    }

    /// Returns the plain text of what was sealed with this key and these associated data.
    pub fn open(&self, sealed: &[u8], associated: &[u8]) -> Result<Vec<u8>, UnsealError> {
        let (&version, rest) = sealed.split_first().ok_or(UnsealError::CutOff)?;
        if version != VERSION {
            return Err(UnsealError::Version(version));
        }
        let (&nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(UnsealError::CutOff)?;
        let plain_len = text.len().checked_sub(TAG_LEN).ok_or(UnsealError::CutOff)?;
        let mut text = text.to_vec();
        self.cipher()
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(associated), &mut text)
            .map_err(|_unspecified| UnsealError::Refused)?;
        text.truncate(plain_len);
        Ok(text)
    }

    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.0).expect("the key has the cipher's length");
        LessSafeKey::new(key)
    }
}

impl Drop for SealingKey {
    fn drop(&mut self) {
        self.0.fill(0);
        // Without somebody looking, the compiler may leave the wiping out.
        black_box(&self.0);
    }
}

impl PartialEq for SealingKey {
    fn eq(&self, other: &Self) -> bool {
        equal_in_constant_time(&self.0, &other.0)
    }
}

impl Eq for SealingKey {}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    /// RFC 8439, section 2.8.2.
    const PLAIN: &[u8] =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
                           future, sunscreen would be it.";
    const ASSOCIATED: &str = "50515253c0c1c2c3c4c5c6c7";
    const NONCE: &str = "070000004041424344454647";
    const CIPHERTEXT: &str = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fa\
                              fb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4\
                              fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecb\
                              d0600691";

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn key() -> SealingKey {
        SealingKey::new(std::array::from_fn(|at| 0x80 + u8::try_from(at).unwrap()))
    }

    #[test]
    fn the_ciphertext_is_that_of_rfc_8439() {
        let nonce: [u8; NONCE_LEN] = hex(NONCE).try_into().unwrap();
        let sealed = key().seal(nonce, PLAIN, &hex(ASSOCIATED));
        assert_eq!(sealed, [vec![VERSION], nonce.to_vec(), hex(CIPHERTEXT)].concat());
        assert_eq!(key().open(&sealed, &hex(ASSOCIATED)).unwrap(), PLAIN);
    }

    #[test]
    fn a_key_is_not_shown_and_its_id_is_its_own() {
        assert_eq!(format!("{:?}", key()), "SealingKey(hidden)");
        assert_eq!(HEXLOWER.encode(&key().id()), "a9adfb8215e59ed116e337c4d83575ac");
        assert_ne!(key().id(), SealingKey::new([0; KEY_LEN]).id());
    }

    #[test]
    fn what_was_never_sealed_is_refused_with_its_reason() {
        assert_eq!(key().open(b"", b""), Err(UnsealError::CutOff));
        assert_eq!(key().open(&[VERSION; 28], b""), Err(UnsealError::CutOff));
        assert_eq!(key().open(&[2; 40], b""), Err(UnsealError::Version(2)));
        assert_eq!(key().open(&[VERSION; 40], b""), Err(UnsealError::Refused));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_only_with_its_own_key_and_data(
            bytes: [u8; KEY_LEN],
            other: [u8; KEY_LEN],
            nonce: [u8; NONCE_LEN],
            plain in proptest::collection::vec(any::<u8>(), 0..200),
            associated in proptest::collection::vec(any::<u8>(), 0..40),
            elsewhere in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let key = SealingKey::new(bytes);
            let sealed = key.seal(nonce, &plain, &associated);
            prop_assert_eq!(sealed.len(), 1 + NONCE_LEN + plain.len() + TAG_LEN);
            prop_assert_eq!(key.open(&sealed, &associated), Ok(plain));
            if elsewhere != associated {
                prop_assert_eq!(key.open(&sealed, &elsewhere), Err(UnsealError::Refused));
            }
            if other != bytes {
                prop_assert_eq!(SealingKey::new(other).open(&sealed, &associated), Err(UnsealError::Refused));
            }
        }

        #[test]
        fn every_changed_or_missing_byte_is_refused(
            nonce: [u8; NONCE_LEN],
            plain in proptest::collection::vec(any::<u8>(), 0..60),
            change in 1..=u8::MAX,
        ) {
            let sealed = key().seal(nonce, &plain, b"here");
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= change;
                prop_assert!(key().open(&changed, b"here").is_err(), "byte {}", at);
                prop_assert!(key().open(&sealed[..at], b"here").is_err(), "cut at {}", at);
            }
        }

        #[test]
        fn any_bytes_are_opened_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(key().open(&bytes, b"").is_err());
        }
    }
}
