//! Whether the clock fits the ledger at the start.

use crate::domain::time::{Timestamp, format_roughly};
use crate::store::handle::Store;
use std::time::Duration;

/// How far the clock may be behind the last event without a word: services that set it move it by less.
const CLOCK_BACK_MIN: Duration = Duration::from_secs(5);

/// How far it may be ahead of the last event without a word: so long a machine may well have been off.
const CLOCK_AHEAD_MIN: Duration = Duration::from_hours(30 * 24);

/// Says that the clock is behind the last event, or far ahead of it. Times in the ledger never go backwards: until a
/// clock that is behind has caught up, events get the time of the last one.
pub(super) fn warn_of_clock(store: &Store, now: Timestamp) {
    let Ok(head) = store.head() else { return };
    let last = head.last_received_at;
    let (behind, ahead) = (last.duration_since(now), now.duration_since(last));
    let elapsed_ms = |step: Duration| u64::try_from(step.as_millis()).unwrap_or(u64::MAX);
    if behind > CLOCK_BACK_MIN {
        tracing::warn!(
            elapsed_ms = elapsed_ms(behind),
            "The clock is {} behind the last event; hint: set the clock; until it has caught up, events get that event's time",
            format_roughly(behind)
        );
    } else if ahead > CLOCK_AHEAD_MIN && last > Timestamp::default() {
        tracing::warn!(
            elapsed_ms = elapsed_ms(ahead),
            "The clock is {} ahead of the last event; hint: set the clock, unless the appliance was off so long: by this clock keys and blocks are as much older",
            format_roughly(ahead)
        );
    }
}
