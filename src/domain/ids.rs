//! Numbers and short texts that identify things.

use derive_more::{Display, Into};
use serde::{Deserialize, Serialize};

/// An event's place in the ledger, from 1, without gaps; its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Reads the number of an address: digits without a leading zero, so that every event has one address.
    pub fn parse(text: &str) -> Option<Self> {
        let plain =
            !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse().ok().map(Self) } else { None }
    }
}

/// A tenant's number, given once and never reused; it stands in the ledger's leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantNumber(pub u32);

/// The number of tenant `system`, whose events are the audit log.
pub const SYSTEM_TENANT: TenantNumber = TenantNumber(0);

/// The number of tenant `default`, used where a request names none.
pub const DEFAULT_TENANT: TenantNumber = TenantNumber(1);

/// The ledger's epoch: a restore or an accepted loss starts the next, because a log must not tell two histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// The public half of a token's text: 16 lower-case base32 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, Into)]
#[serde(try_from = "String", into = "String")]
pub struct TokenId(String);

/// Characters of a token's id: 80 bits, so that ids never meet by chance.
pub const TOKEN_ID_LEN: usize = 16;

/// A text that is not a token's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a token id; hint: it is the part between `mst_` and the second underscore, 16 characters of a-z and 2-7"
)]
pub struct TokenIdError;

impl TokenId {
    /// Reads an id.
    pub fn parse(text: &str) -> Result<Self, TokenIdError> {
        let valid =
            text.len() == TOKEN_ID_LEN && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        if valid { Ok(Self(text.to_owned())) } else { Err(TokenIdError) }
    }

    /// Returns the id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TokenId {
    type Error = TokenIdError;

    fn try_from(text: String) -> Result<Self, TokenIdError> {
        Self::parse(&text)
    }
}

/// Lets the catalog be searched with the text of a request, without an allocation.
impl std::borrow::Borrow<str> for TokenId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_holds_a_plain_number() {
        assert_eq!(Seq::parse("7"), Some(Seq(7)));
        for wrong in ["0", "07", "+7", "-7", "7.0", "%37", "stream", "", "99999999999999999999", "..%2f7"] {
            assert_eq!(Seq::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_or_none(text in ".{0,24}") {
            if let Some(seq) = Seq::parse(&text) {
                prop_assert_eq!(text, seq.to_string());
            }
        }
    }
}
