//! Settings fixed to a few words.

use crate::config::field::Field;
use crate::config::kind::Kind;
use crate::config::nearest::nearest;
use crate::config::raw::{Raw, Refusal};

/// A value that is one of a few words; `choice!` makes one.
pub(super) trait Choice: Copy + PartialEq + 'static {
    /// Every value with its word.
    const ALL: &'static [(&'static str, Self)];
}

impl<T: Choice> Field for T {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        let text = raw.text().ok_or_else(|| kind.mismatch())?;
        if let Some((_, value)) = T::ALL.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
            *self = *value;
            return Ok(());
        }
        let refusal = kind.mismatch();
        let Some(word) = nearest(text, T::ALL.iter().map(|(word, _)| *word)) else {
            return Err(refusal);
        };
        Err(Refusal::new(refusal.reason, format!("did you mean {word}? {}", refusal.hint)))
    }

    fn text(&self, _kind: &Kind) -> String {
        let word = T::ALL.iter().find(|(_, value)| value == self);
        word.map_or("", |(word, _)| word).to_owned()
    }
}

/// Declares an enum whose values are words in the configuration.
macro_rules! choice {
    (
        $(#[$attribute:meta])+
        pub enum $name:ident {
            $( $(#[$doc:meta])+ $value:ident = $word:literal, )+
        }
    ) => {
        $(#[$attribute])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $( $(#[$doc])+ $value, )+
        }

        impl $name {
            /// Every word, in the order of the reference.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Returns the word in the configuration.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$value => $word, )+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::config::choice::Choice for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$value)),+];
        }
    };
}

pub(super) use choice;
