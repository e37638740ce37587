//! Starts and crashes by a clock that is wrong: no key is forgotten, and no event keeps a wrong time for good.

use crate::disk::SimDisk;
use crate::shop::{START, Sent, Shop, options, try_open_by, wait};
use mainstay::domain::believed_time::ClockStanding;
use mainstay::domain::time::Timestamp;
use mainstay::platform::clock::{Clock, ManualClock};
use mainstay::store::effects::Effects;
use mainstay::store::sequencer::queue::Decision;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

/// How long keys count.
const WINDOW: Duration = Duration::from_hours(30 * 24);

fn after(time: Duration) -> Timestamp {
    Timestamp::from_micros(START).saturating_add(time)
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(after(Duration::ZERO)))
}

fn open(disk: &SimDisk, clock: &Arc<ManualClock>) -> Shop {
    try_open_by(Arc::new(disk.clone()), options(), Arc::clone(clock)).unwrap()
}

fn sale(key: &str) -> Sent {
    Sent::new(1, key).keyed(key).lasting(WINDOW)
}

/// Sends a new event and returns the time it got.
fn time_of(shop: &Shop, key: &str) -> Timestamp {
    match shop.send(&sale(key)) {
        Some(Decision::Stored { received_at, .. }) => received_at,
        other => panic!("{key} was answered {other:?}"),
    }
}

fn is_known(shop: &Shop, key: &str) -> bool {
    matches!(shop.send(&sale(key)), Some(Decision::Duplicate { .. }))
}

fn is_doubted(shop: &Shop) -> bool {
    matches!(shop.store.clock().state().standing, ClockStanding::Ahead { .. })
}

/// A disk on which a key was used, stopped cleanly a minute ago.
fn stopped(clock: &Arc<ManualClock>) -> SimDisk {
    let disk = SimDisk::new();
    let shop = open(&disk, clock);
    assert_eq!(time_of(&shop, "first"), clock.now());
    shop.close();
    clock.advance(MINUTE);
    disk
}

#[test]
fn a_key_is_known_after_a_start_400_days_ahead_and_events_are_right_once_the_clock_is() {
    let clock = clock();
    let disk = stopped(&clock);
    clock.set(after(400 * DAY));
    let shop = open(&disk, &clock);
    assert!(is_known(&shop, "first") && is_doubted(&shop));
    assert_eq!(time_of(&shop, "second"), after(MINUTE));
    clock.advance(DAY / 2);
    assert_eq!(time_of(&shop, "third"), after(MINUTE + DAY / 2));
    clock.set(after(MINUTE + DAY / 2));
    clock.advance(MINUTE);
    assert_eq!(time_of(&shop, "fourth"), after(2 * MINUTE + DAY / 2));
    assert_eq!(shop.store.clock().state().standing, ClockStanding::Right);
    assert!(["first", "second", "third"].iter().all(|key| is_known(&shop, key)));
    shop.close();
}

#[test]
fn a_kill_while_the_clock_is_doubted_ends_no_doubt_and_restarts_do_not_add_up() {
    let clock = clock();
    let mut disk = stopped(&clock);
    clock.set(after(400 * DAY));
    for turn in 1..=4u32 {
        let shop = open(&disk, &clock);
        assert!(is_known(&shop, "first") && is_doubted(&shop), "turn {turn}");
        assert_eq!(time_of(&shop, &turn.to_string()), after(MINUTE + turn.saturating_sub(1) * 5 * MINUTE));
        clock.advance(5 * MINUTE);
        if turn % 2 == 0 {
            shop.close();
        } else {
            let killed = disk.kill();
            shop.bury();
            disk = killed;
        }
    }
    clock.advance(DAY.saturating_sub(21 * MINUTE));
    let shop = open(&disk, &clock);
    assert!(is_known(&shop, "first") && is_doubted(&shop));
    clock.advance(MINUTE);
    assert!(!is_doubted(&shop), "24 hours after the jump it is believed");
    assert!(is_known(&shop, "4"), "what came meanwhile is no older for that");
    assert_eq!(time_of(&shop, "first"), after(401 * DAY));
    shop.close();
}

#[test]
fn a_reboot_may_have_taken_three_days_but_not_thirty() {
    for (days, believed) in [(3, true), (30, false)] {
        let clock = clock();
        let disk = stopped(&clock);
        clock.reboot();
        clock.set(after(days * DAY));
        let shop = open(&disk, &clock);
        assert_eq!(!is_doubted(&shop), believed, "{days} days");
        let time = if believed { after(days * DAY) } else { after(Duration::ZERO) };
        assert_eq!(time_of(&shop, "second"), time, "{days} days");
        assert!(is_known(&shop, "first"));
        assert_eq!(shop.store.clock().state().latest(), clock.now(), "credentials expire by the clock");
        shop.close();
    }
}

#[test]
fn a_long_rest_within_one_boot_is_believed() {
    let clock = clock();
    let disk = stopped(&clock);
    clock.advance(40 * DAY);
    let shop = open(&disk, &clock);
    assert_eq!(time_of(&shop, "first"), after(40 * DAY + MINUTE), "its key has expired");
    shop.close();
}

#[test]
fn events_wait_for_a_clock_that_was_set_back() {
    let clock = clock();
    clock.advance(DAY);
    let disk = stopped(&clock);
    clock.set(after(Duration::ZERO));
    let shop = open(&disk, &clock);
    assert_eq!(shop.store.clock().state().standing, ClockStanding::Behind { by: DAY });
    assert_eq!(time_of(&shop, "second"), after(DAY));
    clock.advance(DAY + MINUTE);
    assert_eq!(time_of(&shop, "third"), after(DAY + MINUTE));
    assert_eq!(shop.store.clock().state().standing, ClockStanding::Right);
    shop.close();
}

#[test]
fn a_confirmation_outlasts_a_kill() {
    let clock = clock();
    let disk = stopped(&clock);
    clock.set(after(400 * DAY));
    let shop = open(&disk, &clock);
    assert!(is_known(&shop, "first"));
    let confirming = Arc::clone(shop.store.clock());
    let confirmed = wait(shop.store.execute(move |_, _| {
        confirming.confirm();
        Ok::<_, Infallible>((Effects::default().keep_clock(), ()))
    }));
    confirmed.unwrap();
    let killed = disk.kill();
    shop.bury();
    let shop = open(&killed, &clock);
    assert!(!is_doubted(&shop));
    assert_eq!(time_of(&shop, "first"), after(400 * DAY));
    shop.close();
}
