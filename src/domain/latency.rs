//! Latencies of many requests as counts by bucket, so that those of several stretches of time can be put together.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::Duration;

/// Doublings that buckets cover: from one microsecond, which nothing that is answered beats, to 268 seconds, which is
/// longer than any answer may take.
const DOUBLINGS: usize = 28;

/// How finely latencies are told apart: buckets between a latency and its double, each as many times as long as the one
/// below.
#[derive(Clone, Copy, Debug)]
pub struct Resolution(usize);

impl Resolution {
    /// For the last minutes in memory: a bucket reaches 2^(1/36) = 1.0194 times as far as the one below, so its middle
    /// is at most 0.97 % from anything in it.
    pub const FINE: Self = Self(36);

    /// For what is stored: 2^(1/9) = 1.08 times, at most 4 %, and the number of a bucket fits in a byte.
    pub const STORED: Self = Self(9);

    /// Returns how many buckets there are.
    pub const fn buckets(self) -> usize {
        self.0 * DOUBLINGS
    }

    /// Returns the bucket of a latency; the last one takes what is beyond.
    pub fn bucket_of(self, latency: Duration) -> usize {
        let micros = latency.as_secs_f64() * 1_000_000.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the number is neither negative nor large, and its fraction is to be dropped"
        )]
        let bucket = (micros.max(1.0).log2() * self.per_doubling()) as usize;
        bucket.min(self.buckets() - 1)
    }

    /// Returns the latency that a bucket stands for, in milliseconds.
    pub fn middle_ms(self, bucket: usize) -> f64 {
        let at = f64::from(u32::try_from(bucket).unwrap_or(u32::MAX)) + 0.5;
        (at / self.per_doubling()).exp2() / 1_000.0
    }

    /// Returns the milliseconds that so many of a hundred latencies do not exceed, given as buckets in order with their
    /// counts; none if there are no latencies.
    pub fn percentile_ms(
        self,
        mut counts: impl Iterator<Item = (usize, u64)> + Clone,
        of_hundred: u8,
    ) -> Option<f64> {
        let total: u128 = counts.clone().map(|(_, count)| u128::from(count)).sum();
        let rank = (total * u128::from(of_hundred)).div_ceil(100).max(1);
        let mut seen = 0;
        let reached = counts.find(|(_, count)| {
            seen += u128::from(*count);
            seen >= rank
        });
        reached.map(|(bucket, _)| self.middle_ms(bucket))
    }

    fn per_doubling(self) -> f64 {
        f64::from(u32::try_from(self.0).unwrap_or(u32::MAX))
    }
}

/// Fine buckets that are one stored bucket.
const FINE_PER_STORED: usize = Resolution::FINE.0 / Resolution::STORED.0;

const _: () = assert!(FINE_PER_STORED * Resolution::STORED.0 == Resolution::FINE.0);

/// Counts by stored bucket; only buckets with a count take room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies(Vec<(u8, u64)>);

// A bucket's number fits in a byte.
const _: () = assert!(Resolution::STORED.buckets() <= 256);

impl Latencies {
    /// Adds so many latencies of a fine bucket.
    pub fn add_fine(&mut self, bucket: usize, count: u64) {
        self.add(bucket / FINE_PER_STORED, count);
    }

    /// Adds so many latencies to a bucket; the last one takes what is beyond.
    pub fn add(&mut self, bucket: usize, count: u64) {
        let bucket = u8::try_from(bucket.min(Resolution::STORED.buckets() - 1)).unwrap_or(u8::MAX);
        match self.0.binary_search_by_key(&bucket, |(known, _)| *known) {
            Ok(at) => {
                if let Some((_, sum)) = self.0.get_mut(at) {
                    *sum = sum.saturating_add(count);
                }
            }
            Err(at) if count > 0 => self.0.insert(at, (bucket, count)),
            Err(_) => {}
        }
    }

    /// Adds those of another stretch of time.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.0 {
            self.add(usize::from(*bucket), *count);
        }
    }

    /// Returns how many there are.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| *count).fold(0, u64::saturating_add)
    }

    /// Returns the milliseconds that so many of a hundred do not exceed; none if there are no latencies.
    pub fn percentile_ms(&self, of_hundred: u8) -> Option<f64> {
        let counts = self.0.iter().map(|(bucket, count)| (usize::from(*bucket), *count));
        Resolution::STORED.percentile_ms(counts, of_hundred)
    }
}

/// Bucket, count, bucket, count and so on: short, as rows are many.
impl Serialize for Latencies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().flat_map(|(bucket, count)| [u64::from(*bucket), *count]))
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Vec::<u64>::deserialize(deserializer)?;
        let mut latencies = Self::default();
        for pair in numbers.chunks(2) {
            let [bucket, count] = pair else { return Err(serde::de::Error::custom("a bucket has no count")) };
            let bucket = usize::try_from(*bucket).map_err(serde::de::Error::custom)?;
            latencies.add(bucket, *count);
        }
        Ok(latencies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_bucket_is_four_fine_ones() {
        for micros in [0, 1, 2, 3, 77, 1_000, 59_999, 268_000_000, u64::MAX] {
            let latency = Duration::from_micros(micros);
            let mut latencies = Latencies::default();
            latencies.add_fine(Resolution::FINE.bucket_of(latency), 1);
            let mut expected = Latencies::default();
            expected.add(Resolution::STORED.bucket_of(latency), 1);
            assert_eq!(latencies, expected, "{micros}");
        }
    }

    #[test]
    fn stretches_put_together_give_the_percentiles_of_all() {
        let (mut one, mut other) = (Latencies::default(), Latencies::default());
        one.add(90, 99);
        other.add(180, 1);
        other.add(9_999, 0);
        assert_eq!(
            (one.percentile_ms(50), Latencies::default().percentile_ms(50)),
            (one.percentile_ms(99), None)
        );
        one.merge(&other);
        assert_eq!(one.total(), 100);
        let ms = |of: u8| one.percentile_ms(of).unwrap();
        // Buckets 90 and 180 begin at 2^10 and 2^20 microseconds.
        assert!((ms(99) / 1.064 - 1.0).abs() < 0.01, "{}", ms(99));
        assert!((ms(100) / 1_090.0 - 1.0).abs() < 0.01, "{}", ms(100));
    }

    #[test]
    fn the_stored_form_is_read_back_and_half_a_pair_is_refused() {
        let mut latencies = Latencies::default();
        latencies.add(9_999, u64::MAX);
        latencies.add(9_999, 1);
        latencies.add(7, 3);
        let text = serde_json::to_string(&latencies).unwrap();
        assert_eq!(text, format!("[7,3,251,{}]", u64::MAX));
        assert_eq!(serde_json::from_str::<Latencies>(&text).unwrap(), latencies);
        assert!(latencies.percentile_ms(95).is_some());
        assert!(serde_json::from_str::<Latencies>("[7]").is_err());
    }
}
