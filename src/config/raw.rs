//! Values as written, and why one is refused.

use crate::config::problem::{Origin, Problem};

/// Longest part of a value that a message shows.
const SHOWN_LEN_MAX: usize = 80;

/// A value as written: any text from environment and flags, text, number or list from the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// A text; where a list is wanted, its items are separated by commas.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A list of texts.
    List(Vec<String>),
    /// Something no setting takes, by its name.
    Other(&'static str),
}

/// Why a value is refused, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: String,
    pub(super) hint: String,
}

impl Refusal {
    pub(super) fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: hint.into() }
    }

    pub(super) fn of(self, key: String, value: String, origin: Origin) -> Problem {
        Problem { value: Some(value), ..Problem::new(key, origin, self.reason, self.hint) }
    }
}

impl Raw {
    /// Returns the value for messages, shortened and without control characters.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => shortened(text),
            Self::Number(number) => number.to_string(),
            Self::List(items) => shortened(&items.join(",")),
            Self::Other(what) => (*what).to_owned(),
        }
    }

    /// Returns the text without blanks around it.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()),
            _ => None,
        }
    }

    /// Returns the items of a list, or of a text at its commas; an empty text is an empty list.
    pub(super) fn items(&self) -> Option<Vec<&str>> {
        match self {
            Self::Text(text) if text.trim().is_empty() => Some(Vec::new()),
            Self::Text(text) => Some(text.split(',').map(str::trim).collect()),
            Self::List(items) => Some(items.iter().map(|item| item.trim()).collect()),
            _ => None,
        }
    }
}

/// Returns the beginning of a text with every control character replaced.
pub(super) fn shortened(text: &str) -> String {
    let printable = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    let mut shown: String = text.chars().take(SHOWN_LEN_MAX).map(printable).collect();
    if text.chars().nth(SHOWN_LEN_MAX).is_some() {
        shown.push('…');
    }
    shown
}
