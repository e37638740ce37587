//! What a sender gets for an event, and for one of several events of a request.

use crate::domain::idempotency::IdempotencyKey;
use crate::domain::time::Timestamp;
use crate::http::code::Code;
use crate::http::problem::{FieldError, Hint, Problem};
use crate::services::ingest::{Outcome, Receipt};
use serde::Serialize;

/// The body of a 201.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Receipt")]
pub(crate) struct ReceiptJson<'a> {
    /// Always `accepted`.
    pub status: &'static str,
    /// Place in the ledger.
    pub seq: u64,
    /// Whose event it is.
    pub tenant: &'a str,
    /// Source.
    pub source: &'a str,
    /// Type.
    #[serde(rename = "type")]
    pub event_type: &'a str,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// The key, sent or made; absent where repeats are not looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<&'a str>,
}

impl<'a> From<&'a Receipt> for ReceiptJson<'a> {
    fn from(receipt: &'a Receipt) -> Self {
        Self {
            status: "accepted",
            seq: receipt.seq.0,
            tenant: receipt.tenant.slug.as_str(),
            source: &receipt.source,
            event_type: &receipt.event_type,
            received_at: receipt.received_at,
            idempotency_key: receipt.key.as_ref().map(IdempotencyKey::as_str),
        }
    }
}

/// How much a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What became of it, and its place.
    Brief,
    /// All that the receipt of a single event says.
    Full,
}

/// A receipt, a repeat or a refusal.
#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
#[schemars(rename = "MemberReceipt")]
pub(crate) struct MemberJson<'a> {
    /// Which line it was, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[schemars(extend("enum" = ["accepted", "duplicate", "refused", "unavailable"]))]
    /// `accepted`, `duplicate`, `refused`, or `unavailable`: nothing is wrong with the event, send it again.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    event_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<&'a str>,
    /// The repeat had another payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    mismatch: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    code: Option<Code>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

/// How many events became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Tally")]
pub(crate) struct Tally {
    pub(super) accepted: u64,
    pub(super) duplicate: u64,
    pub(super) refused: u64,
    /// To be sent again.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) unavailable: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The answer to a batch: what became of each event, in their order.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "BatchReceipt")]
pub(crate) struct BatchJson<'a> {
    #[serde(flatten)]
    tally: Tally,
    receipts: Vec<MemberJson<'a>>,
}

impl<'a> MemberJson<'a> {
    /// Shows what became of an event; `line` is given for lines.
    pub(crate) fn new(line: Option<u64>, outcome: &'a Result<Outcome, Problem>, detail: Detail) -> Self {
        match outcome {
            Ok(Outcome::Stored(receipt)) => Self { line, ..Self::receipt("accepted", receipt, detail) },
            Ok(Outcome::Repeated { first, seq, key, mismatch, .. }) => {
                let shown = if let Some(first) = first {
                    Self::receipt("duplicate", first, Detail::Full)
                } else {
                    let key = key.as_ref().filter(|_key| detail == Detail::Full);
                    let idempotency_key = key.map(IdempotencyKey::as_str);
                    Self { status: "duplicate", seq: Some(seq.0), idempotency_key, ..Self::default() }
                };
                Self { line, mismatch: mismatch.then_some(true), ..shown }
            }
            Err(problem) => Self { line, ..Self::problem(problem) },
        }
    }

    /// Shows that a line could not be looked at.
    pub(crate) fn unavailable(line: u64, problem: &'a Problem) -> Self {
        Self { line: Some(line), status: "unavailable", ..Self::problem(problem) }
    }

    fn receipt(status: &'static str, receipt: &'a Receipt, detail: Detail) -> Self {
        let brief = Self { status, seq: Some(receipt.seq.0), ..Self::default() };
        match detail {
            Detail::Brief => brief,
            Detail::Full => Self {
                tenant: Some(receipt.tenant.slug.as_str()),
                source: Some(&receipt.source),
                event_type: Some(&receipt.event_type),
                received_at: Some(receipt.received_at),
                idempotency_key: receipt.key.as_ref().map(IdempotencyKey::as_str),
                ..brief
            },
        }
    }

    fn problem(problem: &'a Problem) -> Self {
        let retry_after = match problem.hint {
            Hint::RetryAfter(seconds) => Some(seconds),
            _ => None,
        };
        Self {
            status: if is_passing(problem) { "unavailable" } else { "refused" },
            code: Some(problem.code),
            detail: Some(&problem.detail),
            errors: &problem.errors,
            retry_after,
            ..Self::default()
        }
    }
}

/// Tells whether a problem says nothing against the event: the appliance cannot take it now.
pub(crate) fn is_passing(problem: &Problem) -> bool {
    problem.status.is_server_error()
}

impl Tally {
    pub(crate) fn of(outcomes: &[Result<Outcome, Problem>]) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            match outcome {
                Ok(Outcome::Stored(_)) => tally.accepted += 1,
                Ok(Outcome::Repeated { .. }) => tally.duplicate += 1,
                Err(problem) if is_passing(problem) => tally.unavailable += 1,
                Err(_) => tally.refused += 1,
            }
        }
        tally
    }
}

impl<'a> BatchJson<'a> {
    pub(crate) fn new(outcomes: &'a [Result<Outcome, Problem>]) -> Self {
        let receipts = outcomes.iter().map(|outcome| MemberJson::new(None, outcome, Detail::Full));
        Self { tally: Tally::of(outcomes), receipts: receipts.collect() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::ids::{Seq, TenantNumber};
    use crate::domain::names::Slug;
    use crate::domain::tenant::{Tenant, TenantSettings, TenantStatus};
    use std::sync::Arc;

    pub(crate) fn receipt() -> Receipt {
        let tenant = Tenant {
            number: TenantNumber(1),
            slug: Slug::parse("default").unwrap(),
            name: "Default".into(),
            status: TenantStatus::Active,
            settings: TenantSettings::default(),
            created_at: Timestamp::from_micros(0),
        };
        Receipt {
            seq: Seq(9),
            tenant: Arc::new(tenant),
            source: "pos".into(),
            event_type: "sale".into(),
            received_at: Timestamp::from_micros(1),
            key: IdempotencyKey::parse("k").ok(),
        }
    }

    #[test]
    fn a_receipt_is_written_field_by_field() {
        assert_eq!(
            serde_json::to_string(&ReceiptJson::from(&receipt())).unwrap(),
            r#"{"status":"accepted","seq":9,"tenant":"default","source":"pos","type":"sale","received_at":"1970-01-01T00:00:00.000001Z","idempotency_key":"k"}"#
        );
        let unkeyed = Receipt { key: None, ..receipt() };
        assert!(!serde_json::to_string(&ReceiptJson::from(&unkeyed)).unwrap().contains("idempotency_key"));
    }

    fn json(line: Option<u64>, outcome: &Result<Outcome, Problem>, detail: Detail) -> String {
        serde_json::to_string(&MemberJson::new(line, outcome, detail)).unwrap()
    }

    fn repeated(first: Option<Receipt>, mismatch: bool) -> Outcome {
        let (source, key) = ("pos".into(), IdempotencyKey::parse("k").ok());
        Outcome::Repeated { first, seq: Seq(9), source, key, mismatch }
    }

    #[test]
    fn lines_say_the_place_and_batches_say_all() {
        let stored = Ok(Outcome::Stored(receipt()));
        assert_eq!(json(Some(3), &stored, Detail::Brief), r#"{"line":3,"status":"accepted","seq":9}"#);
        assert_eq!(
            json(None, &stored, Detail::Full),
            r#"{"status":"accepted","seq":9,"tenant":"default","source":"pos","type":"sale","received_at":"1970-01-01T00:00:00.000001Z","idempotency_key":"k"}"#
        );
        assert_eq!(
            json(Some(4), &Ok(repeated(None, true)), Detail::Brief),
            r#"{"line":4,"status":"duplicate","seq":9,"mismatch":true}"#
        );
        assert!(
            json(None, &Ok(repeated(Some(receipt()), false)), Detail::Brief).contains(r#""type":"sale""#)
        );
    }

    #[test]
    fn a_refusal_says_why_and_a_full_queue_when_to_come_again() {
        let refused = Err(Problem::fields(Code::InvalidCloudevent, vec![FieldError::new("id", "is empty")]));
        assert_eq!(
            json(Some(1), &refused, Detail::Brief),
            r#"{"line":1,"status":"refused","code":"invalid_cloudevent","detail":"`id`: is empty","errors":[{"field":"id","detail":"is empty"}]}"#
        );
        let full = Problem::new(Code::QueueFull, "full");
        let full = Err(full.with_hint(Hint::RetryAfter(1)));
        assert_eq!(
            json(None, &full, Detail::Full),
            r#"{"status":"unavailable","code":"queue_full","detail":"full","retry_after":1}"#
        );
        let outcomes = [Ok(Outcome::Stored(receipt())), Ok(repeated(None, false)), full];
        let batch = serde_json::to_value(BatchJson::new(&outcomes)).unwrap();
        assert_eq!(
            (&batch["accepted"], &batch["duplicate"], &batch["refused"]),
            (&1.into(), &1.into(), &0.into())
        );
        assert_eq!(batch["unavailable"], 1);
        assert_eq!(batch["receipts"].as_array().unwrap().len(), 3);
    }
}
