//! A text that must not be shown.

use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Age at which a secret of a token or source should be given way to a new one: what is in use for longer has been on more
/// machines than anybody remembers.
pub const AGE_ADVISED_MAX: Duration = Duration::from_hours(90 * 24);

/// Tells whether a secret that is in use since then should be rotated.
pub fn is_old(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) > AGE_ADVISED_MAX
}

/// A text that must not be shown, such as a password: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a text in.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Shows the text to whoever has to use it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_old_after_ninety_days() {
        let made = Timestamp::from_micros(1);
        let at = made.saturating_add(AGE_ADVISED_MAX);
        assert!(!is_old(made, at) && is_old(made, at.saturating_add(Duration::from_micros(1))));
        assert!(!is_old(at, made), "a clock that was set back makes nothing old");
    }

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("hunter2".into());
        assert_eq!((format!("{secret:?}").as_str(), secret.expose()), ("Secret(hidden)", "hunter2"));
    }
}
