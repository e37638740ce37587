//! Names that people choose.

use derive_more::{Display, Into};
use serde::{Deserialize, Serialize};

/// Longest slug in characters: it stands in addresses and metric labels.
pub const SLUG_LEN_MAX: usize = 63;

/// Longest label (display names, sources, event types) in characters.
pub const LABEL_LEN_MAX: usize = 255;

/// A name that is not acceptable, with the reason and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The slug has other characters, the wrong length or the wrong ends.
    #[error(
        "`{0}` is not a slug; hint: 1 to 63 characters of a-z, 0-9 and -, starting and ending with a letter or digit"
    )]
    Slug(String),
    /// The label is empty.
    #[error("the {0} is empty; hint: give it at least one character")]
    Empty(&'static str),
    /// The label is too long.
    #[error("the {0} is longer than 255 characters; hint: shorten it")]
    TooLong(&'static str),
    /// The label holds a control character.
    #[error("the {0} holds a control character; hint: use printable characters only")]
    Control(&'static str),
}

/// The form of a slug, as a regular expression.
pub const SLUG_PATTERN: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

/// The form of a label, as a regular expression: no control characters.
pub const LABEL_PATTERN: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// A tenant's or source's short name: 1 to 63 of `a-z`, `0-9`, `-`, with a letter or digit at both ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, Into)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// Reads a slug.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let inner = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let valid = (1..=SLUG_LEN_MAX).contains(&text.len())
            && text.bytes().all(inner)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if valid { Ok(Self(text.to_owned())) } else { Err(NameError::Slug(text.chars().take(80).collect())) }
    }

    /// Returns the slug's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl std::borrow::Borrow<str> for Slug {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Checks a label: 1 to 255 characters, none of them a control character. `what` names it in the error.
pub fn check_label(what: &'static str, text: &str) -> Result<(), NameError> {
    if text.len() > LABEL_LEN_MAX && text.chars().count() > LABEL_LEN_MAX {
        return Err(NameError::TooLong(what));
    }
    check_text(what, text)
}

/// Checks a text that may be long: not empty, and no control character in it. `what` names it in the error.
pub fn check_text(what: &'static str, text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty(what));
    }
    if text.chars().any(char::is_control) {
        return Err(NameError::Control(what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_are_lower_case_words_with_inner_dashes() {
        for good in ["a", "acme", "acme-2", "0", &"a".repeat(63)] {
            assert_eq!(Slug::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "-a", "a-", "Acme", "a_b", "a b", "ä", "../x", &"a".repeat(64)] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn labels_are_counted_in_characters() {
        assert!(check_label("source", &"ä".repeat(255)).is_ok());
        assert_eq!(check_label("source", &"ä".repeat(256)), Err(NameError::TooLong("source")));
        assert_eq!(check_label("source", ""), Err(NameError::Empty("source")));
        assert_eq!(check_label("source", "a\nb"), Err(NameError::Control("source")));
    }

    proptest! {
        #[test]
        fn any_text_is_a_slug_or_refused(text in ".*") {
            if let Ok(slug) = Slug::parse(&text) {
                prop_assert_eq!(slug.as_str(), text);
            }
        }
    }
}
