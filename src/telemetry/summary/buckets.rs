//! Latencies as buckets.

use std::time::Duration;

/// Buckets between a latency and its double: each reaches 2^(1/36) = 1.0194 times as far as the one below, so its
/// middle is at most 0.97 % from anything in it.
pub(super) const PER_DOUBLING: u32 = 36;

/// Buckets in all: from one microsecond, which nothing that is answered beats, over 28 doublings to 268 seconds, which
/// is longer than any answer may take.
pub(super) const BUCKETS: usize = 36 * 28;

/// Returns the bucket of a latency.
pub(super) fn bucket_of(latency: Duration) -> usize {
    let micros = latency.as_secs_f64() * 1_000_000.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number is neither negative nor large, and its fraction is to be dropped"
    )]
    let bucket = (micros.max(1.0).log2() * f64::from(PER_DOUBLING)) as usize;
    bucket.min(BUCKETS - 1)
}

/// Returns the latency that a bucket stands for, in milliseconds.
fn middle_ms(bucket: usize) -> f64 {
    let at = f64::from(u32::try_from(bucket).unwrap_or(u32::MAX)) + 0.5;
    (at / f64::from(PER_DOUBLING)).exp2() / 1_000.0
}

/// Latencies of several requests, in milliseconds; zero when there were none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Latency {
    /// What half of the requests took at most.
    pub p50_ms: f64,
    /// What 95 of 100 took at most.
    pub p95_ms: f64,
    /// What 99 of 100 took at most.
    pub p99_ms: f64,
    /// The average.
    pub average_ms: f64,
}

/// Counts by bucket, added up over slots.
#[derive(Clone, Debug)]
pub(super) struct Tally(Vec<u64>);

impl Tally {
    pub(super) fn new() -> Self {
        Self(vec![0; BUCKETS])
    }

    pub(super) fn add(&mut self, bucket: usize, count: u64) {
        if let Some(sum) = self.0.get_mut(bucket) {
            *sum += count;
        }
    }

    /// Returns how many requests were added.
    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Returns percentiles and average.
    pub(super) fn latency(&self) -> Latency {
        let total = self.total();
        if total == 0 {
            return Latency::default();
        }
        #[expect(clippy::cast_precision_loss, reason = "a quarter of an hour has fewer than 2^52 requests")]
        let sum: f64 =
            self.0.iter().enumerate().map(|(bucket, count)| middle_ms(bucket) * *count as f64).sum();
        #[expect(clippy::cast_precision_loss, reason = "as above")]
        let average_ms = sum / total as f64;
        Latency {
            p50_ms: self.percentile(total, 50),
            p95_ms: self.percentile(total, 95),
            p99_ms: self.percentile(total, 99),
            average_ms,
        }
    }

    /// Returns the smallest latency that so many of a hundred requests do not exceed.
    fn percentile(&self, total: u64, of_hundred: u64) -> f64 {
        let rank = (total * of_hundred).div_ceil(100);
        let mut seen = 0;
        let reached = self.0.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        middle_ms(reached.unwrap_or(BUCKETS - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_percentile_and_no_average_is_more_than_a_hundredth_off(
            mut micros in proptest::collection::vec(1u32..60_000_000, 1..400)
        ) {
            let mut tally = Tally::new();
            for latency in &micros {
                tally.add(bucket_of(Duration::from_micros(u64::from(*latency))), 1);
            }
            micros.sort_unstable();
            let ms = |micros: u32| f64::from(micros) / 1_000.0;
            let rank = |of_hundred: usize| ms(micros[(micros.len() * of_hundred).div_ceil(100) - 1]);
            let count = f64::from(u32::try_from(micros.len()).unwrap());
            let average = micros.iter().copied().map(ms).sum::<f64>() / count;
            let found = tally.latency();
            for (found, exact) in [
                (found.p50_ms, rank(50)), (found.p95_ms, rank(95)), (found.p99_ms, rank(99)), (found.average_ms, average),
            ] {
                prop_assert!((found / exact - 1.0).abs() <= 0.01, "{found} for {exact}");
            }
            prop_assert_eq!(tally.total(), micros.len() as u64);
        }
    }

    #[test]
    fn latencies_out_of_range_count_in_the_outermost_buckets() {
        assert_eq!(bucket_of(Duration::ZERO), 0);
        assert_eq!(bucket_of(Duration::from_hours(5)), BUCKETS - 1);
        assert_eq!(Tally::new().latency(), Latency::default());
    }
}
