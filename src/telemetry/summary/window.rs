//! Ninety slots and what they say together.

use super::slot::{Ending, OTHER, PLACES, Places, Slot, Sums};
use super::tally::Latency;
use crate::domain::latency::{Latencies, Resolution};
use crate::domain::tenant::Tenant;
use crate::platform::locks::lock;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Length of a slot.
const SLOT: Duration = Duration::from_secs(10);

/// Slots kept: fifteen minutes.
const SLOTS: u64 = 90;

/// Counts the requests of the last fifteen minutes.
#[derive(Debug)]
pub struct Summary {
    origin: Instant,
    slots: Box<[Slot]>,
    places: Places,
    /// Held while a slot is taken over for the next ten seconds: by one request in ten seconds.
    turning: Mutex<()>,
    /// Milliseconds from `origin` to the last request that found no place; 0: there was none.
    crowded_at: AtomicU64,
}

/// How many requests there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// Those answered with a status below 400.
    pub success: u64,
    /// Those refused for the client's mistake: 4xx.
    pub refused: u64,
    /// Those that failed for the appliance's own reasons: 5xx.
    pub errors: u64,
}

impl Counts {
    /// Returns which part of all requests failed, from 0 to 1.
    pub fn error_rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a quarter of an hour has fewer than 2^52 requests")]
        let rate = self.errors as f64 / self.total.max(1) as f64;
        rate
    }
}

/// One tenant's requests.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantOverview {
    /// The tenant's slug; none: all tenants beyond those with numbers of their own.
    pub tenant: Option<String>,
    /// How many requests there were.
    pub counts: Counts,
    /// How long they took.
    pub latency: Latency,
    /// How many requests the latency leaves out, because too many tenants were busy at once.
    pub unplaced: u64,
}

/// The requests of the last fifteen minutes.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// How many requests there were.
    pub counts: Counts,
    /// How long they took.
    pub latency: Latency,
    /// The same by tenant, for those who sent any, by slug.
    pub tenants: Vec<TenantOverview>,
}

impl Default for Summary {
    fn default() -> Self {
        Self::new(Instant::now())
    }
}

impl Summary {
    /// How far back the numbers reach.
    pub const WINDOW: Duration = Duration::from_secs(SLOT.as_secs() * SLOTS);

    /// Makes an empty summary.
    pub fn new(origin: Instant) -> Self {
        let slots = (0..SLOTS).map(|_| Slot::new()).collect();
        Self { origin, slots, places: Places::new(), turning: Mutex::new(()), crowded_at: AtomicU64::new(0) }
    }

    /// Counts a request that was answered at `now`.
    pub fn record(&self, now: Instant, status: u16, latency: Duration, tenant: Option<&Tenant>) {
        let period = self.period(now);
        let Some(slot) = self.slot(period) else { return };
        if slot.period.load(Ordering::Acquire) < period {
            self.turn(slot, period);
        }
        let place = tenant.map(|tenant| self.places.of(tenant));
        slot.count(Resolution::FINE.bucket_of(latency), Ending::of(status), place);
    }

    /// Notes that a request found all places of its kind taken.
    pub fn note_crowd(&self, now: Instant) {
        self.crowded_at.store(self.milliseconds(now), Ordering::Relaxed);
    }

    /// Tells whether a request found no place in the minute before `now`.
    pub fn was_crowded(&self, now: Instant) -> bool {
        let at = self.crowded_at.load(Ordering::Relaxed);
        at > 0 && self.milliseconds(now).saturating_sub(at) < 60_000
    }

    fn milliseconds(&self, now: Instant) -> u64 {
        u64::try_from(now.duration_since(self.origin).as_millis()).unwrap_or(u64::MAX).max(1)
    }

    /// Returns what there was in the fifteen minutes before `now`, overall and by tenant.
    pub fn overview(&self, now: Instant) -> Overview {
        let mut places = vec![Sums::new(); PLACES];
        let all = self.add_up(now, &mut places);
        let mut tenants: Vec<_> = places
            .iter()
            .enumerate()
            .map(|(place, sums)| TenantOverview {
                tenant: self.places.slug(place).map(str::to_owned),
                counts: counts(sums),
                latency: sums.latencies.latency(),
                unplaced: sums.unplaced,
            })
            .filter(|tenant| tenant.counts.total > 0)
            .collect();
        tenants.sort_by(|a, b| (a.tenant.is_none(), &a.tenant).cmp(&(b.tenant.is_none(), &b.tenant)));
        debug_assert!(self.places.slug(OTHER).is_none(), "the last place is nobody's own");
        Overview { counts: counts(&all), latency: all.latencies.latency(), tenants }
    }

    /// Returns the same without the tenants, for less work.
    pub fn overall(&self, now: Instant) -> (Counts, Latency) {
        let all = self.add_up(now, &mut []);
        (counts(&all), all.latencies.latency())
    }

    /// Takes out the latencies since the mark was made or last used, each once: at least once in fifteen minutes, or
    /// some are missing.
    pub fn take(&self, now: Instant, mark: &mut Mark) -> Latencies {
        let present = self.period(now);
        let mut latencies = Latencies::default();
        let first = mark.period.max(present.saturating_sub(SLOTS - 1)).max(1);
        for period in first..=present {
            if let Some(slot) = self.slot(period)
                && slot.period.load(Ordering::Acquire) == period
            {
                mark.take(slot, period, &mut latencies);
            }
        }
        latencies
    }

    fn add_up(&self, now: Instant, places: &mut [Sums]) -> Sums {
        let period = self.period(now);
        let mut all = Sums::new();
        for slot in &self.slots {
            let of = slot.period.load(Ordering::Acquire);
            if of > 0 && of <= period && of + SLOTS > period {
                slot.add_to(&mut all, places);
            }
        }
        all
    }

    fn period(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.origin).as_secs() / SLOT.as_secs() + 1
    }

    fn slot(&self, period: u64) -> Option<&Slot> {
        self.slots.get(usize::try_from(period % SLOTS).unwrap_or_default())
    }

    /// Takes a slot over for a new period; whoever comes meanwhile waits for it.
    fn turn(&self, slot: &Slot, period: u64) {
        let _turning = lock(&self.turning);
        if slot.period.load(Ordering::Acquire) < period {
            slot.clear();
            slot.period.store(period, Ordering::Release);
        }
    }
}

/// How far a reader has taken latencies out.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The last ten seconds that were looked at; they may not have been over.
    period: u64,
    /// What was taken of them.
    taken: Vec<u32>,
}

impl Default for Mark {
    fn default() -> Self {
        Self { period: 0, taken: vec![0; Resolution::FINE.buckets()] }
    }
}

impl Mark {
    /// Takes what a slot holds of a period and was not taken before.
    fn take(&mut self, slot: &Slot, period: u64, latencies: &mut Latencies) {
        if period > self.period {
            self.period = period;
            self.taken.fill(0);
        }
        for (bucket, (count, taken)) in slot.counts().zip(&mut self.taken).enumerate() {
            let new = count.saturating_sub(*taken);
            if new > 0 {
                *taken = count;
                latencies.add_fine(bucket, u64::from(new));
            }
        }
    }
}

fn counts(sums: &Sums) -> Counts {
    let total = sums.latencies.total() + sums.unplaced;
    let (refused, errors) = (sums.refused, sums.errors);
    Counts { total, success: total.saturating_sub(refused + errors), refused, errors }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TenantNumber;
    use crate::domain::names::Slug;
    use crate::domain::tenant::{TenantSettings, TenantStatus};
    use crate::domain::time::Timestamp;

    /// What a record of one request would take: time, latency and status (18 bytes), method and route (32), tenant
    /// (16) and request id (36), in a struct with its padding.
    const RECORD_BYTES: usize = 120;

    fn tenant(number: u32) -> Tenant {
        Tenant {
            number: TenantNumber(number),
            slug: Slug::parse(&format!("t{number}")).unwrap(),
            name: String::new(),
            status: TenantStatus::Active,
            settings: TenantSettings::default(),
            created_at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn requests_leave_the_window_after_fifteen_minutes() {
        let begin = Instant::now();
        let (summary, acme) = (Summary::new(begin), tenant(7));
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        for second in 0..2_000 {
            summary.record(at(second), 200, Duration::from_millis(2), Some(&acme));
        }
        let seen = summary.overview(at(1_999));
        assert_eq!((seen.counts.total, seen.tenants[0].counts.total), (900, 900));
        assert_eq!(seen.tenants[0].tenant.as_deref(), Some("t7"));
        assert_eq!(summary.overall(at(2_500)).0.total, 390, "the present ten seconds have only begun");
        assert_eq!(summary.overall(at(9_000)).0, Counts::default());
        summary.record(at(9_000), 500, Duration::from_secs(1), None);
        let (counts, latency) = summary.overall(at(9_000));
        assert_eq!((counts.total, counts.errors, counts.success), (1, 1, 0));
        assert!((latency.p99_ms / 1_000.0 - 1.0).abs() < 0.01 && (counts.error_rate() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn counts_are_exact_whoever_comes_together() {
        let begin = Instant::now();
        let summary = Summary::new(begin);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let summary = &summary;
                scope.spawn(move || {
                    let own = tenant(thread);
                    for number in 0..50_000u32 {
                        let latency = Duration::from_micros(u64::from(100 + number % 900));
                        let status = [200, 201, 404, 503][number as usize % 4];
                        let now = begin + Duration::from_millis(u64::from(number));
                        summary.record(now, status, latency, Some(&own));
                    }
                });
            }
        });
        let seen = summary.overview(begin + Duration::from_secs(50));
        let of = |counts: Counts| (counts.total, counts.success, counts.refused, counts.errors);
        assert_eq!(of(seen.counts), (200_000, 100_000, 50_000, 50_000));
        assert_eq!(seen.tenants.len(), 4);
        for tenant in seen.tenants {
            assert_eq!((of(tenant.counts), tenant.unplaced), ((50_000, 25_000, 12_500, 12_500), 0));
        }
    }

    #[test]
    fn latencies_are_taken_out_once_however_often_somebody_looks() {
        let begin = Instant::now();
        let (summary, mut mark) = (Summary::new(begin), Mark::default());
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        let mut taken = Vec::new();
        for second in 0..100 {
            summary.record(at(second), 200, Duration::from_millis(2), None);
            if second % 7 == 0 {
                taken.push(summary.take(at(second), &mut mark).total());
            }
        }
        taken.push(summary.take(at(100), &mut mark).total());
        assert_eq!((taken[0], taken[1], taken.iter().sum::<u64>()), (1, 7, 100));
        let last = summary.take(at(100), &mut mark);
        assert_eq!((last.total(), last.percentile_ms(50)), (0, None));
        summary.record(at(5_000), 200, Duration::from_millis(2), None);
        let later = summary.take(at(5_001), &mut mark);
        assert!(later.total() == 1 && (later.percentile_ms(50).unwrap() / 2.0 - 1.0).abs() < 0.04);
    }

    #[test]
    fn tenants_beyond_the_bound_share_one_place() {
        let begin = Instant::now();
        let summary = Summary::new(begin);
        for number in 0..200 {
            summary.record(begin, 200, Duration::from_millis(1), Some(&tenant(number)));
        }
        let seen = summary.overview(begin);
        let other = seen.tenants.last().unwrap();
        assert_eq!((seen.tenants.len(), other.tenant.as_deref(), other.counts.total), (64, None, 137));
    }

    #[test]
    fn the_summary_takes_no_more_memory_than_ten_thousand_records() {
        let bytes = Slot::bytes() * usize::try_from(SLOTS).unwrap() + size_of::<Summary>();
        assert!(bytes <= 10_000 * RECORD_BYTES, "{bytes}");
    }
}
