//! The running thread.

use crate::domain::believed_time::Present;
use crate::domain::ids::SYSTEM_TENANT;
use crate::domain::request::{IdempotentRequest, RequestState};
use crate::platform::disk::Disk;
use crate::platform::entropy::Entropy;
use crate::store::effects::{Effects, RowChange};
use crate::store::error::StoreError;
use crate::store::index::memory::Frozen;
use crate::store::journal::entry::Entry;
use crate::store::journal::writer::Journal;
use crate::store::record::draft::Draft;
use crate::store::reserve::Reserve;
use crate::store::rows::keep::keep_unknown;
use crate::store::rows::load;
use crate::store::sequencer::decide::Keys;
use crate::store::sequencer::queue::{Decide, Decision, Item, Queue, Repeats};
use crate::store::shared::Shared;
use crate::store::tables::{Form, RowTable};
use redb::{ReadTransaction, ReadableDatabase};
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Pause after a batch of repeats alone: less than a sync takes.
const PACE: Duration = Duration::from_micros(60);

/// An answer that waits for the sync of its batch.
enum Answer {
    One(oneshot::Sender<Decision>, Decision),
    Many(oneshot::Sender<Vec<Decision>>, Vec<Decision>),
    Found(oneshot::Sender<Option<u64>>, Option<u64>),
    Probe(oneshot::Sender<Duration>),
}

/// The running thread.
pub(in crate::store) struct Sequencer {
    pub(in crate::store) shared: Arc<Shared>,
    pub(in crate::store) queue: Arc<Queue>,
    pub(in crate::store) entropy: Arc<dyn Entropy>,
    pub(in crate::store) journal: Journal,
    pub(in crate::store) reserve: Reserve,
    pub(in crate::store) keys: Keys,
    /// Takes full maps to the helper thread.
    pub(in crate::store) frozen: mpsc::SyncSender<Arc<Frozen>>,
    /// Maps whose last event is in the entry being filled. The helper gets them behind that entry: a run must never
    /// be in the database before the events it points at.
    pub(in crate::store) full: Vec<Arc<Frozen>>,
    /// The time of the batch's events, which never goes back, and how old those of before are by it.
    pub(in crate::store) present: Present,
    /// The entry being filled.
    pub(in crate::store) entry: Entry,
}

impl Sequencer {
    /// Works until the queue is closed and empty; then the applier is asked to stop too.
    pub(in crate::store) fn run(mut self, disk: &dyn Disk) -> Result<(), StoreError> {
        let result = self.work(disk);
        self.queue.abandon();
        self.shared.add_work(|work| work.stop = true);
        result
    }

    fn work(&mut self, disk: &dyn Disk) -> Result<(), StoreError> {
        let events_max = self.shared.options.batch_events_max;
        // Two bytes of header and padding for every one would still fit an entry.
        let bytes_max = self.journal.entry_len_max() / 2;
        while let Some(mut items) = self.queue.take(events_max, bytes_max) {
            self.watch_reserve(disk);
            self.keys.forget_written();
            self.keys.ask_filters(items.iter_mut().flat_map(Item::drafts_mut));
            self.note_time();
            let mut answers = Vec::with_capacity(items.len());
            for item in items {
                self.take_up(item, &mut answers)?;
            }
            let crowd = answers.len() > 1;
            if !self.finish(answers)? && crowd {
                // Many repeats at once: without a sync to wait for, each would cost a wake-up of its own.
                std::thread::sleep(PACE);
            }
        }
        if self.queue.is_abandoned() { Ok(()) } else { self.keep_time() }
    }

    /// Reads the clock. What a restart must know of it is written now and then, and whenever that changes.
    fn note_time(&mut self) {
        self.present = self.shared.clock.present();
        if let Some(kept) = self.shared.clock.keep_if_due() {
            self.entry.rows.push(RowChange::put(&kept));
        }
    }

    /// Writes what is believed of the clock at the end, so that the next start knows how long the appliance was off.
    fn keep_time(&mut self) -> Result<(), StoreError> {
        let kept = self.shared.clock.keep();
        self.entry.rows.push(RowChange::put(&kept));
        self.write_entry()
    }

    /// Notes whether the disk is below its reserve, and says so when that changes.
    fn watch_reserve(&mut self, disk: &dyn Disk) {
        let short = self.reserve.is_short(disk);
        let before = self.shared.below_reserve.swap(short, Ordering::Relaxed);
        if short && !before {
            tracing::error!("The disk is below its reserve: events are refused until space is free again");
        }
        if before && !short {
            tracing::info!("The disk has space again: events are taken in");
        }
    }

    fn take_up(&mut self, item: Item, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        match item {
            Item::One(draft, reply) => {
                let decision = self.decide(draft)?;
                answers.push(Answer::One(reply, decision));
            }
            Item::Many(drafts, reply) => {
                let mut decisions = Vec::with_capacity(drafts.len());
                // Kept along, because the entry would count all its records for every draft.
                let mut len = self.entry.encoded_len();
                for draft in drafts {
                    let draft_len = draft.len();
                    let decision = self.decide(draft)?;
                    if matches!(decision, Decision::Stored { .. }) {
                        len += draft_len;
                    }
                    decisions.push(decision);
                    if len > self.journal.entry_len_max() / 2 {
                        self.write_entry()?;
                        len = 0;
                    }
                }
                answers.push(Answer::Many(reply, decisions));
            }
            Item::Together(drafts, repeats, reply) => {
                let decisions = self.decide_together(drafts, repeats)?;
                answers.push(Answer::Many(reply, decisions));
            }
            Item::Effects(effects) => self.add_effects(effects)?,
            Item::FindKey(key, reply) => {
                // The event may be of this very batch, and then nobody can read it yet.
                answers.push(Answer::Found(reply, self.keys.find(key)?));
            }
            Item::Probe(reply) => answers.push(Answer::Probe(reply)),
            Item::Command(decide, reply) => {
                let _ = self.finish(std::mem::take(answers))?;
                self.carry_out(decide)?;
                let _ = reply.send(());
            }
        }
        Ok(())
    }

    /// Decides events that are stored all together in one entry or not at all.
    fn decide_together(&mut self, drafts: Vec<Draft>, repeats: Repeats) -> Result<Vec<Decision>, StoreError> {
        if self.shared.below_reserve.load(Ordering::Relaxed) {
            return Ok(vec![Decision::BelowReserve; drafts.len()]);
        }
        if repeats == Repeats::MustMatch
            && let Some(refused) = self.keys.find_mismatch(&drafts, self.present)?
        {
            return Ok(refused);
        }
        let room = self.journal.entry_len_max().saturating_sub(self.entry.encoded_len());
        if drafts.iter().map(Draft::stored_len).sum::<usize>() > room {
            self.write_entry()?;
        }
        drafts.into_iter().map(|draft| self.decide(draft)).collect()
    }

    fn decide(&mut self, mut draft: Draft) -> Result<Decision, StoreError> {
        if let Some(first) = self.keys.find_repeat(&draft, self.present)? {
            return Ok(Decision::Duplicate { seq: first.seq, same_payload: first.same_payload });
        }
        if self.shared.below_reserve.load(Ordering::Relaxed) {
            return Ok(Decision::BelowReserve);
        }
        let received_at = self.present.newest;
        let seq = self.entry.end_seq();
        draft.stamp(self.shared.epoch, received_at);
        self.full.extend(self.keys.remember(&draft, seq, received_at));
        self.entry.records.push(draft.record);
        Ok(Decision::Stored { seq, received_at })
    }

    /// Adds rows and system events to the entry.
    fn add_effects(&mut self, effects: Effects) -> Result<(), StoreError> {
        if effects.keeps_clock {
            self.present = self.shared.clock.present();
            self.entry.rows.push(RowChange::put(&self.shared.clock.keep()));
        }
        for event in &effects.audit {
            // Texts of the appliance's own events are bounded where they are made.
            let mut draft = Draft::new(SYSTEM_TENANT, event, 0, self.entropy.as_ref())
                .map_err(|error| StoreError::corrupt("audit event", error))?;
            // They have no key and are stored whatever the disk's reserve.
            draft.stamp(self.shared.epoch, self.present.newest);
            self.entry.records.push(draft.record);
        }
        let mut rows = effects.rows;
        let done = |(request, location): (IdempotentRequest, String)| {
            RowChange::put(&request.remembered(RequestState::Done, location, self.present.newest))
        };
        rows.extend(effects.completed.into_iter().map(done));
        if !rows.is_empty() {
            let transaction = self.shared.database.begin_read()?;
            for row in rows {
                let row = self.with_unknown(&transaction, row)?;
                self.entry.rows.push(row);
            }
        }
        Ok(())
    }

    /// Returns the change of a row with what this program does not know of the present row.
    fn with_unknown(
        &self,
        transaction: &ReadTransaction,
        mut row: RowChange,
    ) -> Result<RowChange, StoreError> {
        let table = RowTable::from_code(row.table).filter(|table| table.form == Form::Json);
        let (Some(table), Some(next)) = (table, &row.value) else { return Ok(row) };
        let Some(stored) = load::find_value(transaction, table, &row.key)? else { return Ok(row) };
        if keep_unknown(&stored, next).is_some() {
            // Only newer programs wrote such members, before this start: what is stored has them, or nothing has. They
            // go with a row that was deleted and is not applied yet.
            let view = self.shared.view();
            let behind = view.tail.iter().flat_map(|entry| &entry.rows).chain(&self.entry.rows);
            let is_same = |other: &&RowChange| other.table == row.table && other.key == row.key;
            let present = behind.rev().find(is_same).map_or(Some(&stored), |last| last.value.as_ref());
            let kept = present.and_then(|present| keep_unknown(present, next));
            row.value = kept.or(row.value);
        }
        Ok(row)
    }

    /// Waits until everything decided is applied, decides the command against it and carries it out.
    fn carry_out(&mut self, decide: Decide) -> Result<(), StoreError> {
        self.wait_applied()?;
        let catalog = self.shared.catalog.load_full();
        if let Some(effects) = decide(&catalog, self.present.newest)? {
            self.add_effects(effects)?;
            self.write_entry()?;
            self.wait_applied()?;
        }
        Ok(())
    }

    fn wait_applied(&self) -> Result<(), StoreError> {
        self.shared.wait_applied(self.entry.number - 1).map_err(|_ended| StoreError::Stopped)
    }

    /// Makes the batch durable, then answers it; tells whether there was anything to write.
    fn finish(&mut self, answers: Vec<Answer>) -> Result<bool, StoreError> {
        let probes = answers.iter().any(|answer| matches!(answer, Answer::Probe(_)));
        let started = Instant::now();
        let writes = probes || !self.entry.is_probe();
        if writes {
            self.write_entry()?;
        }
        for answer in answers {
            // Whoever is gone meanwhile will ask again with the same key.
            match answer {
                Answer::One(reply, decision) => drop(reply.send(decision)),
                Answer::Many(reply, decisions) => drop(reply.send(decisions)),
                Answer::Found(reply, found) => drop(reply.send(found)),
                Answer::Probe(reply) => drop(reply.send(started.elapsed())),
            }
        }
        Ok(writes)
    }

    /// Writes and syncs the entry, shows it to readers and gives it to the applier.
    fn write_entry(&mut self) -> Result<(), StoreError> {
        let next =
            Entry { number: self.entry.number + 1, first_seq: self.entry.end_seq(), ..Entry::default() };
        let entry = std::mem::replace(&mut self.entry, next);
        self.journal.release(self.shared.progress().durable);
        if let Some(blocking) = self.journal.blocked_by(&entry) {
            self.shared.wait_durable(blocking).map_err(|_ended| StoreError::Stopped)?;
            self.journal.release(self.shared.progress().durable);
        }
        let started = Instant::now();
        self.journal.append(&entry)?;
        let took = started.elapsed();
        let entry = Arc::new(entry);
        self.shared.observer().journal_synced(took, entry.records.len());
        self.shared.update_view(|view| view.with_entry(Arc::clone(&entry)));
        self.shared.announce(entry.end_seq() - 1);
        self.shared.add_work(|work| work.entries.push_back(entry));
        for full in self.full.drain(..) {
            // The helper is gone only when the store has failed; the end is near then.
            let _ = self.frozen.send(full);
        }
        let view = self.shared.view();
        let unapplied = usize::try_from(view.last_seq() - view.applied_seq).unwrap_or(usize::MAX);
        self.shared.observer().queue_changed(self.queue.waiting(), unapplied);
        Ok(())
    }
}
