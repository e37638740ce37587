//! Ten seconds of requests, and which tenants have numbers of their own in them.

use super::tally::Tally;
use crate::domain::ids::TenantNumber;
use crate::domain::latency::Resolution;
use crate::domain::tenant::Tenant;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Most tenants with numbers of their own, and one place for all others: six bits of an entry.
pub(super) const PLACES: usize = 64;

/// The place of tenants beyond the bound.
pub(super) const OTHER: usize = PLACES - 1;

/// A tenant that was given a place.
#[derive(Debug)]
struct Named {
    number: TenantNumber,
    slug: Box<str>,
}

/// Places of tenants, given at a tenant's first request and kept.
#[derive(Debug)]
pub(super) struct Places([OnceLock<Named>; PLACES - 1]);

impl Places {
    pub(super) fn new() -> Self {
        Self([const { OnceLock::new() }; PLACES - 1])
    }

    pub(super) fn of(&self, tenant: &Tenant) -> usize {
        let named = || Named { number: tenant.number, slug: tenant.slug.as_str().into() };
        let taken = |place: &OnceLock<Named>| place.get_or_init(named).number == tenant.number;
        // Numbers are given one by one, so the first try is mostly the right one.
        let start = tenant.number.0 as usize % (PLACES - 1);
        let mut order = (start..PLACES - 1).chain(0..start);
        order.find(|at| self.0.get(*at).is_some_and(taken)).unwrap_or(OTHER)
    }

    /// Returns the slug of the tenant at a place.
    pub(super) fn slug(&self, place: usize) -> Option<&str> {
        self.0.get(place)?.get().map(|named| named.slug.as_ref())
    }
}

/// Entries for pairs of tenant and bucket: about thirty buckets each if every place is in use, and enough for 200
/// requests a second of any kind.
pub(super) const ENTRIES: usize = 2_048;

/// Buckets of latencies.
const BUCKETS: usize = Resolution::FINE.buckets();

/// Entries looked at before a latency of a tenant is given up.
const TRIES: usize = 32;

/// The low bits of an entry count; the high bits say what.
const COUNT_BITS: u32 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Status below 400.
    Success,
    /// 4xx: the client's mistake.
    Refused,
    /// 5xx: the appliance's own.
    Error,
}

impl Ending {
    pub(super) fn of(status: u16) -> Self {
        match status {
            500.. => Self::Error,
            400.. => Self::Refused,
            _ => Self::Success,
        }
    }
}

/// Requests that did not succeed, and those whose latency found no entry.
#[derive(Debug, Default)]
struct Rest {
    refused: AtomicU32,
    errors: AtomicU32,
    unplaced: AtomicU32,
}

/// The numbers of one tenant, or of all, added up.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub(super) latencies: Tally,
    pub(super) refused: u64,
    pub(super) errors: u64,
    pub(super) unplaced: u64,
}

impl Sums {
    pub(super) fn new() -> Self {
        Self { latencies: Tally::new(), refused: 0, errors: 0, unplaced: 0 }
    }

    fn add(&mut self, rest: &Rest) {
        self.refused += u64::from(rest.refused.load(Ordering::Relaxed));
        self.errors += u64::from(rest.errors.load(Ordering::Relaxed));
        self.unplaced += u64::from(rest.unplaced.load(Ordering::Relaxed));
    }
}

#[derive(Debug)]
pub(super) struct Slot {
    /// Which ten seconds these are, counted from 1; 0: none yet.
    pub(super) period: AtomicU64,
    all: Box<[AtomicU32]>,
    all_rest: Rest,
    /// A hash table of counts by tenant and bucket; an entry that is full is followed by another for the same.
    entries: Box<[AtomicU32]>,
    rests: Box<[Rest]>,
}

fn zeros(len: usize) -> Box<[AtomicU32]> {
    (0..len).map(|_| AtomicU32::new(0)).collect()
}

impl Slot {
    pub(super) fn new() -> Self {
        Self {
            period: AtomicU64::new(0),
            all: zeros(BUCKETS),
            all_rest: Rest::default(),
            entries: zeros(ENTRIES),
            rests: (0..PLACES).map(|_| Rest::default()).collect(),
        }
    }

    #[cfg(test)]
    pub(super) fn bytes() -> usize {
        size_of::<Self>() + 4 * (BUCKETS + ENTRIES) + PLACES * size_of::<Rest>()
    }

    pub(super) fn clear(&self) {
        for count in self.all.iter().chain(&self.entries) {
            count.store(0, Ordering::Relaxed);
        }
        for rest in self.rests.iter().chain([&self.all_rest]) {
            for count in [&rest.refused, &rest.errors, &rest.unplaced] {
                count.store(0, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn count(&self, bucket: usize, ending: Ending, place: Option<usize>) {
        if let Some(count) = self.all.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        note(&self.all_rest, ending);
        if let Some((place, rest)) = place.and_then(|place| Some((place, self.rests.get(place)?))) {
            note(rest, ending);
            if !self.count_entry(place, bucket) {
                rest.unplaced.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Counts in the table; false if every entry that was tried belongs to others.
    fn count_entry(&self, place: usize, bucket: usize) -> bool {
        let what = place * 1_024 + bucket;
        // Neighbouring buckets of a tenant are used together and shall not compete for the same entries.
        let start = what.wrapping_mul(0x9E37_79B1) >> 7;
        (0..TRIES).any(|step| {
            let entry = self.entries.get((start + step) % ENTRIES);
            entry.is_some_and(|entry| raise(entry, u32::try_from(what).unwrap_or(u32::MAX)))
        })
    }

    /// Returns how many requests there were of each bucket.
    pub(super) fn counts(&self) -> impl Iterator<Item = u32> {
        self.all.iter().map(|count| count.load(Ordering::Relaxed))
    }

    /// Adds the slot to the sums of all and of every place.
    pub(super) fn add_to(&self, all: &mut Sums, places: &mut [Sums]) {
        for (bucket, count) in self.all.iter().enumerate() {
            all.latencies.add(bucket, u64::from(count.load(Ordering::Relaxed)));
        }
        all.add(&self.all_rest);
        for (sums, rest) in places.iter_mut().zip(&self.rests) {
            sums.add(rest);
        }
        for entry in &self.entries {
            let entry = entry.load(Ordering::Relaxed);
            let (what, count) = ((entry >> COUNT_BITS) as usize, u64::from(entry & count_max()));
            if let Some(sums) = places.get_mut(what / 1_024) {
                sums.latencies.add(what % 1_024, count);
            }
        }
    }
}

const fn count_max() -> u32 {
    (1 << COUNT_BITS) - 1
}

fn note(rest: &Rest, ending: Ending) {
    match ending {
        Ending::Success => {}
        Ending::Refused => drop(rest.refused.fetch_add(1, Ordering::Relaxed)),
        Ending::Error => drop(rest.errors.fetch_add(1, Ordering::Relaxed)),
    }
}

/// Adds one to an entry if it is empty or counts the same and is not full.
fn raise(entry: &AtomicU32, what: u32) -> bool {
    let next = |present: u32| match present {
        0 => Some(what << COUNT_BITS | 1),
        _ => (present >> COUNT_BITS == what && present & count_max() < count_max()).then(|| present + 1),
    };
    entry.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_goes_on_in_the_next_entry_when_one_is_full() {
        let slot = Slot::new();
        for _ in 0..200_000 {
            slot.count(700, Ending::Success, Some(3));
        }
        let (mut all, mut places) = (Sums::new(), vec![Sums::new(); PLACES]);
        slot.add_to(&mut all, &mut places);
        assert_eq!((all.latencies.total(), places[3].latencies.total()), (200_000, 200_000));
        assert_eq!(places[3].unplaced, 0);
    }

    #[test]
    fn a_full_table_leaves_latencies_out_and_counts_them_all_the_same() {
        let slot = Slot::new();
        for place in 0..PLACES {
            for bucket in 0..BUCKETS {
                slot.count(bucket, Ending::Error, Some(place));
            }
        }
        let (mut all, mut places) = (Sums::new(), vec![Sums::new(); PLACES]);
        slot.add_to(&mut all, &mut places);
        assert_eq!(all.latencies.total(), (PLACES * BUCKETS) as u64);
        for sums in &places {
            assert_eq!(sums.latencies.total() + sums.unplaced, BUCKETS as u64);
            assert_eq!(sums.errors, BUCKETS as u64);
        }
        slot.clear();
        let (mut all, mut places) = (Sums::new(), vec![Sums::new(); PLACES]);
        slot.add_to(&mut all, &mut places);
        assert_eq!((all.latencies.total(), all.errors, places[5].unplaced), (0, 0, 0));
    }
}
