//! What answers mean: how a part is, and why.

use super::check::{Check, Status};
use crate::domain::believed_time::ClockState;
use crate::domain::time::Timestamp;
use crate::store::handle::Refused;
use crate::store::sequencer::queue::QueueError;
use crate::tls::status::{CertificateStatus, TlsStatus};
use std::cmp::Ordering;
use std::time::Duration;

/// A database that takes longer than this for a write or a read is degraded.
const DATABASE_TIME_MAX: Duration = Duration::from_millis(100);

/// A disk with less than one part in so many free is degraded.
const DISK_FREE_PARTS: u64 = 10;

/// A 95th percentile of all requests above this is slow.
const API_P95_MS_MAX: f64 = 1_000.0;

/// A certificate that ends sooner than this should have been renewed: the appliance renews its own, and its authority,
/// 30 days before.
const CERTIFICATE_LEFT_MIN: Duration = Duration::from_hours(14 * 24);

/// How a part is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) status: Status,
    /// A sentence.
    pub(super) reason: String,
}

impl Verdict {
    pub(super) fn of(self, name: &'static str, latency: Duration, at: Timestamp) -> Check {
        let Self { status, reason } = self;
        Check { name, status, reason, latency, at }
    }
}

/// What a journal write came to.
pub(super) type Written = Result<(), Refused>;

/// Free bytes and all bytes of the disk; none when it does not say.
pub(super) type Space = Option<(u64, u64)>;

/// An answer and how long it took; none when it did not come in time.
pub(super) type Timed<T> = (Option<T>, Duration);

/// Writes a size in whole units.
fn size(bytes: u64) -> String {
    if bytes >> 30 < 10 { format!("{} MiB", bytes >> 20) } else { format!("{} GiB", bytes >> 30) }
}

fn verdict(status: Status, reason: impl Into<String>) -> Verdict {
    Verdict { status, reason: reason.into() }
}

/// Judges a synced write and a read.
pub(super) fn database(write: &Timed<Written>, read: &Timed<bool>) -> Verdict {
    let slowest = write.1.max(read.1);
    match (&write.0, read.0) {
        (Some(Ok(())), Some(true)) if slowest <= DATABASE_TIME_MAX => {
            verdict(Status::Up, "A synced write and a read work.")
        }
        (Some(Ok(())), Some(true)) => {
            let reason = format!("A synced write or a read took {} ms, over 100 ms.", slowest.as_millis());
            verdict(Status::Degraded, reason)
        }
        (Some(Err(QueueError::Full)), Some(true)) => {
            verdict(Status::Degraded, "So much waits to be written that nothing more is taken in.")
        }
        (None, _) => verdict(Status::Down, "A synced write did not end in time."),
        (Some(Err(QueueError::ReadOnly)), _) => {
            verdict(Status::Down, "The appliance has started read-only, because the disk is full.")
        }
        (Some(Err(error)), Some(true)) if !matches!(error, QueueError::Full) => {
            verdict(Status::Down, "The journal takes no write.")
        }
        (_, None) => verdict(Status::Down, "A read did not end in time."),
        (_, Some(_)) => verdict(Status::Down, "The database cannot be read."),
    }
}

/// Judges whether what is acknowledged reaches the database.
pub(super) fn ledger(failed: bool, applied: bool, busy: bool) -> Verdict {
    match (failed, applied) {
        (false, true) => verdict(Status::Up, "Every acknowledged event is in the database."),
        // Nothing was written, because too much waits: the sequencer has more than it can do.
        (false, false) if busy => {
            verdict(Status::Degraded, "More events wait to be written than the queue takes.")
        }
        (true, _) => verdict(Status::Down, "The store has failed and writes nothing any more."),
        _ => verdict(Status::Down, "What was acknowledged did not reach the database in time."),
    }
}

/// Judges whether a table answers.
pub(super) fn works(answer: Option<bool>, table: &str) -> Verdict {
    match answer {
        Some(true) => verdict(Status::Up, format!("The table of {table} answers.")),
        Some(false) => verdict(Status::Down, format!("The table of {table} cannot be read.")),
        None => verdict(Status::Down, format!("The table of {table} did not answer in time.")),
    }
}

pub(super) fn disk(space: Space, reserve_bytes: u64, is_below_reserve: bool) -> Verdict {
    let Some((free, total)) = space else {
        return verdict(Status::Down, "The disk does not say how much is free.");
    };
    let (left, reserve) = (size(free), size(reserve_bytes));
    let percent = u128::from(free) * 100 / u128::from(total.max(1));
    if free < reserve_bytes || is_below_reserve {
        let reason = format!("{left} are free, and intake stops below a reserve of {reserve}.");
        verdict(Status::Down, reason)
    } else if free >= total / DISK_FREE_PARTS {
        verdict(Status::Up, format!("{percent} % of the disk are free, {left}."))
    } else {
        verdict(Status::Degraded, format!("Only {percent} % of the disk are free, {left}."))
    }
}

/// Judges the time within which 95 % of requests were answered.
pub(super) fn api(p95_ms: f64) -> Verdict {
    let told = format!("95 % of the requests of the last 15 minutes were answered within {p95_ms:.1} ms");
    if p95_ms > API_P95_MS_MAX {
        verdict(Status::Degraded, format!("{told}, over 1,000 ms."))
    } else {
        verdict(Status::Up, format!("{told}."))
    }
}

/// Judges requests that found no place.
pub(super) fn crowded() -> Verdict {
    verdict(
        Status::Degraded,
        "In the last minute requests were refused because every place of their kind was taken.",
    )
}

/// Judges the server's certificate and the authority it is from, the worse of both; none without TLS.
pub(super) fn certificate(status: &TlsStatus, now: Timestamp) -> Option<Verdict> {
    let served = term("It", status.certificate.as_ref()?, now);
    let authority = status.authority.as_ref().map(|authority| term("Its authority", authority, now));
    let left_out = (!status.names_left_out.is_empty()).then(|| {
        let names = status.names_left_out.join(", ");
        verdict(Status::Degraded, format!("It lacks {names}: the authority was made for other names."))
    });
    let mut worst = served;
    for other in authority.into_iter().chain(left_out).filter(|other| other.status != Status::Up) {
        match worst.status.cmp(&other.status) {
            Ordering::Less => worst = other,
            Ordering::Equal => worst.reason = format!("{} {}", worst.reason, other.reason),
            Ordering::Greater => {}
        }
    }
    Some(worst)
}

fn term(subject: &str, certificate: &CertificateStatus, now: Timestamp) -> Verdict {
    let CertificateStatus { not_before, not_after, .. } = certificate;
    let left = not_after.duration_since(now);
    let days = left.as_secs() / 86_400;
    match left {
        _ if now < *not_before => {
            verdict(Status::Down, format!("{subject} is not valid before {not_before}."))
        }
        Duration::ZERO => verdict(Status::Down, format!("{subject} ended at {not_after}.")),
        left if left < CERTIFICATE_LEFT_MIN => {
            verdict(Status::Degraded, format!("{subject} ends in {days} days and should have been renewed."))
        }
        _ => verdict(Status::Up, format!("{subject} works for {days} more days.")),
    }
}

/// Judges how the clock stands to what is believed.
pub(super) fn clock(state: &ClockState) -> Verdict {
    match state.problem() {
        Some(problem) => verdict(Status::Degraded, problem),
        None => verdict(Status::Up, "It agrees with the time that passed."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_under_a_tenth_is_degraded_and_one_below_its_reserve_down() {
        let disk = |space, is_below| disk(space, 50, is_below).status;
        assert_eq!(disk(Some((100, 1_000)), false), Status::Up);
        assert_eq!(disk(Some((99, 1_000)), false), Status::Degraded);
        assert_eq!(disk(Some((49, 1_000)), false), Status::Down);
        assert_eq!(disk(Some((900, 1_000)), true), Status::Down);
        assert_eq!(disk(None, false), Status::Down);
        assert_eq!(
            super::disk(Some((99 << 20, 1_000 << 20)), 0, false).reason,
            "Only 9 % of the disk are free, 99 MiB."
        );
    }

    #[test]
    fn a_slow_database_is_degraded_and_one_that_fails_is_down() {
        let fast = Duration::from_millis(3);
        let slow = Duration::from_millis(101);
        let of = |write, read, took| database(&(write, took), &(read, fast)).status;
        assert_eq!(of(Some(Ok(())), Some(true), fast), Status::Up);
        assert_eq!(of(Some(Ok(())), Some(true), slow), Status::Degraded);
        assert_eq!(of(Some(Err(QueueError::Full)), Some(true), fast), Status::Degraded);
        for (write, read) in [
            (None, Some(true)),
            (Some(Ok(())), None),
            (Some(Ok(())), Some(false)),
            (Some(Err(QueueError::Closed)), Some(true)),
            (Some(Err(QueueError::ReadOnly)), Some(true)),
        ] {
            assert_eq!(of(write, read, fast), Status::Down);
        }
    }

    #[test]
    fn requests_that_take_over_a_second_are_degraded() {
        assert_eq!(api(0.0).status, Status::Up);
        assert_eq!(api(1_000.0).status, Status::Up);
        assert_eq!(api(1_000.1).status, Status::Degraded);
    }

    fn at(days: u64) -> Timestamp {
        Timestamp::from_micros(0).saturating_add(Duration::from_hours(days * 24))
    }

    fn from_to(not_before: u64, not_after: u64) -> CertificateStatus {
        CertificateStatus {
            subject: String::new(),
            issuer: String::new(),
            names: Vec::new(),
            not_before: at(not_before),
            not_after: at(not_after),
            days_left: 0,
            sha256: String::new(),
        }
    }

    fn status(served: CertificateStatus, authority: Option<CertificateStatus>) -> TlsStatus {
        TlsStatus {
            mode: "own".to_owned(),
            certificate: Some(served),
            chain_in_order: true,
            authority,
            names_left_out: Vec::new(),
            previous_authorities: Vec::new(),
        }
    }

    #[test]
    fn a_certificate_is_degraded_before_it_ends_and_down_after() {
        let of = |until| certificate(&status(from_to(0, until), None), at(1_000)).unwrap();
        assert_eq!(of(1_030).status, Status::Up);
        assert_eq!(of(1_013), verdict(Status::Degraded, "It ends in 13 days and should have been renewed."));
        assert_eq!(of(1_000).status, Status::Down);
        let early = certificate(&status(from_to(1_001, 2_000), None), at(1_000)).unwrap();
        let reason = format!("It is not valid before {}.", at(1_001));
        assert_eq!(early, verdict(Status::Down, reason));
        let off = TlsStatus { certificate: None, ..status(from_to(0, 1), None) };
        assert_eq!(certificate(&off, at(1)), None);
    }

    #[test]
    fn an_authority_that_ends_has_ended_or_has_not_begun_is_told() {
        let of = |from, until| {
            certificate(&status(from_to(0, 1_060), Some(from_to(from, until))), at(1_000)).unwrap()
        };
        assert_eq!(of(0, 3_000), verdict(Status::Up, "It works for 60 more days."));
        let soon = "Its authority ends in 5 days and should have been renewed.";
        assert_eq!(of(0, 1_005), verdict(Status::Degraded, soon));
        assert_eq!(of(0, 999), verdict(Status::Down, format!("Its authority ended at {}.", at(999))));
        let early = format!("Its authority is not valid before {}.", at(1_001));
        assert_eq!(of(1_001, 3_000), verdict(Status::Down, early));
        let both = certificate(&status(from_to(0, 999), Some(from_to(0, 999))), at(1_000)).unwrap();
        assert!(both.reason.contains("It ended") && both.reason.contains("Its authority ended"), "{both:?}");
    }

    #[test]
    fn a_name_that_the_authority_may_not_certify_is_told() {
        let whole = status(from_to(0, 2_000), Some(from_to(0, 3_000)));
        let lacking = TlsStatus { names_left_out: vec!["shop.example".to_owned()], ..whole };
        let told = "It lacks shop.example: the authority was made for other names.";
        assert_eq!(certificate(&lacking, at(1_000)), Some(verdict(Status::Degraded, told)));
    }
}
