//! Tells the log when the clock is doubted, is set back, or is right again.

use crate::domain::believed_time::{ClockStanding, ClockState};
use std::mem::{Discriminant, discriminant};

/// Remembers how the clock stood, so that a change is told once.
#[derive(Debug, Default)]
pub(super) struct ClockWatch {
    told: Option<Discriminant<ClockStanding>>,
}

impl ClockWatch {
    /// Notes how the clock stands.
    pub(super) fn note(&mut self, state: &ClockState) {
        let standing = discriminant(&state.standing);
        let before = self.told.replace(standing);
        if before == Some(standing) {
            return;
        }
        if let Some(problem) = state.problem() {
            tracing::warn!("{problem} hint: {}", state.way_out());
        } else if before.is_some() {
            tracing::info!("The clock is believed again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::services::health::warnings::Warnings;
    use std::time::Duration;

    #[test]
    fn how_the_clock_stands_is_told_when_it_changes() {
        let at = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
        let of = |standing| ClockState { shown: at, believed: at, newest: at, standing };
        let (by, left) = (Duration::from_hours(400 * 24), Duration::from_hours(20));
        let mut watch = ClockWatch::default();
        let said = Warnings::of(|| {
            watch.note(&of(ClockStanding::Right));
            watch.note(&of(ClockStanding::Ahead { by, left, over_reboot: false }));
            watch.note(&of(ClockStanding::Ahead { by, left: left / 2, over_reboot: false }));
            watch.note(&of(ClockStanding::Right));
            watch.note(&of(ClockStanding::Behind { by: Duration::from_secs(61) }));
        });
        assert_eq!((said.len(), said[1].as_str()), (3, "The clock is believed again"));
        assert!(said[0].starts_with("The clock is 400d ahead of the time that really passed."), "{said:?}");
        assert!(
            said[0].ends_with("hint: Set the clock, or run mainstay clock confirm if it is right."),
            "{said:?}"
        );
        assert!(
            said[2].starts_with("The clock is 61s behind 2026-03-01T12:00:00.000000Z, the newest time"),
            "{said:?}"
        );
    }
}
