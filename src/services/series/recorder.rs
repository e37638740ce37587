//! Minutes and hours in memory.

use crate::domain::latency::Latencies;
use crate::domain::series::{Answered, Counts, Length, Sample, Stretch, Taken};
use crate::domain::time::{Timestamp, milliseconds};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Minutes kept: a day.
const MINUTES_KEPT: u32 = 24 * 60;

/// Hours kept: ninety days.
const HOURS_KEPT: u32 = 90 * 24;

/// Minutes and hours ahead of the clock that may be right: it is set by less every day.
const AHEAD: u32 = 10;

/// Looks are ten seconds apart. What was counted over a longer time than this belongs to no minute before now.
const GAP_MAX: Duration = Duration::from_mins(1);

/// A clock that moves by more than this from one look to the next, or since the last minute kept, may be wrong.
const JUMP_MIN: Duration = Duration::from_mins(10);

/// How long nothing is dropped for its age after that: whoever looks after the appliance has time to set the clock.
const HELD_FOR: Duration = Duration::from_hours(24);

/// What the appliance shows at one moment.
#[derive(Clone, Debug, Default)]
pub struct Measurement {
    /// Requests since the start of the process.
    pub answered: Answered,
    /// Events since the start of the process.
    pub taken: Taken,
    /// Latencies since the last look.
    pub latencies: Latencies,
    /// Open connections.
    pub connections: u64,
    /// Processor time since the start of the process.
    pub cpu: Duration,
    /// Resident memory.
    pub resident_bytes: u64,
    /// Free bytes on the disk, once they were measured.
    pub disk_free_bytes: Option<u64>,
    /// Whether the last look found that traffic may come; none before the first.
    pub ready: Option<bool>,
}

/// What is kept, and how far the counting is.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    minutes: BTreeMap<u32, Sample>,
    hours: BTreeMap<u32, Sample>,
    last: Option<Last>,
    /// The newest minute that was there at the start.
    newest_before: Option<Timestamp>,
    held_until: Option<Timestamp>,
    /// What differs from the database.
    unwritten: BTreeSet<Stretch>,
}

/// The last look.
#[derive(Clone, Copy, Debug)]
struct Last {
    at: Timestamp,
    answered: Answered,
    taken: Taken,
    cpu: Duration,
}

impl Recorder {
    /// Goes on from what was kept.
    pub(super) fn new(kept: Vec<(Stretch, Sample)>) -> Self {
        let mut made = Self::default();
        for (stretch, sample) in kept {
            made.of(stretch.length).insert(stretch.number, sample);
        }
        let newest = made.minutes.last_key_value().map(|(number, _)| *number);
        made.newest_before = newest.map(|number| Stretch { length: Length::Minute, number }.begin());
        made
    }

    fn of(&mut self, length: Length) -> &mut BTreeMap<u32, Sample> {
        match length {
            Length::Minute => &mut self.minutes,
            Length::Hour => &mut self.hours,
        }
    }

    pub(super) fn find(&self, Stretch { length, number }: Stretch) -> Option<&Sample> {
        match length {
            Length::Minute => self.minutes.get(&number),
            Length::Hour => self.hours.get(&number),
        }
    }

    /// Returns every hour that is kept, from the first.
    pub(super) fn hours(&self) -> impl DoubleEndedIterator<Item = (Stretch, &Sample)> {
        self.hours.iter().map(|(number, sample)| (Stretch { length: Length::Hour, number: *number }, sample))
    }

    /// Tells whether the last look is so old.
    pub(super) fn is_older(&self, now: Timestamp, age: Duration) -> bool {
        self.last.is_none_or(|last| last.at > now || now.duration_since(last.at) >= age)
    }

    /// Takes a look: what was counted since the last one belongs to the minute in which that one was.
    pub(super) fn look(&mut self, now: Timestamp, reading: Measurement) {
        let before = self.last.replace(Last {
            at: now,
            answered: reading.answered,
            taken: reading.taken,
            cpu: reading.cpu,
        });
        let known = before.map(|last| last.at).or(self.newest_before.take());
        self.note_jump(known, now);
        let close = before.filter(|last| last.at <= now && now.duration_since(last.at) <= GAP_MAX);
        let counted_in = close.map_or(now, |last| last.at);
        let counted = Sample {
            answered: reading.answered.since(before.map(|last| last.answered).unwrap_or_default()),
            taken: reading.taken.since(before.map(|last| last.taken).unwrap_or_default()),
            latencies: reading.latencies,
            cpu_ms: close.map_or(0, |last| milliseconds(reading.cpu.saturating_sub(last.cpu))),
            watched_ms: close.map_or(0, |last| milliseconds(now.duration_since(last.at))),
            ..Sample::default()
        };
        self.add(Stretch::of(Length::Minute, counted_in), &counted);
        let seen = Sample {
            connections: reading.connections,
            resident_bytes: reading.resident_bytes,
            disk_free_bytes: reading.disk_free_bytes,
            ready: u32::from(reading.ready == Some(true)),
            unready: u32::from(reading.ready == Some(false)),
            ..Sample::default()
        };
        self.add(Stretch::of(Length::Minute, now), &seen);
        self.drop_old(now);
    }

    fn add(&mut self, minute: Stretch, what: &Sample) {
        if *what == Sample::default() {
            return;
        }
        let kept = self.minutes.entry(minute.number).or_default();
        let before = kept.minutes_up;
        kept.merge(what);
        kept.minutes_up = u32::from(kept.was_up());
        let after = kept.minutes_up;
        let hour = self.hours.entry(minute.hour().number).or_default();
        hour.merge(what);
        hour.minutes_up = (hour.minutes_up + after).saturating_sub(before).min(60);
        self.unwritten.extend([minute, minute.hour()]);
    }

    fn note_jump(&mut self, before: Option<Timestamp>, now: Timestamp) {
        let moved = |before: Timestamp| now.duration_since(before).max(before.duration_since(now));
        if before.is_some_and(|before| moved(before) > JUMP_MIN) {
            self.held_until = Some(now.saturating_add(HELD_FOR));
        }
        self.held_until = self.held_until.filter(|until| now < *until);
    }

    /// Drops what is too old, or further ahead than any clock is set, and whatever is too much.
    fn drop_old(&mut self, now: Timestamp) {
        let is_held = self.held_until.is_some();
        for (length, kept) in [(Length::Minute, MINUTES_KEPT), (Length::Hour, HOURS_KEPT)] {
            let present = Stretch::of(length, now).number;
            let wanted = present.saturating_sub(kept)..=present.saturating_add(AHEAD);
            let rows = self.of(length);
            let mut dropped = Vec::new();
            if !is_held {
                dropped.extend(
                    rows.extract_if(.., |number, _| !wanted.contains(number)).map(|(number, _)| number),
                );
            }
            while rows.len() > 2 * kept as usize
                && let Some(((first, _), (last, _))) = rows.first_key_value().zip(rows.last_key_value())
            {
                let (first, last) = (*first, *last);
                let farther = if present.abs_diff(first) >= present.abs_diff(last) { first } else { last };
                rows.remove(&farther);
                dropped.push(farther);
            }
            self.unwritten.extend(dropped.into_iter().map(|number| Stretch { length, number }));
        }
    }

    /// Returns some of what differs from the database: none of a stretch that was dropped.
    pub(super) fn unwritten(&self, most: usize) -> Vec<(Stretch, Option<&Sample>)> {
        self.unwritten.iter().take(most).map(|stretch| (*stretch, self.find(*stretch))).collect()
    }

    pub(super) fn written(&mut self, stretches: &[Stretch]) {
        self.unwritten.retain(|stretch| !stretches.contains(stretch));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn minutes(count: u64) -> Duration {
        Duration::from_mins(count)
    }

    /// A reading after so many requests and so much processor time.
    fn reading(requests: u64) -> Measurement {
        let mut latencies = Latencies::default();
        latencies.add(90, 1);
        Measurement {
            answered: Answered { success: requests, ..Answered::default() },
            latencies,
            connections: requests % 7,
            cpu: Duration::from_millis(requests),
            resident_bytes: 1_000,
            disk_free_bytes: Some(1_000_000 - requests),
            ready: Some(true),
            ..Measurement::default()
        }
    }

    /// Looks once a minute, with ten requests in each.
    fn pass(recorder: &mut Recorder, begin: Timestamp, from: u64, count: u64) {
        for minute in from..from + count {
            recorder.look(begin.saturating_add(minutes(minute)), reading((minute - from) * 10));
        }
    }

    /// The database, as far as this is concerned.
    fn write(recorder: &mut Recorder, database: &mut BTreeMap<Stretch, Sample>) {
        loop {
            let portion: Vec<_> = recorder
                .unwritten(100)
                .into_iter()
                .map(|(stretch, sample)| (stretch, sample.cloned()))
                .collect();
            if portion.is_empty() {
                return;
            }
            for (stretch, sample) in &portion {
                match sample {
                    Some(sample) => drop(database.insert(*stretch, sample.clone())),
                    None => drop(database.remove(stretch)),
                }
            }
            let stretches: Vec<_> = portion.into_iter().map(|(stretch, _)| stretch).collect();
            recorder.written(&stretches);
        }
    }

    #[test]
    fn two_days_with_a_restart_keep_a_day_of_minutes_and_every_hour() {
        let begin = at("2026-03-01T12:00:00Z");
        let mut database = BTreeMap::new();
        let mut recorder = Recorder::default();
        pass(&mut recorder, begin, 0, 1_440);
        write(&mut recorder, &mut database);
        let mut recorder = Recorder::new(database.clone().into_iter().collect());
        // It was stopped for five minutes.
        pass(&mut recorder, begin, 1_445, 1_436);
        write(&mut recorder, &mut database);
        let of = |length: Length| database.keys().filter(|stretch| stretch.length == length).count();
        assert_eq!((of(Length::Minute), of(Length::Hour)), (1_441 - 5, 49));
        let hour = Stretch::of(Length::Hour, begin.saturating_add(minutes(60)));
        let kept = &database[&hour];
        assert_eq!((kept.answered.success, kept.minutes_up, kept.latencies.total()), (600, 60, 60));
        assert_eq!((kept.watched_ms, kept.cpu_ms, kept.connections), (3_600_000, 600, 6));
        let stopped = &database[&Stretch::of(Length::Hour, begin.saturating_add(minutes(1_440)))];
        assert_eq!((stopped.minutes_up, stopped.answered.success), (55, 540 + 10));
        let again = Recorder::new(database.clone().into_iter().collect());
        assert_eq!(again.minutes.len() + again.hours.len(), database.len());
    }

    #[test]
    fn a_minute_goes_on_after_a_restart_within_it_and_is_down_once_a_look_fails() {
        let begin = at("2026-03-01T12:00:10Z");
        let (mut database, mut recorder) = (BTreeMap::new(), Recorder::default());
        recorder.look(begin, reading(5));
        write(&mut recorder, &mut database);
        let mut recorder = Recorder::new(database.clone().into_iter().collect());
        recorder.look(begin.saturating_add(Duration::from_secs(20)), reading(7));
        write(&mut recorder, &mut database);
        let (minute, hour) = (Stretch::of(Length::Minute, begin), Stretch::of(Length::Hour, begin));
        assert_eq!((database[&minute].answered.success, database[&hour].answered.success), (12, 12));
        assert_eq!((database[&minute].minutes_up, database[&hour].minutes_up), (1, 1));
        let failed = Measurement { ready: Some(false), ..reading(7) };
        recorder.look(begin.saturating_add(Duration::from_secs(30)), failed);
        write(&mut recorder, &mut database);
        assert_eq!((database[&minute].minutes_up, database[&hour].minutes_up), (0, 0));
    }

    #[test]
    fn a_clock_that_goes_wrong_and_right_again_drops_nothing() {
        let begin = at("2026-03-01T12:00:00Z");
        let mut recorder = Recorder::default();
        pass(&mut recorder, begin, 0, 100);
        let before = recorder.minutes.clone();
        let ahead = at("2099-01-01T00:00:00Z");
        for minute in 0..30 {
            recorder.look(ahead.saturating_add(minutes(minute)), reading(1_000));
        }
        let back = begin.saturating_add(minutes(130));
        recorder.look(back, reading(1_010));
        assert!(before.iter().all(|(number, sample)| recorder.minutes.get(number) == Some(sample)));
        let kept = recorder.find(Stretch::of(Length::Minute, back)).unwrap();
        assert_eq!((kept.answered.success, kept.watched_ms), (10, 0));
        // A day later what was never true is gone, and so are old minutes.
        for minute in 1..=1_500 {
            recorder.look(back.saturating_add(minutes(minute)), reading(1_010));
        }
        assert_eq!(recorder.minutes.len(), 1_441);
        assert_eq!(
            recorder.hours().next_back().unwrap().0.begin().to_string(),
            "2026-03-02T15:00:00.000000Z"
        );
        assert_eq!(recorder.hours.len(), 28);
    }

    #[test]
    fn however_often_the_clock_jumps_no_more_than_twice_as_much_is_kept() {
        let mut recorder = Recorder::default();
        for jump in 0..20_000_u64 {
            recorder.look(Timestamp::from_micros(jump * 7_777_000_000), reading(jump));
        }
        assert_eq!((recorder.minutes.len(), recorder.hours.len()), (2 * 1_440, 2 * 2_160));
        let newest = Stretch::of(Length::Minute, Timestamp::from_micros(19_999 * 7_777_000_000));
        assert!(recorder.find(newest).is_some());
    }

    #[test]
    fn a_long_gap_belongs_to_no_minute_before_and_tells_nothing_of_the_processor() {
        let begin = at("2026-03-01T12:00:00Z");
        let mut recorder = Recorder::default();
        recorder.look(begin, reading(0));
        let later = begin.saturating_add(minutes(5));
        recorder.look(later, reading(50));
        let first = recorder.find(Stretch::of(Length::Minute, begin)).unwrap();
        let second = recorder.find(Stretch::of(Length::Minute, later)).unwrap();
        assert_eq!((first.answered.success, second.answered.success), (0, 50));
        assert_eq!((second.cpu_share(), recorder.minutes.len()), (None, 2));
    }
}
