//! How numbers are written, and where an axis ends.

use crate::console::words::grouped;

/// Steps of an axis: two gaps of the same height.
pub(super) const GAPS: u32 = 2;

/// What a chart's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Unit {
    Count,
    Milliseconds,
    Bytes,
    /// A part of the whole, where 1 is all of it.
    Share,
}

impl Unit {
    /// Returns what a column of these numbers has behind its name.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Count => "",
            Self::Milliseconds => " (ms)",
            Self::Bytes => " (MiB)",
            Self::Share => " (%)",
        }
    }

    /// Writes a number for the table, without the unit that stands above it.
    pub(super) fn exact(self, value: f64) -> String {
        match self {
            Self::Count if value < WHOLE_MAX => grouped(whole(value)),
            Self::Count => short(value),
            Self::Milliseconds => format!("{value:.2}"),
            Self::Bytes => format!("{:.1}", value / MIB),
            Self::Share => format!("{:.2}", value * 100.0),
        }
    }

    /// Writes a number with its unit, as short as an axis needs it.
    pub(super) fn labelled(self, value: f64) -> String {
        match self {
            Self::Count => short(value),
            Self::Milliseconds if value >= 1_000.0 => format!("{} s", digits(value / 1_000.0)),
            Self::Milliseconds => format!("{} ms", digits(value)),
            Self::Bytes => {
                let (size, unit) = reduced(value, 1_024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]);
                format!("{} {unit}", digits(size))
            }
            Self::Share => format!("{} %", digits(value * 100.0)),
        }
    }

    /// Returns where an axis ends that has to hold so much.
    pub(super) fn ceiling(self, highest: f64) -> f64 {
        match self {
            Self::Count => round_up(highest).max(f64::from(GAPS)),
            Self::Milliseconds => round_up(highest).max(1.0),
            Self::Share => (round_up(highest * 100.0) / 100.0).max(0.01),
            Self::Bytes => {
                let mut unit = 1.0;
                while highest / unit >= 1_024.0 {
                    unit *= 1_024.0;
                }
                round_up(highest / unit).max(1.0) * unit
            }
        }
    }
}

/// Bytes of a mebibyte.
const MIB: f64 = 1_048_576.0;

/// From here on not every whole number has a form of its own.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is neither negative nor large"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

/// Returns the next number up of 1, 2, 4, 5, 6, 8 or 10 times a power of ten: half of each has few digits.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let power = 10f64.powf(value.log10().floor());
    // A little less, because a quotient such as 3.0000000000000004 is meant to be 3.
    let wanted = value / power * (1.0 - 1e-9);
    let step = [1.0, 2.0, 4.0, 5.0, 6.0, 8.0].into_iter().find(|step| wanted <= *step);
    step.unwrap_or(10.0) * power
}

fn reduced<'a>(value: f64, base: f64, units: &[&'a str]) -> (f64, &'a str) {
    let mut rest = value;
    let mut units = units.iter().copied();
    let mut unit = units.next().unwrap_or_default();
    for larger in units {
        if rest < base {
            break;
        }
        (rest, unit) = (rest / base, larger);
    }
    (rest, unit)
}

fn short(value: f64) -> String {
    let (number, unit) = reduced(value, 1_000.0, &["", " k", " M", " G", " T", " P", " E"]);
    format!("{}{unit}", digits(number))
}

/// Writes a number with as many decimals as it needs to be told from its neighbours on an axis.
fn digits(value: f64) -> String {
    let text = match value {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_number_that_is_easy_to_read() {
        let counts = [0.0, 1.0, 3.0, 7.0, 9.0, 41.0, 100.0, 1_234.0, 1e19].map(|n| Unit::Count.ceiling(n));
        let expected = [2.0, 2.0, 4.0, 8.0, 10.0, 50.0, 100.0, 2_000.0, 1e19];
        for (found, expected) in counts.into_iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 1e-9, "{found} for {expected}");
        }
        assert_eq!(Unit::Bytes.labelled(Unit::Bytes.ceiling(3_000_000.0)), "4 MiB");
        assert_eq!(Unit::Share.labelled(Unit::Share.ceiling(0.0)), "1 %");
        assert_eq!(Unit::Share.labelled(Unit::Share.ceiling(0.034)), "4 %");
        assert_eq!(Unit::Milliseconds.labelled(Unit::Milliseconds.ceiling(0.2)), "1 ms");
    }

    #[test]
    fn numbers_are_short_on_an_axis_and_exact_in_a_table() {
        assert_eq!(Unit::Count.labelled(1_500.0), "1.5 k");
        assert_eq!(Unit::Count.labelled(0.0), "0");
        assert_eq!(Unit::Count.labelled(2.5e18), "2.5 E");
        assert_eq!(Unit::Milliseconds.labelled(2_500.0), "2.5 s");
        assert_eq!(Unit::Bytes.labelled(1_536.0 * 1_048_576.0), "1.5 GiB");
        assert_eq!(Unit::Count.exact(12_345.0), "12\u{202f}345");
        assert_eq!(Unit::Share.exact(0.1234), "12.34");
        assert_eq!(Unit::Bytes.exact(1_048_576.0), "1.0");
        assert_eq!(Unit::Count.exact(1e19), "10 E");
    }
}
