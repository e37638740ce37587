//! Events of the appliance itself, in the reserved tenant `system`: the audit log is the ledger.

use crate::domain::event::{Attributes, KeyWindow, NewEvent, Severity};
use bytes::Bytes;

/// Source of every event of the appliance itself.
pub const SOURCE: &str = "mainstay";

/// Who changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody with access to the machine: the command line.
    CommandLine,
    /// The appliance itself.
    Appliance,
}

impl Actor {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::CommandLine => "command line",
            Self::Appliance => "appliance",
        }
    }
}

/// Makes an event of the appliance: `what` is its type, such as `tenant.created`; `details` must hold no secret.
pub(super) fn event(actor: &Actor, what: &str, subject: &str, details: &serde_json::Value) -> NewEvent {
    graded(actor, Severity::Info, what, subject, details)
}

/// Makes an event of the appliance with its severity.
pub(super) fn graded(
    actor: &Actor,
    severity: Severity,
    what: &str,
    subject: &str,
    details: &serde_json::Value,
) -> NewEvent {
    NewEvent {
        attributes: Attributes {
            source: SOURCE.to_owned(),
            event_type: what.to_owned(),
            subject: Some(subject.to_owned()),
            content_type: Some("application/json".to_owned()),
            actor: Some(actor.as_str().to_owned()),
            severity: Some(severity),
            ..Attributes::default()
        },
        payload: Bytes::from(details.to_string()),
        key_window: KeyWindow::NoKey,
    }
}
