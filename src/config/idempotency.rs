//! `[idempotency]`: how long repeats are recognized.

use crate::config::field::Field;
use crate::config::kind::Kind;
use crate::config::raw::{Raw, Refusal};
use crate::config::setting::{Row, section};
use std::time::Duration;

/// How long a key is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// So long after its event was received.
    For(Duration),
    /// For ever.
    Never,
}

/// The word for keys that are never forgotten.
const NEVER: &str = "never";

const HOUR: u64 = 3_600;

const DAY: u64 = 24 * HOUR;

impl Retention {
    /// Returns how long a key is remembered; none: for ever.
    pub const fn limit(self) -> Option<Duration> {
        match self {
            Self::For(duration) => Some(duration),
            Self::Never => None,
        }
    }
}

impl Field for Retention {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        let never = raw.text().is_some_and(|text| text.eq_ignore_ascii_case(NEVER));
        *self = if never { Self::Never } else { Self::For(Duration::from_millis(kind.measure(raw)?)) };
        Ok(())
    }

    fn text(&self, kind: &Kind) -> String {
        match self {
            Self::For(duration) => duration.text(kind),
            Self::Never => NEVER.to_owned(),
        }
    }
}

section! {
    /// How long repeats are recognized.
    pub struct IdempotencyConfig in "idempotency" {
        /// How long an idempotency key is remembered; `never` forgets none. A million remembered keys take about
        /// 2.3 MB of memory.
        "retention" retention: Retention = Retention::For(Duration::from_secs(30 * DAY)),
            Row::of(Kind::duration_or_never(HOUR, 3_650 * DAY));

        /// How long the same payload sent again without a key counts as a repeat.
        "auto_window" auto_window: Duration = Duration::from_secs(HOUR),
            Row::of(Kind::duration(1, 30 * DAY)).live().bounds_note("at most idempotency.retention");
    }
}
