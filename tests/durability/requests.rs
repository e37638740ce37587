//! Requests that are carried out once.

use crate::disk::{SimDisk, Trouble};
use crate::shop::{START, Shop, audit, lazy, open, options, try_open, wait};
use crate::tamper::with_database;
use mainstay::crypto::digest::sha256;
use mainstay::domain::request::{
    EarlierRequest, FORGOTTEN_MAX, IdempotentRequest, REQUESTS_MAX, RememberedRequest, RequestKey,
    RequestState,
};
use mainstay::domain::time::Timestamp;
use mainstay::platform::clock::Clock;
use mainstay::store::effects::Effects;
use mainstay::store::handle::CommandError;
use mainstay::store::rows::stored::{RowKey, Stored};
use mainstay::store::rows::value::Counter;
use redb::TableDefinition;
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

/// The decision's own refusal.
#[derive(Debug, PartialEq, Eq)]
struct No;

type Outcome = Result<u64, CommandError<No>>;

fn request(number: u64) -> IdempotentRequest {
    let digest = |what: &[u8]| sha256(&[what, &number.to_be_bytes()]);
    IdempotentRequest { key: RequestKey(digest(b"key")), fingerprint: digest(b"fingerprint") }
}

fn other(number: u64) -> IdempotentRequest {
    IdempotentRequest { fingerprint: [0; 32], ..request(number) }
}

fn counter(number: u64) -> Counter {
    Counter::new(&format!("made {number}"), number)
}

fn location(number: u64) -> String {
    format!("/made/{number}")
}

fn done(number: u64) -> EarlierRequest {
    EarlierRequest::Done(location(number))
}

/// Makes something once, with an event that tells of it.
fn make(shop: &Shop, request: IdempotentRequest, number: u64) -> Outcome {
    wait(shop.store.execute_once(Some(request), move |_, _| {
        let effects = Effects::default().put(&counter(number)).audit(audit(&format!("made {number}")));
        Ok((effects.made(location(number)), number))
    }))
}

fn is_made(shop: &Shop, number: u64) -> bool {
    shop.store.counter(&counter(number).name).unwrap() == number
}

fn is_repeat(outcome: &Outcome, number: u64) -> bool {
    matches!(outcome, Err(CommandError::Repeated(made)) if *made == location(number))
}

#[test]
fn what_was_made_and_its_request_are_there_together_over_every_power_cut() {
    const REQUESTS: u64 = 5;
    let run = |disk: &SimDisk| {
        let Ok(shop) = try_open(Arc::new(disk.clone()), options(), START) else { return 0 };
        let carried_out = (1..=REQUESTS).take_while(|number| make(&shop, request(*number), *number).is_ok());
        let carried_out = carried_out.count() as u64;
        shop.bury();
        carried_out
    };
    let undisturbed = SimDisk::new();
    assert_eq!(run(&undisturbed), REQUESTS);
    for at in 1..=undisturbed.calls() {
        let disk = SimDisk::new();
        disk.plan(Some(Trouble::Cut(at)));
        let acknowledged = run(&disk);
        let shop = open(&disk.reboot(at));
        let mut events = 0;
        for number in 1..=REQUESTS {
            let found = shop.store.find_request(&request(number)).unwrap();
            assert_eq!(found.is_some(), is_made(&shop, number), "request {number}, cut at {at}");
            assert!(found.is_some() || number > acknowledged, "request {number} is lost, cut at {at}");
            events += u64::from(found.is_some());
            assert!(found.is_none() || found == Some(done(number)));
            assert_eq!(is_repeat(&make(&shop, request(number), number), number), found.is_some());
        }
        assert!(events >= acknowledged);
        assert_eq!(shop.all().len() as u64, REQUESTS, "each was made once, cut at {at}");
        shop.close();
    }
}

#[test]
fn a_repeat_after_reopening_is_told_what_was_made() {
    let disk = SimDisk::new();
    let shop = open(&disk);
    assert_eq!(make(&shop, request(1), 1).unwrap(), 1);
    assert!(is_repeat(&make(&shop, request(1), 2), 1));
    shop.close();
    let shop = open(&disk);
    assert!(is_repeat(&make(&shop, request(1), 2), 1) && !is_made(&shop, 2));
    assert!(matches!(make(&shop, other(1), 2), Err(CommandError::KeyReused)));
    assert_eq!(shop.store.find_request(&other(1)).unwrap(), Some(EarlierRequest::Reused));
    assert_eq!(shop.all().len(), 1);
    shop.close();
}

#[test]
fn a_refusal_is_not_remembered_and_a_request_without_a_key_is_carried_out_each_time() {
    let shop = open(&SimDisk::new());
    let refused: Outcome = wait(shop.store.execute_once(Some(request(1)), |_, _| Err(No)));
    assert!(matches!(refused, Err(CommandError::Refused(No))));
    assert_eq!(shop.store.find_request(&request(1)).unwrap(), None);
    assert_eq!(make(&shop, request(1), 1).unwrap(), 1);
    for value in 1..=2 {
        let put = move |_: &_, _| Ok::<_, No>((Effects::default().put(&Counter::new("plain", value)), ()));
        wait(shop.store.execute_once(None, put)).unwrap();
        assert_eq!(shop.store.counter("plain").unwrap(), value);
    }
    shop.close();
}

#[test]
fn a_request_in_progress_keeps_its_repeats_away_until_it_is_done_or_given_up() {
    let shop = open(&SimDisk::new());
    let begin = |request| wait(shop.store.begin_request::<No>(request));
    begin(request(1)).unwrap();
    assert!(matches!(begin(request(1)), Err(CommandError::InProgress)));
    assert!(matches!(make(&shop, request(1), 1), Err(CommandError::InProgress)));
    assert!(matches!(make(&shop, other(1), 1), Err(CommandError::KeyReused)));
    assert_eq!(shop.store.find_request(&request(1)).unwrap(), Some(EarlierRequest::InProgress));

    let complete =
        |_: &_, _| Ok::<_, No>((Effects::default().put(&counter(1)).complete(request(1), location(1)), ()));
    wait(shop.store.execute(complete)).unwrap();
    assert!(is_made(&shop, 1) && is_repeat(&make(&shop, request(1), 1), 1));
    assert!(matches!(begin(request(1)), Err(CommandError::Repeated(_))));

    begin(request(2)).unwrap();
    shop.store.abandon_request(&request(2));
    assert_eq!(make(&shop, request(2), 2).unwrap(), 2);
    shop.store.abandon_request(&request(2));
    assert!(is_repeat(&make(&shop, request(2), 2), 2), "what is done stays so");
    shop.close();
}

#[test]
fn a_request_that_a_kill_left_in_progress_acts_again() {
    let disk = SimDisk::new();
    let shop = try_open(Arc::new(disk.clone()), lazy(), START).unwrap();
    for number in 1..=3 {
        wait(shop.store.begin_request::<No>(request(number))).unwrap();
    }
    let left = disk.kill();
    shop.bury();
    let shop = open(&left);
    assert_eq!(shop.store.count_rows::<RememberedRequest>().unwrap(), 3);
    assert_eq!(shop.store.find_request(&request(1)).unwrap(), None);
    assert_eq!(make(&shop, request(1), 1).unwrap(), 1);
    wait(shop.store.begin_request::<No>(request(2))).unwrap();
    assert_eq!(shop.store.find_request(&request(2)).unwrap(), Some(EarlierRequest::InProgress));
    assert_eq!(make(&shop, other(3), 3).unwrap(), 3, "what counts as absent reserves no key");
    shop.close();
}

#[test]
fn effects_that_nobody_waits_for_are_written_once() {
    let shop = open(&SimDisk::new());
    let put = |request, value| {
        let effects = Effects::default().put(&Counter::new("beat", value));
        shop.store.put_once(request, effects, location(value)).unwrap();
        wait(shop.store.probe()).unwrap();
        shop.store.flush().unwrap();
        shop.store.counter("beat").unwrap()
    };
    assert_eq!((put(Some(request(1)), 1), put(Some(request(1)), 2), put(None, 3)), (1, 1, 3));
    assert_eq!(shop.store.find_request(&request(1)).unwrap(), Some(done(1)));
    shop.close();
}

/// Writes a full table whose first rows are older than the others.
fn full(disk: &SimDisk, old: usize) {
    open(disk).close();
    with_database(disk, |database| {
        let transaction = database.begin_write().unwrap();
        {
            let definition = TableDefinition::<&[u8], &[u8]>::new("requests_v1");
            let mut table = transaction.open_table(definition).unwrap();
            for number in 0..REQUESTS_MAX {
                let age = if number < old { 3 * DAY } else { DAY / 2 };
                let at = Timestamp::from_micros(START).saturating_sub(age);
                let row = request(number as u64).remembered(RequestState::Done, location(number as u64), at);
                table.insert(row.key().to_bytes().as_slice(), row.encode().as_slice()).unwrap();
            }
        }
        transaction.commit().unwrap();
    });
}

#[test]
fn a_hundred_thousand_requests_are_the_limit() {
    let disk = SimDisk::new();
    full(&disk, FORGOTTEN_MAX + 5);
    let shop = open(&disk);
    let rows = || usize::try_from(shop.store.count_rows::<RememberedRequest>().unwrap()).unwrap();
    let fresh = |number: usize| (REQUESTS_MAX + number) as u64;
    assert_eq!(rows(), REQUESTS_MAX);
    assert!(matches!(make(&shop, request(7), 7), Err(CommandError::Repeated(_))), "it takes no room");
    // The first sweep takes as many as it may, and only old ones.
    make(&shop, request(fresh(0)), fresh(0)).unwrap();
    assert_eq!(rows(), REQUESTS_MAX - FORGOTTEN_MAX + 1);
    for number in 1..FORGOTTEN_MAX {
        make(&shop, request(fresh(number)), fresh(number)).unwrap();
    }
    assert_eq!(rows(), REQUESTS_MAX);
    make(&shop, request(fresh(FORGOTTEN_MAX)), fresh(FORGOTTEN_MAX)).unwrap();
    assert_eq!(rows(), REQUESTS_MAX - 4, "the five old ones that were left");
    for number in 1..5 {
        make(&shop, request(fresh(FORGOTTEN_MAX + number)), 1).unwrap();
    }
    // Nothing is old now.
    for number in 5..7 {
        let refused = make(&shop, request(fresh(FORGOTTEN_MAX + number)), 2);
        assert!(matches!(refused, Err(CommandError::TooManyRequests)));
        assert!(matches!(
            wait(shop.store.begin_request::<No>(request(fresh(FORGOTTEN_MAX + number)))),
            Err(CommandError::TooManyRequests)
        ));
    }
    assert_eq!((rows(), shop.store.counter("made 2").unwrap()), (REQUESTS_MAX, 0));
    let effects = Effects::default().put(&counter(3));
    shop.store.put_once(Some(request(fresh(FORGOTTEN_MAX + 7))), effects, location(3)).unwrap();
    wait(shop.store.probe()).unwrap();
    assert!(is_made(&shop, 3), "what nobody waits for is written all the same");
    assert_eq!(rows(), REQUESTS_MAX);
    shop.close();
}

#[test]
fn old_requests_are_forgotten_a_thousand_at_a_time_but_not_by_a_clock_that_jumped() {
    let disk = SimDisk::new();
    full(&disk, FORGOTTEN_MAX + 5);
    let shop = open(&disk);
    let rows = || {
        shop.store.flush().unwrap();
        wait(shop.store.probe()).unwrap();
        usize::try_from(shop.store.count_rows::<RememberedRequest>().unwrap()).unwrap()
    };
    assert!(shop.store.forget_requests(2 * DAY).unwrap());
    assert_eq!(rows(), REQUESTS_MAX - FORGOTTEN_MAX);
    assert!(!shop.store.forget_requests(2 * DAY).unwrap());
    assert_eq!(rows(), REQUESTS_MAX - FORGOTTEN_MAX - 5);
    assert!(!shop.store.forget_requests(2 * DAY).unwrap());

    shop.clock.set(shop.clock.now().saturating_add(30 * DAY));
    wait(shop.store.probe()).unwrap();
    assert!(shop.store.doubts_clock());
    assert!(!shop.store.forget_requests(2 * DAY).unwrap());
    assert_eq!(rows(), REQUESTS_MAX - FORGOTTEN_MAX - 5);
    shop.close();
}

#[test]
fn a_request_in_progress_is_not_forgotten() {
    let shop = open(&SimDisk::new());
    wait(shop.store.begin_request::<No>(request(1))).unwrap();
    make(&shop, request(2), 2).unwrap();
    shop.clock.advance(Duration::from_mins(9));
    wait(shop.store.probe()).unwrap();
    assert!(!shop.store.forget_requests(Duration::from_mins(5)).unwrap());
    wait(shop.store.probe()).unwrap();
    shop.store.flush().unwrap();
    assert_eq!(shop.store.find_request(&request(1)).unwrap(), Some(EarlierRequest::InProgress));
    assert_eq!(shop.store.find_request(&request(2)).unwrap(), None);
    shop.close();
}
