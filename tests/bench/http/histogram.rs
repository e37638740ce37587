//! Latencies in log-linear buckets: exact below 128 ns, within 1.6 % above, in 30 KiB.

/// Every power of two is cut into 2^6 equal buckets.
const SUB_BITS: u32 = 6;

/// Enough for any `u64`.
const BUCKETS: usize = ((u64::BITS - SUB_BITS) as usize + 1) << SUB_BITS;

/// Counts of values.
#[derive(Debug)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// Makes an empty one.
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0 }
    }

    /// Counts one value.
    pub(crate) fn record(&mut self, value: u64) {
        let count = self.counts.get_mut(bucket_of(value)).expect("every value has a bucket");
        *count += 1;
        self.total += 1;
    }

    /// Adds another one's counts.
    pub(crate) fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    /// Returns the value that `per_mille` of all values do not exceed; 0 without values.
    pub(crate) fn quantile(&self, per_mille: u64) -> u64 {
        let rank = (self.total * per_mille).div_ceil(1_000);
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank.max(1)
        });
        bucket.map_or(0, middle_of)
    }
}

fn bucket_of(value: u64) -> usize {
    let digits = u64::BITS - value.leading_zeros();
    let shift = digits.saturating_sub(SUB_BITS + 1);
    usize::try_from((u64::from(shift) << SUB_BITS) + (value >> shift)).expect("buckets are few")
}

fn middle_of(bucket: usize) -> u64 {
    let shift = (bucket >> SUB_BITS).saturating_sub(1);
    let low = ((bucket - (shift << SUB_BITS)) as u64) << shift;
    low + ((1 << shift) >> 1)
}
