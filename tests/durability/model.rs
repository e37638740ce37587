//! Random commands against the store and against a model of a few lines.

use crate::disk::SimDisk;
use crate::shop::{START, Sent, Shop, is_audit, options, try_open};
use mainstay::domain::time::Timestamp;
use mainstay::store::options::StoreOptions;
use mainstay::store::sequencer::queue::Decision;
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    /// Sends a batch of (tenant, key, seconds of its window, payload).
    Send(Vec<(u32, Option<u8>, u8, u8)>),
    Command(u8),
    /// Moves the clock by so many seconds, also back.
    Clock(i8),
    Flush,
    Close,
    Kill,
    PowerCut(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let event = (1u32..3, proptest::option::weighted(0.8, 0u8..5), 0u8..40, 0u8..3);
    let step = prop_oneof![
        8 => proptest::collection::vec(event, 1..6).prop_map(Step::Send),
        2 => (0u8..20).prop_map(Step::Command),
        3 => (-30i8..60).prop_map(Step::Clock),
        1 => Just(Step::Flush),
        1 => Just(Step::Close),
        1 => Just(Step::Kill),
        1 => any::<u64>().prop_map(Step::PowerCut),
    ];
    proptest::collection::vec(step, 1..30)
}

/// What the store should hold.
#[derive(Default)]
struct Model {
    events: Vec<Option<Sent>>,
    /// Last use of a key: event, instant, payload.
    keys: HashMap<(u32, String), (u64, Timestamp, Vec<u8>)>,
    counters: HashMap<String, u64>,
    /// The store's time.
    now: u64,
    /// Time of the last event.
    last: u64,
}

impl Model {
    fn push(&mut self, event: Option<Sent>) -> u64 {
        self.events.push(event);
        self.last = self.now;
        self.events.len() as u64
    }

    fn expect(&mut self, sent: &Sent) -> Result<u64, u64> {
        let now = Timestamp::from_micros(self.now);
        let key = sent.key.clone().map(|key| (sent.tenant, key));
        if let Some((seq, at, _)) = key.as_ref().and_then(|key| self.keys.get(key))
            && sent.window.honours(*at, now)
        {
            return Err(*seq);
        }
        let seq = self.push(Some(sent.clone()));
        self.keys.extend(key.map(|key| (key, (seq, now, sent.payload.clone()))));
        Ok(seq)
    }
}

fn start(disk: &SimDisk, now: u64) -> Shop {
    let lazy = StoreOptions { flush_interval: Duration::from_hours(1), ..options() };
    try_open(Arc::new(disk.clone()), lazy, now).unwrap()
}

fn send(shop: &Shop, model: &mut Model, batch: Vec<(u32, Option<u8>, u8, u8)>) {
    let make = |(tenant, key, window, payload): (u32, Option<u8>, u8, u8)| {
        let sent = Sent::new(tenant, vec![payload; usize::from(payload) * 700]);
        let Some(key) = key else { return sent };
        let sent = sent.keyed(format!("key {key}"));
        if window == 0 { sent } else { sent.lasting(Duration::from_secs(window.into())) }
    };
    let batch: Vec<Sent> = batch.into_iter().map(make).collect();
    for (sent, decision) in batch.iter().zip(shop.send_many(&batch).unwrap()) {
        match (model.expect(sent), decision) {
            (Ok(expected), Decision::Stored { seq, received_at }) => {
                assert_eq!((seq, received_at.as_micros()), (expected, model.now));
            }
            (Err(expected), Decision::Duplicate { seq, same_payload }) => {
                assert_eq!(seq, expected);
                let (_, _, payload) = &model.keys[&(sent.tenant, sent.key.clone().unwrap())];
                assert!(same_payload.is_none_or(|same| same == (*payload == sent.payload)));
            }
            (expected, found) => panic!("{sent:?}: expected {expected:?}, found {found:?}"),
        }
    }
}

fn check(shop: &Shop, model: &Model) {
    let records = shop.all();
    assert_eq!(records.len(), model.events.len());
    for (record, expected) in records.iter().zip(&model.events) {
        assert!(expected.as_ref().map_or_else(|| is_audit(record), |sent| sent.is(record)));
    }
    let counter = model.counters.get("commands").copied().unwrap_or(0);
    assert_eq!(shop.store.counter("commands").unwrap(), counter);
    assert!(shop.store.verify(|_, _| ()).unwrap().is_whole());
}

fn run(steps: Vec<Step>) {
    let (mut disk, mut model, mut clock) = (SimDisk::new(), Model::default(), START);
    let mut shop = start(&disk, clock);
    model.now = clock;
    for step in steps {
        match step {
            Step::Send(batch) => {
                model.now = model.now.max(clock);
                send(&shop, &mut model, batch);
            }
            Step::Command(count) => {
                model.now = model.now.max(clock);
                assert!(shop.command(u32::from(count) + 10, count.into()));
                model.counters.insert("commands".into(), count.into());
                model.push(None);
            }
            Step::Clock(seconds) => {
                clock = clock.saturating_add_signed(i64::from(seconds) * 1_000_000);
                match u64::try_from(seconds) {
                    Ok(seconds) => shop.clock.advance(Duration::from_secs(seconds)),
                    Err(_) => shop.clock.set(Timestamp::from_micros(clock)),
                }
            }
            Step::Flush => shop.store.flush().unwrap(),
            Step::Close | Step::Kill | Step::PowerCut(_) => {
                disk = restart(shop, &disk, &step);
                // A start knows no time but that of the last event and its own.
                model.now = model.last.max(clock);
                shop = start(&disk, clock);
                check(&shop, &model);
            }
        }
    }
    check(&shop, &model);
    shop.close();
}

/// Ends a store in the way of the step; returns the disk the next one finds.
fn restart(shop: Shop, disk: &SimDisk, step: &Step) -> SimDisk {
    match step {
        Step::Kill => {
            let next = disk.kill();
            shop.bury();
            next
        }
        Step::PowerCut(seed) => {
            let next = disk.reboot(*seed);
            shop.bury();
            next
        }
        _ => {
            shop.close();
            disk.clone()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn the_store_does_what_a_simple_model_does(steps in steps()) {
        run(steps);
    }
}
