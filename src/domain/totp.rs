//! Time-based one-time passwords (RFC 6238 over HOTP, RFC 4226) as authenticator apps make them: SHA-1, six digits,
//! thirty seconds; and the recovery codes beside them.

use crate::crypto::digest::{Digest, equal_in_constant_time, sha256};
use crate::crypto::mac::{MacHash, authenticate_once};
use crate::domain::members;
use crate::domain::secret::Sealed;
use crate::domain::time::Timestamp;
use crate::domain::uri::RESERVED;
use data_encoding::BASE32_NOPAD;
use percent_encoding::utf8_percent_encode;
use serde::{Deserialize, Serialize};

/// Bytes of a shared secret: the length of SHA-1, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;

/// Seconds of a step.
const STEP_SECONDS: u64 = 30;

/// Steps before and behind the present one that count: clocks differ.
const STEPS_BESIDE: u64 = 1;

/// Recovery codes given out with an enrolment.
pub const RECOVERY_CODES: usize = 10;

/// Random bytes of a recovery code: 80 bits, so that a plain digest is enough to keep.
pub const RECOVERY_BYTES: usize = 10;

/// An operator's second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totp {
    /// The shared secret.
    pub secret: Sealed,
    /// The last step that was used: a code is good once.
    pub last_step: u64,
    /// Digests of the recovery codes that are left.
    #[serde(serialize_with = "members::hex_list", deserialize_with = "members::from_hex_list")]
    pub recovery: Vec<Digest>,
}

/// Returns the step of a code that is good now and was not used before; none if it is wrong.
pub fn accepted_step(secret: &[u8], code: &str, now: Timestamp, last_step: u64) -> Option<u64> {
    let code: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    let present = now.as_seconds() / STEP_SECONDS;
    let steps = present.saturating_sub(STEPS_BESIDE)..=present + STEPS_BESIDE;
    // Every step is computed, so that the time tells nothing.
    let mut accepted = None;
    for step in steps {
        if equal_in_constant_time(code_of(secret, step).as_bytes(), code.as_bytes()) && step > last_step {
            accepted = Some(step);
        }
    }
    accepted
}

/// Returns the six digits that an authenticator app shows in a step of 30 seconds since 1970.
pub fn code_of(secret: &[u8], step: u64) -> String {
    let code = authenticate_once(MacHash::Sha1, secret, &[&step.to_be_bytes()]);
    let offset = usize::from(code.last().copied().unwrap_or_default() & 0xf);
    let chosen = code.get(offset..).and_then(<[u8]>::first_chunk::<4>).copied().unwrap_or_default();
    format!("{:06}", (u32::from_be_bytes(chosen) & 0x7fff_ffff) % 1_000_000)
}

/// Returns the secret as people type it: base32 in groups of four.
pub fn shown_secret(secret: &[u8]) -> String {
    grouped(&BASE32_NOPAD.encode(secret), ' ')
}

/// Returns the address that authenticator apps read, such as out of a QR code.
pub fn enrolment_uri(issuer: &str, operator: &str, secret: &[u8]) -> String {
    let secret = BASE32_NOPAD.encode(secret);
    let issuer = utf8_percent_encode(issuer, RESERVED);
    format!("otpauth://totp/{issuer}:{operator}?secret={secret}&issuer={issuer}")
}

/// Returns a recovery code as it is shown once: lower-case base32 in groups of four.
pub fn recovery_text(random: &[u8; RECOVERY_BYTES]) -> String {
    grouped(&BASE32_NOPAD.encode(random).to_ascii_lowercase(), '-')
}

/// Returns the digest of a recovery code, however it was typed.
pub fn recovery_digest(typed: &str) -> Digest {
    let code: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    sha256(&[b"recovery-code", code.to_ascii_lowercase().as_bytes()])
}

fn grouped(text: &str, between: char) -> String {
    let mut grouped = String::new();
    for (place, character) in text.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            grouped.push(between);
        }
        grouped.push(character);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six of its eight digits.
    const VECTORS: [(u64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(second: u64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (second, code) in VECTORS {
            assert_eq!(accepted_step(SECRET, code, at(second), 0), Some(second / 30), "{second}");
        }
    }

    #[test]
    fn a_code_is_good_once_and_a_step_around() {
        let (second, code) = VECTORS[3];
        let step = second / 30;
        assert_eq!(accepted_step(SECRET, code, at(second + 30), 0), Some(step));
        assert_eq!(accepted_step(SECRET, code, at(second - 30), 0), Some(step));
        assert_eq!(accepted_step(SECRET, code, at(second + 61), 0), None);
        assert_eq!(accepted_step(SECRET, code, at(second), step), None);
        assert_eq!(accepted_step(SECRET, "005 924", at(second), 0), Some(step));
        for wrong in ["", "005925", "05924", "0059240", "００５９２４"] {
            assert_eq!(accepted_step(SECRET, wrong, at(second), 0), None, "{wrong}");
        }
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let text = recovery_text(&[0xa5; RECOVERY_BYTES]);
        assert_eq!(text.len(), 19);
        assert_eq!(recovery_digest(&text), recovery_digest(&text.to_uppercase().replace('-', " ")));
        assert_ne!(recovery_digest(&text), recovery_digest(text.split_at(1).1));
    }

    #[test]
    fn an_app_reads_who_and_what_out_of_the_address() {
        let uri = enrolment_uri("Mainstay till.example", "owner", SECRET);
        assert_eq!(
            uri,
            "otpauth://totp/Mainstay%20till.example:owner?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mainstay%20till.example"
        );
        assert!(shown_secret(SECRET).starts_with("GEZD GNBV "));
    }
}
