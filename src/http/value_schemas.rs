//! Schemas of values that other floors define: how they stand in JSON.

use crate::domain::agent::AgentState;
use crate::domain::event::Severity;
use crate::domain::ids::{TenantNumber, TokenId};
use crate::domain::job::{RunOutcome, Trigger};
use crate::domain::names::{SLUG_PATTERN, Slug};
use crate::domain::operator::Role;
use crate::domain::rate::Quota;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::series::{Answered, Taken};
use crate::domain::source::{AutomaticKeys, Unsigned};
use crate::domain::tenant::{MismatchPolicy, TenantStatus};
use crate::domain::time::Timestamp;
use crate::telemetry::metrics::{LimitScope, Limited};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// What a media type looks like, without parameters.
pub(crate) const MEDIA_TYPE_PATTERN: &str = "^[a-z0-9+.-]+/[a-z0-9+.-]+$";

/// Writes the schema of a value that has no part worth a name of its own.
macro_rules! inline {
    ($($of:ty, $name:literal, $schema:expr;)+) => {
        $(impl JsonSchema for $of {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        })+
    };
}

inline! {
    Timestamp, "Timestamp", json_schema!({ "type": "string", "format": "date-time" });
    Slug, "Slug", json_schema!({ "type": "string", "pattern": SLUG_PATTERN });
    AgentState, "AgentState", json_schema!({ "type": "string", "enum": ["active", "late", "down", "paused"] });
    Trigger, "Trigger", json_schema!({ "type": "string", "enum": ["schedule", "retry", "request"] });
    TenantNumber, "TenantNumber", json_schema!({ "type": "integer", "minimum": 0 });
    TenantStatus, "TenantStatus", json_schema!({ "type": "string", "enum": ["active", "suspended", "deleted"] });
    MismatchPolicy, "MismatchPolicy", json_schema!({ "type": "string", "enum": ["report", "refuse"] });
    Role, "Role", json_schema!({ "type": "string", "enum": Role::ALL.map(Role::as_str) });
    Quota, "Quota", json_schema!({ "type": "string", "pattern": "^[0-9]+/[0-9]+[smhd]$" });
    TokenId, "TokenId", json_schema!({ "type": "string", "pattern": "^[a-z2-7]{16}$" });
    Scopes, "Scopes", json_schema!({
        "type": "array", "items": { "type": "string", "enum": Scope::ALL.map(Scope::as_str) }
    });
    AutomaticKeys, "AutomaticKeys", json_schema!({ "type": "string", "enum": ["on", "off"] });
    Unsigned, "Unsigned", json_schema!({ "type": "string", "enum": ["allowed", "refused"] });
    Severity, "Severity", json_schema!({ "type": "string", "enum": ["info", "warning", "error"] });
    LimitScope, "LimitScope", json_schema!({ "type": "string", "enum": LimitScope::ALL.map(LimitScope::as_str) });
    Limited, "Limited", object(&[
        ("scope", "`address`, `tenant`, `token`, `blocked_address` or `blocked_source`.", "string"),
        ("total", "Requests since the start.", "integer"),
        ("recent", "Requests of about the last fifteen minutes.", "integer"),
    ]);
    Answered, "RequestsByStatus", object(&[
        ("success", "2xx.", "integer"),
        ("redirected", "3xx.", "integer"),
        ("refused", "4xx but for 429.", "integer"),
        ("limited", "429.", "integer"),
        ("failed", "5xx.", "integer"),
    ]);
    Taken, "EventsByOutcome", object(&[
        ("stored", "Stored.", "integer"),
        ("repeated", "Repeats of stored ones.", "integer"),
        ("refused", "Not acceptable.", "integer"),
    ]);
    RunOutcome, "RunOutcome", json_schema!({ "type": "string", "enum": ["succeeded", "failed"] });
}

/// An object of members that are always there: name, meaning and type of each.
fn object(members: &[(&str, &str, &str)]) -> Schema {
    let properties: serde_json::Map<_, _> = members
        .iter()
        .map(|(name, meaning, kind)| {
            ((*name).to_owned(), serde_json::json!({ "type": kind, "description": meaning }))
        })
        .collect();
    let required: Vec<_> = members.iter().map(|(name, ..)| name).collect();
    json_schema!({ "type": "object", "properties": properties, "required": required })
}
