//! What charts look back on.

use crate::domain::series::{Length, Stretch};
use crate::domain::time::Timestamp;
use std::time::Duration;

/// A time up to now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    /// Fifteen minutes.
    Quarter,
    /// An hour.
    #[default]
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// Ninety days.
    Season,
}

impl Span {
    /// All of them, from the shortest.
    pub const ALL: [Self; 5] = [Self::Quarter, Self::Hour, Self::Day, Self::Week, Self::Season];

    /// Returns its name in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quarter => "15m",
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Season => "90d",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|span| span.as_str() == text);
        known.ok_or_else(|| "is none of 15m, 1h, 24h, 7d, 90d; hint: write one of them".to_owned())
    }

    /// Returns what it is cut from, how many of that make a bin, and how many bins it has: few enough for a picture.
    pub(super) const fn cut(self) -> (Length, u32, u32) {
        match self {
            Self::Quarter => (Length::Minute, 1, 15),
            Self::Hour => (Length::Minute, 1, 60),
            Self::Day => (Length::Minute, 30, 48),
            Self::Week => (Length::Hour, 3, 56),
            Self::Season => (Length::Hour, 48, 45),
        }
    }

    /// Returns how long a bin is.
    pub fn bin(self) -> Duration {
        let (length, per_bin, _) = self.cut();
        Duration::from_secs(u64::from(length.seconds()) * u64::from(per_bin))
    }

    /// Returns the first stretch of its first bin, and how many bins there are up to now.
    pub(super) fn first(self, now: Timestamp) -> Stretch {
        let (length, per_bin, bins) = self.cut();
        let present = Stretch::of(length, now);
        Stretch { number: (present.number / per_bin).saturating_sub(bins - 1) * per_bin, length }
    }
}
