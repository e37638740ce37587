//! The id under which a request stands in the log: the client's own if it is well-formed, else a random one.

use crate::http::request::header::X_REQUEST_ID;
use crate::platform::entropy::{self, Entropy};
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderValue};

/// Longest id taken over from a client.
const LEN_MAX: usize = 64;

/// Random bytes of an id made here.
const RANDOM_BYTES: usize = 16;

/// A request's id as it stands in the answer's head. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// Takes the client's id, or makes one.
    pub fn of(headers: &HeaderMap, entropy: &dyn Entropy) -> Self {
        match headers.get(&X_REQUEST_ID) {
            Some(sent) if is_well_formed(sent.as_bytes()) => Self(sent.clone()),
            _ => Self::random(entropy),
        }
    }

    /// Makes an id.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut text = [0; 2 * RANDOM_BYTES];
        HEXLOWER.encode_mut(&entropy::array::<RANDOM_BYTES>(entropy), &mut text);
        Self(HeaderValue::from_bytes(&text).expect("hexadecimal digits are a header value"))
    }

    /// Returns the id's text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// Returns the id as a header's value.
    pub fn into_value(self) -> HeaderValue {
        self.0
    }
}

pub(super) fn is_well_formed(bytes: &[u8]) -> bool {
    (1..=LEN_MAX).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::header::of_pairs;
    use crate::platform::entropy::SeededEntropy;

    fn of(sent: &[u8]) -> String {
        RequestId::of(&of_pairs(&[("x-request-id", sent)]), &SeededEntropy::new(1)).as_str().to_owned()
    }

    #[test]
    fn a_well_formed_id_is_kept_and_any_other_replaced() {
        assert_eq!(of(b"Abc-1._"), "Abc-1._");
        let made = RequestId::of(&HeaderMap::new(), &SeededEntropy::new(1)).as_str().to_owned();
        assert_eq!(made.len(), 32);
        for wrong in [&b""[..], b"a b", b"a\"b", b"\xff", &[b'a'; 65]] {
            assert_eq!(of(wrong), made);
        }
    }
}
