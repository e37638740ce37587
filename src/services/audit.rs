//! Events of the appliance itself, in the reserved tenant `system`: the audit log is the ledger.
//!
//! An event holds what it tells in its payload, a JSON object. Members `before` and `after` are states of the same thing:
//! their differences are the changes. All other members are said of it.

use crate::domain::event::{Attributes, KeyWindow, NewEvent, Severity};
use crate::domain::ids::{Seq, TokenId};
use crate::domain::time::Timestamp;
use crate::services::reading::StoredEvent;
use crate::store::effects::Effects;
use bytes::Bytes;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

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
pub(super) fn record(actor: &Actor, what: &str, subject: &str, details: &Value) -> Effects {
    Effects::default().audit(event(actor, Severity::Info, what, subject, details))
}

/// Makes an event of the appliance with its severity.
pub(super) fn event(
    actor: &Actor,
    severity: Severity,
    what: &str,
    subject: &str,
    details: &Value,
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

/// The slug of the tenant whose events they are.
pub const TENANT: &str = "system";

/// What is deleted has no present state: what is said of it was.
const ENDINGS: [&str; 2] = [".deleted", ".removed"];

/// One recorded action.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub struct Entry {
    /// Its event's place in the ledger.
    #[schemars(with = "u64")]
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who; empty if the event does not say.
    pub actor: String,
    /// What, such as `tenant.changed`.
    pub what: String,
    /// To what.
    pub subject: String,
    /// How grave it is.
    pub severity: Severity,
    /// What is different since.
    pub changes: Vec<FieldChange>,
}

/// What is different of one field.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "AuditChange")]
pub struct FieldChange {
    /// Its name; of a field within another both, with a dot between.
    pub field: String,
    /// What it was; null where it was not, or the event does not say.
    pub before: Option<Value>,
    /// What it is now; null where it is not any more.
    pub after: Option<Value>,
}

impl FieldChange {
    /// Nothing is what null says.
    fn new(field: String, before: Option<Value>, after: Option<Value>) -> Self {
        let [before, after] = [before, after].map(|value| value.filter(|value| !value.is_null()));
        Self { field, before, after }
    }
}

impl Entry {
    /// Reads an event of the appliance.
    pub fn new(event: &StoredEvent) -> Self {
        let attributes = &event.attributes;
        let what = attributes.event_type.clone();
        let changes = match serde_json::from_slice(&event.payload) {
            Ok(Value::Object(details)) => changes(&what, details),
            _ => Vec::new(),
        };
        Self {
            seq: event.seq,
            at: event.received_at,
            actor: attributes.actor.clone().unwrap_or_default(),
            what,
            subject: attributes.subject.clone().unwrap_or_default(),
            severity: attributes.severity.unwrap_or(Severity::Info),
            changes,
        }
    }
}

fn changes(what: &str, mut details: Map<String, Value>) -> Vec<FieldChange> {
    let is_over = ENDINGS.iter().any(|ending| what.ends_with(ending));
    let mut changes = match details.remove("before").zip(details.remove("after")) {
        None => Vec::new(),
        Some((before @ (Value::Object(_) | Value::Null), after @ (Value::Object(_) | Value::Null))) => {
            differences(before, after)
        }
        // A value of its own: the thing's key says what it is of.
        Some((before, after)) => {
            let field = details.remove("key").and_then(|key| key.as_str().map(str::to_owned));
            let field = field.unwrap_or_else(|| "value".to_owned());
            vec![FieldChange::new(field, Some(before), Some(after))]
        }
    };
    let rest = leaves(Value::Object(details)).into_iter().map(|(field, value)| {
        let (before, after) = if is_over { (Some(value), None) } else { (None, Some(value)) };
        FieldChange::new(field, before, after)
    });
    changes.extend(rest);
    changes.retain(|change| change.before.is_some() || change.after.is_some());
    changes
}

fn differences(before: Value, after: Value) -> Vec<FieldChange> {
    let mut later = leaves(after);
    let mut changes = Vec::new();
    for (field, was) in leaves(before) {
        let at = later.iter().position(|(name, _)| *name == field);
        let is = at.map(|at| later.remove(at).1);
        if is.as_ref() != Some(&was) {
            changes.push(FieldChange::new(field, Some(was), is));
        }
    }
    changes.extend(later.into_iter().map(|(field, is)| FieldChange::new(field, None, Some(is))));
    changes
}

/// Returns the values within objects by their names from the outside in.
fn leaves(value: Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    descend(String::new(), value, &mut found);
    found
}

fn descend(name: String, value: Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (inner, value) in members {
                let name = if name.is_empty() { inner } else { format!("{name}.{inner}") };
                descend(name, value, found);
            }
        }
        Value::Null if name.is_empty() => {}
        value => found.push((name, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::Slug;
    use proptest::prelude::*;
    use serde_json::json;

    fn entry(what: &str, payload: &[u8]) -> Entry {
        Entry::new(&StoredEvent {
            seq: Seq(7),
            tenant: Slug::parse(TENANT).unwrap(),
            received_at: Timestamp::from_micros(0),
            attributes: Attributes {
                actor: Some("appliance".into()),
                ..Attributes::new("mainstay", what).unwrap()
            },
            payload: payload.to_vec().into(),
        })
    }

    /// Returns the changes as `field: before -> after`.
    fn told(what: &str, details: &Value) -> Vec<String> {
        let text = |value: Option<Value>| value.map_or("-".to_owned(), |value| value.to_string());
        let changes = entry(what, details.to_string().as_bytes()).changes;
        changes
            .into_iter()
            .map(|one| format!("{}: {} -> {}", one.field, text(one.before), text(one.after)))
            .collect()
    }

    #[test]
    fn two_states_are_told_by_their_differences() {
        let details = json!({
            "before": { "name": "a", "settings": { "limit": 1, "window": null }, "kept": [1], "gone": true },
            "after": { "name": "b", "settings": { "limit": 1, "window": 60 }, "kept": [1], "new": "x" },
        });
        let expected =
            ["gone: true -> -", "name: \"a\" -> \"b\"", "settings.window: - -> 60", "new: - -> \"x\""];
        assert_eq!(told("tenant.changed", &details), expected);
    }

    #[test]
    fn a_single_value_goes_by_its_key_and_what_is_deleted_was() {
        let setting = json!({ "key": "limits.streams_max", "before": "10", "after": "20" });
        assert_eq!(told("setting.changed", &setting), ["limits.streams_max: \"10\" -> \"20\""]);
        assert_eq!(told("tenant.created", &json!({ "slug": "a" })), ["slug: - -> \"a\""]);
        assert_eq!(told("source.deleted", &json!({ "name": "a" })), ["name: \"a\" -> -"]);
        let lifted = json!({ "count": 1, "before": { "reason": "x" }, "after": null });
        assert_eq!(told("block.lifted", &lifted), ["reason: \"x\" -> -", "count: - -> 1"]);
        assert!(entry("x", b"none").changes.is_empty() && entry("x", b"[1]").changes.is_empty());
    }

    proptest! {
        #[test]
        fn any_payload_is_read(payload in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = entry("tenant.changed", &payload);
        }

        #[test]
        fn equal_states_are_no_change(names in proptest::collection::vec("[a-z]{1,4}", 0..6)) {
            let state: Map<String, Value> = names.iter().map(|name| (name.clone(), json!({ "x": name }))).collect();
            let details = json!({ "before": state, "after": state });
            prop_assert!(told("a.changed", &details).is_empty());
        }
    }
}
