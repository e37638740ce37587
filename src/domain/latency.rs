//! Latencies of many requests as counts by bucket, so that those of several stretches of time can be put together.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Buckets between a latency and its double: each reaches 2^(1/9) = 1.08 times as far as the one below, so its middle is
/// at most 4 % from anything in it.
pub const PER_DOUBLING: u32 = 9;

/// Buckets in all: from one microsecond over 28 doublings to 268 seconds.
pub const BUCKETS: u32 = PER_DOUBLING * 28;

/// Counts by bucket; only buckets with a count take room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies(Vec<(u8, u64)>);

// A bucket's number fits in a byte.
const _: () = assert!(BUCKETS <= 256);

impl Latencies {
    /// Adds so many latencies to a bucket; the last one takes what is beyond.
    pub fn add(&mut self, bucket: u32, count: u64) {
        let bucket = u8::try_from(bucket.min(BUCKETS - 1)).unwrap_or(u8::MAX);
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
            self.add(u32::from(*bucket), *count);
        }
    }

    /// Returns how many there are.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| *count).fold(0, u64::saturating_add)
    }

    /// Returns the milliseconds that so many of a hundred do not exceed; none if there are no latencies.
    pub fn percentile_ms(&self, of_hundred: u8) -> Option<f64> {
        let total = u128::from(self.total());
        let rank = (total * u128::from(of_hundred)).div_ceil(100).max(1);
        let mut seen = 0_u128;
        let reached = self.0.iter().find(|(_, count)| {
            seen += u128::from(*count);
            seen >= rank
        });
        let (bucket, _) = reached?;
        Some(((f64::from(*bucket) + 0.5) / f64::from(PER_DOUBLING)).exp2() / 1_000.0)
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
            let bucket = u32::try_from(*bucket).map_err(serde::de::Error::custom)?;
            latencies.add(bucket, *count);
        }
        Ok(latencies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
