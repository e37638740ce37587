//! What several senders do at once, and what they were promised.

use crate::dice::Dice;
use crate::disk::SimDisk;
use crate::shop::{self, Sent, Shop, is_audit, options, try_open};
use mainstay::domain::ids::TenantNumber;
use mainstay::store::sequencer::queue::Decision;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::thread;

/// Senders at once.
const SENDERS: u32 = 3;

/// Rounds of each.
const ROUNDS: usize = 44;

/// What was promised.
#[derive(Default)]
pub struct Promises {
    /// Everything sent, acknowledged or not.
    sent: HashSet<Vec<u8>>,
    acknowledged: HashMap<u64, Sent>,
    /// Number of the last command carried out.
    commands: u64,
    commands_sent: u64,
}

/// First number of the tenants that commands make.
const MADE: u32 = 100;

/// Sends until done or until the store ends.
pub fn run(shop: &Shop, seed: u64) -> Promises {
    let senders: Vec<_> = (0..SENDERS)
        .map(|number| {
            let shop = shop.clone();
            thread::spawn(move || sender(&shop, number, seed))
        })
        .collect();
    let mut promises = Promises::default();
    for count in 1..=4 {
        promises.commands_sent = count;
        if !shop.command(MADE + u32::try_from(count).unwrap(), count) {
            break;
        }
        promises.commands = count;
    }
    for sender in senders {
        let (sent, acknowledged) = sender.join().unwrap();
        promises.sent.extend(sent);
        for (seq, sent) in acknowledged {
            let before = promises.acknowledged.insert(seq, sent);
            assert!(before.is_none(), "event {seq} was promised twice");
        }
    }
    promises
}

type Share = (Vec<Vec<u8>>, Vec<(u64, Sent)>);

fn sender(shop: &Shop, number: u32, seed: u64) -> Share {
    let mut dice = Dice::new(seed ^ u64::from(number) << 32);
    let (mut all, mut acknowledged): Share = Default::default();
    for round in 0..ROUNDS {
        let batch: Vec<Sent> =
            (0..=dice.below(9)).map(|place| make(&mut dice, number, round, place)).collect();
        all.extend(batch.iter().map(|sent| sent.payload.clone()));
        let decisions = match batch.as_slice() {
            [one] => shop.send(one).map(|decision| vec![decision]),
            many => shop.send_many(many),
        };
        let Some(decisions) = decisions else { break };
        for (sent, decision) in batch.into_iter().zip(decisions) {
            match decision {
                Decision::Stored { seq, .. } => acknowledged.push((seq, sent)),
                other => panic!("a new event was answered {other:?}"),
            }
        }
        if let Some((seq, known)) = acknowledged.get(dice.below(acknowledged.len().max(1)))
            && known.key.is_some()
        {
            match shop.send(known) {
                Some(Decision::Duplicate { seq: first, same_payload }) => {
                    assert_eq!((first, same_payload), (*seq, Some(true)));
                }
                Some(other) => panic!("a repeat was answered {other:?}"),
                None => break,
            }
        }
    }
    (all, acknowledged)
}

fn make(dice: &mut Dice, sender: u32, round: usize, place: usize) -> Sent {
    let length = [10, 300, 900, 1_500, 9_000][dice.below(5)];
    let mut payload = format!("{sender}/{round}/{place} ").into_bytes();
    payload.resize(payload.len() + length, b'x');
    let sent = Sent::new(1 + sender % 2, payload);
    if dice.below(3) == 0 { sent } else { sent.keyed(format!("{sender}-{round}-{place}")) }
}

/// Opens the disk that a crash left, with further power cuts meanwhile; then everything promised must be there.
pub fn check(disk: &SimDisk, promises: &Promises, seed: u64) {
    let mut dice = Dice::new(seed ^ 0x5eed);
    let mut disk = disk.clone();
    for _ in 0..dice.below(4) {
        disk.plan(Some(crate::disk::Trouble::Cut(1 + dice.below(60) as u64)));
        if let Ok(shop) = try_open(Arc::new(disk.clone()), options(), shop::START - 1_000_000) {
            shop.bury();
        }
        disk = disk.reboot(dice.next());
    }
    // The clock has gone back meanwhile.
    let shop = try_open(Arc::new(disk.clone()), options(), shop::START - 1_000_000).expect("the store opens");
    check_open(&shop, promises);
    let size = shop.store.last_seq();
    shop.close();
    let shop = shop::open(&disk);
    assert_eq!((shop.store.last_seq(), shop.store.replayed()), (size, 0));
    assert!(shop.store.verify(|_, _| ()).unwrap().is_whole());
    shop.close();
}

/// Checks that everything promised is there and nothing is doubled.
pub fn check_open(shop: &Shop, promises: &Promises) {
    let verification = shop.store.verify(|_, _| ()).unwrap();
    assert!(verification.is_whole(), "{:?}", verification.problems);
    let records = shop.all();
    let (mut keys, mut payloads) = (HashSet::new(), HashSet::new());
    for pair in records.windows(2) {
        assert!(pair[0].received_at <= pair[1].received_at);
    }
    for record in records.iter().filter(|record| !is_audit(record)) {
        assert!(promises.sent.contains(&record.payload), "event {} was never sent", record.seq);
        assert!(payloads.insert(&record.payload), "event {} is doubled", record.seq);
        if let Some(key) = &record.attributes.key {
            assert!(keys.insert((record.tenant, key)), "key {key} is doubled");
        }
    }
    for (seq, sent) in &promises.acknowledged {
        let record = records.get(usize::try_from(*seq).unwrap() - 1);
        let record = record.unwrap_or_else(|| panic!("event {seq} is lost of {}", records.len()));
        assert!(sent.is(record), "event {seq} is not what was sent");
    }
    check_commands(shop, promises, records.iter().filter(|record| is_audit(record)).count());
    for (seq, sent) in promises.acknowledged.iter().filter(|(_, sent)| sent.key.is_some()) {
        match shop.send(sent) {
            Some(Decision::Duplicate { seq: first, .. }) => assert_eq!(first, *seq),
            other => panic!("the repeat of event {seq} was answered {other:?}"),
        }
    }
    let size = records.len() as u64;
    let fresh = Sent::new(1, format!("after {size}")).keyed(format!("after {size}"));
    assert_eq!(shop.store(&fresh), size + 1);
    assert!(matches!(shop.send(&fresh), Some(Decision::Duplicate { seq, .. }) if seq == size + 1));
}

fn check_commands(shop: &Shop, promises: &Promises, audits: usize) {
    let carried_out = shop.store.counter("commands").unwrap();
    assert!(carried_out >= promises.commands && carried_out <= promises.commands_sent);
    assert_eq!(audits as u64, carried_out, "a command is there whole or not at all");
    for count in 1..=carried_out {
        let number = TenantNumber(MADE + u32::try_from(count).unwrap());
        assert!(shop.store.catalog().tenant(number).is_some());
    }
}
