//! The one place that draws randomness.

use crate::platform::locks::lock;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt::Debug;
use std::sync::Mutex;

/// Gives random bytes.
pub trait Entropy: Send + Sync + Debug + 'static {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// Returns an array of random bytes.
pub fn array<const N: usize>(entropy: &(impl Entropy + ?Sized)) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// Bytes drawn from the kernel at once: every event takes 32, and a system call for each would cost more than
/// hashing it.
const POOL_LEN: usize = 4_096;

/// The kernel's generator, drawn in portions.
#[derive(Debug)]
pub struct SystemEntropy {
    source: SystemRandom,
    /// Held only while bytes are copied out; the used ones are wiped.
    pool: Mutex<Pool>,
}

struct Pool {
    bytes: [u8; POOL_LEN],
    used: usize,
}

impl Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pool(hidden)")
    }
}

impl SystemEntropy {
    /// Makes an empty pool.
    pub fn new() -> Self {
        let pool = Pool { bytes: [0; POOL_LEN], used: POOL_LEN };
        Self { source: SystemRandom::new(), pool: Mutex::new(pool) }
    }

    fn draw(&self, buffer: &mut [u8]) {
        self.source.fill(buffer).expect("the kernel's random generator answers");
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if buffer.len() > POOL_LEN / 4 {
            return self.draw(buffer);
        }
        let mut pool = lock(&self.pool);
        if POOL_LEN - pool.used < buffer.len() {
            self.draw(&mut pool.bytes);
            pool.used = 0;
        }
        let start = pool.used;
        pool.used += buffer.len();
        let drawn = pool.bytes.get_mut(start..start + buffer.len()).expect("the pool was refilled");
        buffer.copy_from_slice(drawn);
        drawn.fill(0);
    }
}

/// A generator that gives the same bytes after the same seed, for tests and samples.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// Makes a generator.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = lock(&self.0);
        for chunk in buffer.chunks_mut(8) {
            // SplitMix64: well spread and tiny, and nothing secret rests on it.
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            for (slot, byte) in chunk.iter_mut().zip(mixed.to_le_bytes()) {
                *slot = byte;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_entropy_never_gives_the_same_bytes_twice() {
        let entropy = SystemEntropy::new();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1_000 {
            assert!(seen.insert(array::<16>(&entropy)));
        }
    }

    #[test]
    fn seeded_entropy_repeats_itself() {
        assert_eq!(array::<33>(&SeededEntropy::new(1)), array::<33>(&SeededEntropy::new(1)));
        assert_ne!(array::<16>(&SeededEntropy::new(1)), array::<16>(&SeededEntropy::new(2)));
    }
}
