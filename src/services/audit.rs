//! Events of the appliance itself, in the reserved tenant `system`: the audit log is the ledger.

use crate::domain::event::{Attributes, KeyWindow, NewEvent, Severity};
use crate::domain::ids::TokenId;
use crate::store::effects::Effects;
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
    /// The holder of a token.
    Token(TokenId),
    /// An operator at the console.
    Operator(String),
    /// Whoever has the one-time link for the first owner.
    SetupLink,
}

impl Actor {
    fn name(&self) -> String {
        match self {
            Self::CommandLine => "command line".to_owned(),
            Self::Appliance => "appliance".to_owned(),
            Self::Token(id) => format!("token {}", id.as_str()),
            Self::Operator(name) => format!("operator {name}"),
            Self::SetupLink => "setup link".to_owned(),
        }
    }
}

/// Returns effects that record an event of the appliance: `what` is its type, such as `tenant.created`; `details` must
/// hold no secret.
pub(super) fn record(actor: &Actor, what: &str, subject: &str, details: &serde_json::Value) -> Effects {
    Effects::default().audit(event(actor, Severity::Info, what, subject, details))
}

/// Makes an event of the appliance with its severity.
pub(super) fn event(
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
            actor: Some(actor.name()),
            severity: Some(severity),
            ..Attributes::default()
        },
        payload: Bytes::from(details.to_string()),
        key_window: KeyWindow::NoKey,
    }
}
