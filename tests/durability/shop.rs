//! A store with what a test needs to send to it.

use crate::disk::SimDisk;
use bytes::Bytes;
use mainstay::crypto::mac::MacKey;
use mainstay::domain::event::{Attributes, KeyWindow, NewEvent};
use mainstay::domain::idempotency::{IdempotencyKey, KeyHash};
use mainstay::domain::ids::{SYSTEM_TENANT, TenantNumber};
use mainstay::domain::names::Slug;
use mainstay::domain::tenant::{Tenant, TenantSettings, TenantStatus};
use mainstay::domain::time::Timestamp;
use mainstay::platform::clock::ManualClock;
use mainstay::platform::disk::Disk;
use mainstay::platform::entropy::SeededEntropy;
use mainstay::store::catalog::Catalog;
use mainstay::store::effects::Effects;
use mainstay::store::error::OpenError;
use mainstay::store::handle::{CommandError, Store};
use mainstay::store::options::{Observer, OnLoss, StoreOptions};
use mainstay::store::read::reader::StoredRecord;
use mainstay::store::read::scan::{Direction, ScanRequest};
use mainstay::store::record::draft::Draft;
use mainstay::store::rows::value::Counter;
use mainstay::store::sequencer::queue::Decision;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// When the manual clocks begin.
pub const START: u64 = 1_700_000_000_000_000;

/// Settings that make segments roll and durable commits come often.
pub fn options() -> StoreOptions {
    StoreOptions {
        cache_bytes: 1 << 20,
        journal_segment_bytes: 256 << 10,
        batch_events_max: 64,
        flush_interval: Duration::from_millis(20),
        ..StoreOptions::default()
    }
}

/// Settings under which everything stays in the journal.
pub fn lazy() -> StoreOptions {
    StoreOptions { flush_interval: Duration::from_hours(1), ..options() }
}

pub fn accepting_loss() -> StoreOptions {
    StoreOptions { on_loss: OnLoss::Accept, ..options() }
}

/// Remembers what the store reported as its end.
#[derive(Default)]
pub struct Ends(pub Mutex<Vec<String>>);

impl Observer for Ends {
    fn failed(&self, reason: &str) {
        self.0.lock().unwrap().push(reason.to_owned());
    }
}

/// An open store with its clock.
#[derive(Clone)]
pub struct Shop {
    pub store: Store,
    pub clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
}

/// An event as a test sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub tenant: u32,
    pub key: Option<String>,
    pub window: KeyWindow,
    pub source: String,
    pub event_type: String,
    pub trace_id: Option<String>,
    pub payload: Vec<u8>,
}

impl Sent {
    pub fn new(tenant: u32, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            tenant,
            key: None,
            window: KeyWindow::NoKey,
            source: "pos".into(),
            event_type: "sale".into(),
            trace_id: None,
            payload: payload.into(),
        }
    }

    pub fn keyed(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), window: KeyWindow::Forever, ..self }
    }

    pub fn lasting(self, window: Duration) -> Self {
        Self { window: KeyWindow::Lasting(window), ..self }
    }

    pub fn is(&self, record: &StoredRecord) -> bool {
        let key = record.attributes.key.as_ref().map(|key| key.as_str().to_owned());
        record.tenant == TenantNumber(self.tenant)
            && record.payload == self.payload
            && record.attributes.source == self.source
            && record.attributes.event_type == self.event_type
            && record.attributes.trace_id == self.trace_id
            && key == self.key
    }
}

/// Opens the store of a disk, making it if there is none.
pub fn try_open(disk: Arc<dyn Disk>, options: StoreOptions, now: u64) -> Result<Shop, OpenError> {
    try_open_by(disk, options, Arc::new(ManualClock::new(Timestamp::from_micros(now))))
}

/// Opens the store of a disk by a clock that went on meanwhile.
pub fn try_open_by(
    disk: Arc<dyn Disk>,
    options: StoreOptions,
    clock: Arc<ManualClock>,
) -> Result<Shop, OpenError> {
    let entropy = Arc::new(SeededEntropy::new(7));
    Store::create(disk.as_ref(), clock.as_ref(), entropy.as_ref())?;
    let handed: Arc<SeededEntropy> = Arc::clone(&entropy);
    let store = Store::open(disk, options, Arc::<ManualClock>::clone(&clock), handed)?;
    Ok(Shop { store, clock, entropy })
}

pub fn open(disk: &SimDisk) -> Shop {
    try_open(Arc::new(disk.clone()), options(), START).unwrap()
}

impl Shop {
    pub fn draft(&self, sent: &Sent) -> Draft {
        draft(self.store.instance_key(), self.entropy.as_ref(), sent)
    }

    /// Sends an event and waits; none when the store ended before it answered.
    pub fn send(&self, sent: &Sent) -> Option<Decision> {
        self.store.append(self.draft(sent)).ok()?.blocking_recv().ok()
    }

    pub fn send_many(&self, sent: &[Sent]) -> Option<Vec<Decision>> {
        let drafts = sent.iter().map(|sent| self.draft(sent)).collect();
        self.store.append_many(drafts).ok()?.blocking_recv().ok()
    }

    /// Sends a new event and returns its place.
    pub fn store(&self, sent: &Sent) -> u64 {
        match self.send(sent) {
            Some(Decision::Stored { seq, .. }) => seq,
            other => panic!("{sent:?} was answered {other:?}"),
        }
    }

    /// Makes a tenant and puts a counter, with an audit event; tells whether it was carried out.
    pub fn command(&self, number: u32, count: u64) -> bool {
        let decide = move |_: &Catalog, now: Timestamp| {
            let effects = Effects::default().put(&tenant(number, now)).put(&Counter::new("commands", count));
            Ok::<_, Infallible>((effects.audit(audit(&format!("made tenant {number}"))), ()))
        };
        let carried_out: Result<(), CommandError<Infallible>> = wait(self.store.execute(decide));
        carried_out.is_ok()
    }

    /// Reads every event, which must be there without gaps.
    pub fn all(&self) -> Vec<StoredRecord> {
        let found = |seq| self.store.find(seq).unwrap().unwrap_or_else(|| panic!("event {seq} is missing"));
        (1..=self.store.last_seq()).map(found).collect()
    }

    /// Lists a whole tenant page by page.
    pub fn list(&self, request: ScanRequest<'_>) -> Vec<u64> {
        let (mut seqs, mut request) = (Vec::new(), request);
        loop {
            let page = self.store.scan(request).unwrap();
            assert!(page.events.len() <= request.limit);
            seqs.extend(page.events.iter().map(|event| event.seq.0));
            match (page.stopped_at, request.direction) {
                (None, _) => return seqs,
                (Some(at), Direction::Forward) => request.from = at + 1,
                (Some(at), Direction::Backward) => request.from = at - 1,
            }
        }
    }

    /// Closes the store and lets go of its files.
    pub fn close(self) {
        self.store.close().unwrap();
    }

    /// Ends the threads of a store whose disk is dead.
    pub fn bury(self) {
        let _ = self.store.close();
    }
}

pub fn draft(instance: &MacKey, entropy: &SeededEntropy, sent: &Sent) -> Draft {
    let mut attributes = Attributes::new(&sent.source, &sent.event_type).unwrap();
    attributes.trace_id.clone_from(&sent.trace_id);
    attributes.key = sent.key.as_ref().map(|key| IdempotencyKey::parse(key).unwrap());
    attributes.key_hash =
        attributes.key.as_ref().map(|key| KeyHash::new(instance, TenantNumber(sent.tenant), key));
    let payload = Bytes::from(sent.payload.clone());
    let fingerprint = u64::from(crc32c::crc32c(&payload));
    let event = NewEvent { attributes, payload, key_window: sent.window };
    Draft::new(TenantNumber(sent.tenant), &event, fingerprint, entropy).unwrap()
}

pub fn tenant(number: u32, now: Timestamp) -> Tenant {
    Tenant {
        number: TenantNumber(number),
        slug: Slug::parse(&format!("tenant-{number}")).unwrap(),
        name: format!("Tenant {number}"),
        status: TenantStatus::Active,
        settings: TenantSettings::default(),
        created_at: now,
    }
}

pub fn audit(text: &str) -> NewEvent {
    NewEvent {
        attributes: Attributes::new("mainstay", "tenant.created").unwrap(),
        payload: Bytes::from(text.to_owned()),
        key_window: KeyWindow::NoKey,
    }
}

/// Waits for a future on this thread.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Tells whether a record is one of the appliance's own.
pub fn is_audit(record: &StoredRecord) -> bool {
    record.tenant == SYSTEM_TENANT
}
