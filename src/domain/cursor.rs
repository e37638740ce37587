//! Places in a listing: `<epoch>.<seq>`, or a bare sequence number of the present epoch.

use crate::domain::ids::{Epoch, Seq};
use std::fmt;

/// A place in the ledger as a client holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Epoch it was given in; none when a client wrote a bare sequence number.
    pub epoch: Option<Epoch>,
    /// The event it points at.
    pub seq: Seq,
}

/// A text that is not a cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a cursor; hint: take it from `next` or `prev` of a listing, or write a sequence number"
)]
pub struct CursorError(String);

impl Cursor {
    /// Reads a cursor.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let wrong = || CursorError(text.chars().take(64).collect());
        let number = |digits: &str| -> Result<u64, CursorError> {
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(wrong());
            }
            digits.parse().map_err(|_error| wrong())
        };
        match text.split_once('.') {
            None => Ok(Self { epoch: None, seq: Seq(number(text)?) }),
            Some((epoch, seq)) => {
                let epoch = u32::try_from(number(epoch)?).map_err(|_error| wrong())?;
                Ok(Self { epoch: Some(Epoch(epoch)), seq: Seq(number(seq)?) })
            }
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.epoch {
            Some(epoch) => write!(f, "{}.{}", epoch.0, self.seq),
            None => self.seq.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cursors_carry_their_epoch() {
        let cursor = Cursor { epoch: Some(Epoch(3)), seq: Seq(41) };
        assert_eq!(Cursor::parse("3.41"), Ok(cursor));
        assert_eq!(cursor.to_string(), "3.41");
        assert_eq!(Cursor::parse("41"), Ok(Cursor { epoch: None, seq: Seq(41) }));
        for wrong in ["", ".", "1.", ".1", "-1", "+1", "1.2.3", "99999999999.1", "x"] {
            assert!(Cursor::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_refused(text in ".*") {
            let _ = Cursor::parse(&text);
        }
    }
}
