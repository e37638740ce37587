//! The one that looks, writes and shows, and what charts look back on.

use super::recorder::{Measurement, Recorder};
use crate::domain::series::{AVAILABILITY_DAYS, Availability, Length, Sample, Stretch, Taken};
use crate::domain::time::Timestamp;
use crate::platform::locks::lock;
use crate::platform::process::ProcessUsage;
use crate::services::health::Health;
use crate::store::effects::Effects;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::rows::period::SeriesRow;
use crate::store::rows::value::Counter;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::summary::Mark;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The lasting counter that holds the first minute that was looked at, and 1.
const FIRST: &str = "series-first-minute";

/// Time between two writes: with the time between two looks less than a minute.
const WRITE_EVERY: Duration = Duration::from_secs(30);

/// How long a look is good for whoever wants to see the present.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// Rows written in one journal entry.
const ROWS_PER_ENTRY: usize = 64;

/// How far back the disk's filling is looked at.
const FILLING_DAYS: u32 = 14;

/// Keeps series. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Series(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    metrics: Arc<Metrics>,
    health: Health,
    /// Taken for moments; longer where the database does not take what is written.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    recorder: Recorder,
    mark: Mark,
    /// The first minute that was ever looked at.
    first: Option<u32>,
    written_at: Option<Timestamp>,
}

/// A time up to now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    /// Fifteen minutes.
    Quarter,
    /// An hour.
    #[default]
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// Ninety days.
    Season,
}

impl Span {
    /// All of them, from the shortest.
    pub const ALL: [Self; 5] = [Self::Quarter, Self::Hour, Self::Day, Self::Week, Self::Season];

    /// Returns its name in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quarter => "15m",
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Season => "90d",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|span| span.as_str() == text);
        known.ok_or_else(|| "is none of 15m, 1h, 24h, 7d, 90d; hint: write one of them".to_owned())
    }

    /// Returns what it is cut from, how many of that make a bin, and how many bins it has: few enough for a picture.
    pub(super) const fn cut(self) -> (Length, u32, u32) {
        match self {
            Self::Quarter => (Length::Minute, 1, 15),
            Self::Hour => (Length::Minute, 1, 60),
            Self::Day => (Length::Minute, 30, 48),
            Self::Week => (Length::Hour, 3, 56),
            Self::Season => (Length::Hour, 48, 45),
        }
    }

    /// Returns how long a bin is.
    pub fn bin(self) -> Duration {
        let (length, per_bin, _) = self.cut();
        Duration::from_secs(u64::from(length.seconds()) * u64::from(per_bin))
    }

    /// Returns the first stretch of its first bin, and how many bins there are up to now.
    pub(super) fn first(self, now: Timestamp) -> Stretch {
        let (length, per_bin, bins) = self.cut();
        let present = Stretch::of(length, now);
        Stretch { number: (present.number / per_bin).saturating_sub(bins - 1) * per_bin, length }
    }
}

/// A piece of a span: when it begins, and what is kept of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Binned {
    /// When it begins.
    pub begin: Timestamp,
    /// What is kept of it; none where nothing was looked at.
    pub sample: Option<Sample>,
}

impl Series {
    /// Loads what was kept, and looks at metrics and health from now on. Blocks on disk.
    pub fn load(store: Store, metrics: Arc<Metrics>, health: Health) -> Result<Self, StoreError> {
        let recorder = Recorder::new(store.load_rows()?);
        let first = store.counter(FIRST)?.checked_sub(1).and_then(|first| u32::try_from(first).ok());
        let state = State { recorder, mark: Mark::default(), first, written_at: None };
        Ok(Self(Arc::new(Inner { store, metrics, health, state: Mutex::new(state) })))
    }

    /// Looks at the appliance, and writes twice a minute. Called every ten seconds.
    pub fn look(&self, now: Timestamp) -> Result<(), String> {
        self.look_within(&mut lock(&self.0.state), now)
    }

    /// Looks now if the last look was a second ago or more, for somebody who wants to see the present.
    pub fn refresh(&self, now: Timestamp) {
        let mut state = lock(&self.0.state);
        if state.recorder.is_older(now, FRESH_FOR) {
            // What cannot be written now is written later.
            if let Err(error) = self.look_within(&mut state, now) {
                tracing::debug!(error = %error, "Series were not written");
            }
        }
    }

    fn look_within(&self, state: &mut State, now: Timestamp) -> Result<(), String> {
        let reading = self.read(&mut state.mark);
        self.note(state, now, reading)
    }

    /// Takes what was seen, and writes twice a minute.
    pub fn take(&self, now: Timestamp, reading: Measurement) -> Result<(), String> {
        self.note(&mut lock(&self.0.state), now, reading)
    }

    fn note(&self, state: &mut State, now: Timestamp, reading: Measurement) -> Result<(), String> {
        state.recorder.look(now, reading);
        let is_due = |at: Timestamp| now < at || now.duration_since(at) >= WRITE_EVERY;
        if state.written_at.is_none_or(is_due) { self.write(state, now) } else { Ok(()) }
    }

    /// Looks a last time and writes everything: a stop is no failure, whether traffic may come is not asked.
    pub fn finish(&self, now: Timestamp) -> Result<(), String> {
        let mut state = lock(&self.0.state);
        let reading = self.read(&mut state.mark);
        state.recorder.look(now, Measurement { ready: None, ..reading });
        self.write(&mut state, now)
    }

    fn write(&self, state: &mut State, now: Timestamp) -> Result<(), String> {
        if self.0.store.is_read_only() {
            // What is seen is shown for as long as the process lives.
            return Ok(());
        }
        let failed = |error| format!("series were not written: {error}");
        if state.first.is_none() {
            let minute = Stretch::of(Length::Minute, now).number;
            let effects = Effects::default().put(&Counter::new(FIRST, u64::from(minute) + 1));
            self.0.store.put(effects).map_err(failed)?;
            state.first = Some(minute);
        }
        loop {
            let portion = state.recorder.unwritten(ROWS_PER_ENTRY);
            if portion.is_empty() {
                state.written_at = Some(now);
                return Ok(());
            }
            let effects =
                portion.iter().fold(Effects::default(), |effects, (stretch, sample)| match sample {
                    Some(sample) => effects.put(&(*stretch, (*sample).clone())),
                    None => effects.delete::<SeriesRow>(*stretch),
                });
            let stretches: Vec<_> = portion.into_iter().map(|(stretch, _)| stretch).collect();
            self.0.store.put(effects).map_err(failed)?;
            state.recorder.written(&stretches);
        }
    }

    /// Returns what is kept of a span up to now, in bins.
    pub fn span(&self, span: Span, now: Timestamp) -> Vec<Binned> {
        let state = lock(&self.0.state);
        let (length, per_bin, bins) = span.cut();
        let first = span.first(now).number;
        let bin = |bin: u32| {
            let from = first.saturating_add(bin * per_bin);
            let mut sample: Option<Sample> = None;
            for number in from..from.saturating_add(per_bin) {
                if let Some(kept) = state.recorder.find(Stretch { length, number }) {
                    sample = Some(with(sample.unwrap_or_default(), kept));
                }
            }
            Binned { begin: Stretch { length, number: from }.begin(), sample }
        };
        (0..bins).map(bin).collect()
    }

    /// Returns everything of a span put together.
    pub fn sum(&self, span: Span, now: Timestamp) -> Sample {
        let bins = self.span(span, now);
        bins.iter().filter_map(|bin| bin.sample.as_ref()).fold(Sample::default(), with)
    }

    /// Returns how available the appliance was over thirty days, or since the first start.
    pub fn availability(&self, now: Timestamp) -> Availability {
        let state = lock(&self.0.state);
        let present = Stretch::of(Length::Minute, now);
        let oldest = present.hour().before(AVAILABILITY_DAYS * 24);
        let window = Stretch::of(Length::Minute, oldest.begin()).number;
        let Some(first) = state.first.map(|first| first.max(window)) else { return Availability::default() };
        let hours = state.recorder.hours().filter(|(hour, _)| *hour >= oldest && *hour <= present.hour());
        let up: u32 = hours.map(|(_, kept)| kept.minutes_up).sum();
        // The present minute is not over.
        let open = state.recorder.find(present).map_or(0, |kept| kept.minutes_up);
        let minutes = present.number.saturating_sub(first);
        Availability { minutes, up: up.saturating_sub(open).min(minutes) }
    }

    /// Returns what was free on the disk, hour by hour.
    pub fn free_space(&self, now: Timestamp) -> Vec<(Timestamp, u64)> {
        let state = lock(&self.0.state);
        let present = Stretch::of(Length::Hour, now);
        let hours = state.recorder.hours();
        let recent = hours.filter(|(hour, _)| *hour >= present.before(FILLING_DAYS * 24) && *hour <= present);
        recent.filter_map(|(hour, kept)| Some((hour.begin(), kept.disk_free_bytes?))).collect()
    }

    fn read(&self, mark: &mut Mark) -> Measurement {
        let Inner { metrics, health, .. } = &*self.0;
        let (totals, usage) = (metrics.totals(), ProcessUsage::read());
        Measurement {
            answered: totals.answered,
            taken: Taken {
                stored: totals.events_stored,
                repeated: totals.events_repeated,
                refused: totals.events_refused,
            },
            latencies: metrics.summary().take(Instant::now(), mark),
            connections: metrics.present().connections,
            cpu: usage.cpu_time,
            resident_bytes: usage.resident_bytes,
            disk_free_bytes: metrics.machine.disk_free_bytes(),
            ready: health.last_look(),
        }
    }
}

/// Puts what is kept of two stretches together.
fn with(mut sum: Sample, kept: &Sample) -> Sample {
    sum.merge(kept);
    sum.minutes_up += kept.minutes_up;
    sum
}
