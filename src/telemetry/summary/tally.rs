//! Latencies added up.

use crate::domain::latency::Resolution;

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
        Self(vec![0; Resolution::FINE.buckets()])
    }

    pub(super) fn add(&mut self, bucket: usize, count: u64) {
        if let Some(sum) = self.0.get_mut(bucket) {
            *sum += count;
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(super) fn latency(&self) -> Latency {
        let counts = self.0.iter().copied().enumerate();
        #[expect(clippy::cast_precision_loss, reason = "a quarter of an hour has fewer than 2^52 requests")]
        let of = |count: u64| count as f64;
        let sum: f64 =
            counts.clone().map(|(bucket, count)| Resolution::FINE.middle_ms(bucket) * of(count)).sum();
        let percentile =
            |of_hundred| Resolution::FINE.percentile_ms(counts.clone(), of_hundred).unwrap_or_default();
        Latency {
            p50_ms: percentile(50),
            p95_ms: percentile(95),
            p99_ms: percentile(99),
            average_ms: sum / of(self.total().max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn bucket_of(latency: Duration) -> usize {
        Resolution::FINE.bucket_of(latency)
    }

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
        assert_eq!(bucket_of(Duration::from_hours(5)), Resolution::FINE.buckets() - 1);
        assert_eq!(Tally::new().latency(), Latency::default());
    }
}
