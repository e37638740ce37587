//! What each tenant uses, day by day.
//!
//! Counting takes a few atomic additions. What was counted is added to the day's row of its tenant every minute and at
//! the stop, so a crash forgets the last minute at most. The daily job closes the day that has ended.

use crate::domain::event::Severity;
use crate::domain::ids::TenantNumber;
use crate::domain::tenant::TENANTS_MAX;
use crate::domain::time::Timestamp;
use crate::domain::usage::{Day, Totals};
use crate::platform::locks::lock;
use crate::services::audit::{self, Actor};
use crate::store::effects::{Effects, ROWS_PER_ENTRY};
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::rows::period::UsageRow;
use crate::store::rows::value::Counter;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// Days kept: a year and a month, to compare with the year before.
const DAYS_KEPT: u32 = 400;

/// The lasting counter that holds the last day closed.
const CLOSED: &str = "usage-closed-day";

/// How far back it is remembered what each write added.
pub const RECENT: Duration = Duration::from_mins(15);

/// Most writes remembered, whatever the clock does: there is one every minute.
const RECENT_MAX: usize = 20;

/// Counts what tenants use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Usage {
    store: Store,
    /// By tenant number; made at a tenant's first use.
    counters: Arc<[OnceLock<Box<Counters>>]>,
    /// The rows of days that are not closed. Held while counts are moved into rows.
    open: Arc<Mutex<Open>>,
}

/// The days that are not closed.
#[derive(Debug, Default)]
struct Open {
    rows: Rows,
    /// Rows that changed since they were written.
    unwritten: BTreeSet<(Day, TenantNumber)>,
    /// What the last writes added, oldest first; a restart forgets it.
    recent: VecDeque<(Timestamp, Vec<(TenantNumber, Totals)>)>,
}

/// What tenants used by day.
type Rows = BTreeMap<(Day, TenantNumber), Totals>;

/// What a tenant used since the last write.
#[derive(Debug, Default)]
struct Counters {
    events: AtomicU64,
    repeats: AtomicU64,
    bytes: AtomicU64,
    micros: AtomicU64,
}

impl Usage {
    /// Loads the rows of the days that are not closed. Blocks on disk.
    pub fn load(store: Store) -> Result<Self, StoreError> {
        let closed = u32::try_from(store.counter(CLOSED)?).unwrap_or(u32::MAX);
        let rows = store.load_usage(Day(closed.saturating_add(1)), Day(u32::MAX))?.into_iter().collect();
        let counters = (0..TENANTS_MAX).map(|_| OnceLock::new()).collect();
        let open = Open { rows, ..Open::default() };
        Ok(Self { store, counters, open: Arc::new(Mutex::new(open)) })
    }

    /// Counts stored events with so many bytes of payload together.
    pub fn stored(&self, tenant: TenantNumber, events: u64, bytes: usize) {
        if let Some(counters) = self.counters(tenant) {
            counters.events.fetch_add(events, Ordering::Relaxed);
            counters.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }

    /// Counts a repeat.
    pub fn repeated(&self, tenant: TenantNumber) {
        if let Some(counters) = self.counters(tenant) {
            counters.repeats.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts the time a request took.
    pub fn took(&self, tenant: TenantNumber, elapsed: Duration) {
        if let Some(counters) = self.counters(tenant) {
            let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
            counters.micros.fetch_add(micros, Ordering::Relaxed);
        }
    }

    /// Adds what was counted to the day's rows and writes those that changed. Called every minute and at the end.
    pub fn write(&self, now: Timestamp) -> Result<(), String> {
        let mut open = lock(&self.open);
        let today = Day::of(now);
        let mut added = Vec::new();
        for (number, counters) in (0..).zip(self.counters.iter()) {
            let Some(used) = counters.get().map(|counters| counters.take()) else { continue };
            if !used.is_nothing() {
                let place = (today, TenantNumber(number));
                let row = open.rows.entry(place).or_default();
                *row = row.and(used);
                open.unwritten.insert(place);
                added.push((place.1, used));
            }
        }
        open.remember(now, added);
        let Open { rows, unwritten, .. } = &mut *open;
        while !unwritten.is_empty() {
            let portion: Vec<_> = unwritten.iter().take(ROWS_PER_ENTRY).copied().collect();
            let put = |effects: Effects, place: &(Day, TenantNumber)| {
                effects.put(&(*place, rows.get(place).copied().unwrap_or_default()))
            };
            let written = self.store.put(portion.iter().fold(Effects::default(), put));
            written.map_err(|error| format!("usage was not written: {error}"))?;
            unwritten.retain(|place| !portion.contains(place));
        }
        Ok(())
    }

    /// Closes the days before `now`'s: an event of the appliance tells of each, and rows too old to be kept go. Returns
    /// what was done. Blocks on disk.
    pub fn close_days(&self, now: Timestamp) -> Result<String, String> {
        self.write(now)?;
        let today = Day::of(now);
        let mut open = lock(&self.open);
        let mut days: BTreeMap<Day, (usize, Totals)> = BTreeMap::new();
        for ((day, _tenant), totals) in open.rows.range(..(today, TenantNumber(0))) {
            let (tenants, sum) = days.entry(*day).or_default();
            (*tenants, *sum) = (*tenants + 1, sum.and(*totals));
        }
        // Writing may have been the first to notice.
        if !self.store.doubts_clock() {
            self.remove_old(today.before(DAYS_KEPT))?;
        }
        // One entry: a day is told of once, whatever happens.
        let mut effects = Effects::default().put(&Counter::new(CLOSED, u64::from(today.before(1).0)));
        for (day, (tenants, sum)) in &days {
            let details = json!({ "day": day.to_string(), "tenants": tenants, "events": sum.events,
                "repeats": sum.repeats, "bytes": sum.bytes, "processing_ms": sum.micros / 1_000 });
            let (actor, day) = (Actor::Appliance, day.to_string());
            effects = effects.audit(audit::event(&actor, Severity::Info, "usage.snapshot", &day, &details));
        }
        self.store.put(effects).map_err(|error| format!("the snapshot was not written: {error}"))?;
        open.rows.retain(|(day, _), _| *day >= today);
        let sum = days.values().fold(Totals::default(), |sum, (_, totals)| sum.and(*totals));
        Ok(format!("{} days closed: {} events, {} repeats", days.len(), sum.events, sum.repeats))
    }

    fn remove_old(&self, last: Day) -> Result<(), String> {
        let old = self.store.load_usage(Day(0), last).map_err(|error| error.to_string())?;
        for portion in old.chunks(ROWS_PER_ENTRY) {
            let delete = |effects: Effects, row: &UsageRow| effects.delete::<UsageRow>(row.0);
            let removed = self.store.put(portion.iter().fold(Effects::default(), delete));
            removed.map_err(|error| format!("old rows were not removed: {error}"))?;
        }
        Ok(())
    }

    /// Returns what tenants used on a day, with their slugs; today's as far as it was written. Blocks on disk.
    pub fn named(&self, day: Day) -> Result<Vec<(String, Totals)>, StoreError> {
        Ok(self.with_slugs(
            self.store.load_usage(day, day)?.into_iter().map(|((_, number), totals)| (number, totals)),
        ))
    }

    /// Returns what tenants used today, with their slugs, up to this moment.
    pub fn today(&self, now: Timestamp) -> Vec<(String, Totals)> {
        let today = Day::of(now);
        let open = lock(&self.open);
        let day = (today, TenantNumber(0))..=(today, TenantNumber(u32::MAX));
        self.and_present(open.rows.range(day).map(|((_, tenant), totals)| (*tenant, *totals)))
    }

    /// Returns what tenants used in the last fifteen minutes, with their slugs: since the start, if that was later.
    pub fn recent(&self, now: Timestamp) -> Vec<(String, Totals)> {
        let open = lock(&self.open);
        let recent = open.recent.iter().filter(|(at, _)| *at <= now && now.duration_since(*at) < RECENT);
        self.and_present(recent.flat_map(|(_, used)| used.iter().copied()))
    }

    /// Adds up, together with what was not written yet.
    fn and_present(&self, used: impl Iterator<Item = (TenantNumber, Totals)>) -> Vec<(String, Totals)> {
        let present = (0..).zip(self.counters.iter());
        let present =
            present.filter_map(|(number, counters)| Some((TenantNumber(number), counters.get()?.present())));
        let mut sums: BTreeMap<TenantNumber, Totals> = BTreeMap::new();
        for (tenant, totals) in used.chain(present).filter(|(_, totals)| !totals.is_nothing()) {
            let sum = sums.entry(tenant).or_default();
            *sum = sum.and(totals);
        }
        self.with_slugs(sums)
    }

    fn with_slugs(&self, used: impl IntoIterator<Item = (TenantNumber, Totals)>) -> Vec<(String, Totals)> {
        let catalog = self.store.catalog();
        let named = |(tenant, totals)| Some((catalog.tenant(tenant)?.slug.as_str().to_owned(), totals));
        used.into_iter().filter_map(named).collect()
    }

    /// Returns what a tenant used on the last days up to one, the newest first, with days without use; today's as far as it
    /// was written. Blocks on disk.
    pub fn of(&self, tenant: TenantNumber, last: Day, days: u32) -> Result<Vec<(Day, Totals)>, StoreError> {
        let first = last.before(days.saturating_sub(1));
        let rows = self.store.load_usage_of(tenant, first, last)?;
        let totals = |day: Day| rows.iter().find(|((known, _), _)| *known == day).map(|(_, totals)| *totals);
        let days = (first.0..=last.0).rev().map(Day);
        Ok(days.map(|day| (day, totals(day).unwrap_or_default())).collect())
    }

    fn counters(&self, tenant: TenantNumber) -> Option<&Counters> {
        let place = self.counters.get(usize::try_from(tenant.0).ok()?)?;
        Some(place.get_or_init(Box::default))
    }
}

impl Open {
    /// Remembers what a write added, and forgets what is too old.
    fn remember(&mut self, now: Timestamp, added: Vec<(TenantNumber, Totals)>) {
        if !added.is_empty() {
            self.recent.push_back((now, added));
        }
        self.recent.retain(|(at, _)| now.duration_since(*at) < RECENT);
        while self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
    }
}

impl Counters {
    fn take(&self) -> Totals {
        self.each(|counter| counter.swap(0, Ordering::Relaxed))
    }

    fn present(&self) -> Totals {
        self.each(|counter| counter.load(Ordering::Relaxed))
    }

    fn each(&self, of: impl Fn(&AtomicU64) -> u64) -> Totals {
        Totals {
            events: of(&self.events),
            repeats: of(&self.repeats),
            bytes: of(&self.bytes),
            micros: of(&self.micros),
        }
    }
}
