//! Parameters that several operations take, and problems of reading them.

use crate::domain::names::{LABEL_LEN_MAX, LABEL_PATTERN, SLUG_PATTERN};
use crate::http::code::Code;
use crate::http::openapi::IDEMPOTENCY_KEY;
use crate::http::operation::{Parameter, Place};
use crate::services::reading::{LIMIT_DEFAULT, LIMIT_MAX};
use crate::services::series::Span;
use serde_json::{Value, json};

pub(super) const READS: &[Code] = &[Code::ReadsBusy, Code::StoreStopped];

pub(super) const CURSORS: &[Code] = &[Code::CursorStale];

/// What an answer waits for may never come.
pub(super) const WAITS: &[Code] = &[Code::AnswerTimeout];

const fn query(name: &'static str, schema: fn() -> Value, meaning: &'static str) -> Parameter {
    Parameter { name, place: Place::Query, schema, meaning }
}

const fn needed(name: &'static str, schema: fn() -> Value, meaning: &'static str) -> Parameter {
    Parameter { name, place: Place::RequiredQuery, schema, meaning }
}

const fn path(name: &'static str, schema: fn() -> Value, meaning: &'static str) -> Parameter {
    Parameter { name, place: Place::Path, schema, meaning }
}

const fn header(name: &'static str, schema: fn() -> Value, meaning: &'static str) -> Parameter {
    Parameter { name, place: Place::Header, schema, meaning }
}

fn label() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": LABEL_LEN_MAX, "pattern": LABEL_PATTERN })
}

fn subject() -> Value {
    json!({ "type": "string", "minLength": 1, "pattern": LABEL_PATTERN })
}

fn slug() -> Value {
    json!({ "type": "string", "pattern": SLUG_PATTERN })
}

/// Names in paths are taken as they are: what is none is not found.
fn name() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

fn cursor() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{1,18}(\\.[0-9]{1,18})?$" })
}

fn instant() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn trace() -> Value {
    json!({ "type": "string", "pattern": "^(?!0{32}$)[0-9a-f]{32}$" })
}

fn limit() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT })
}

fn agent_state() -> Value {
    json!({ "type": "string", "enum": ["active", "late", "down", "paused"] })
}

fn level() -> Value {
    json!({ "type": "string", "enum": ["error", "warn", "info", "debug", "trace"] })
}

fn page_limit() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_MAX })
}

fn order() -> Value {
    json!({ "type": "string", "enum": ["asc", "desc"], "default": "asc" })
}

fn format() -> Value {
    json!({ "type": "string", "enum": ["ndjson", "csv"], "default": "ndjson" })
}

fn flag() -> Value {
    json!({ "type": "string", "enum": ["true", "false"] })
}

fn seq() -> Value {
    json!({ "type": "integer", "minimum": 1 })
}

fn day() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn span() -> Value {
    json!({ "type": "string", "enum": Span::ALL.map(Span::as_str), "default": Span::default().as_str() })
}

fn any_text() -> Value {
    json!({ "type": "string" })
}

pub(super) const AFTER: Parameter = query("after", cursor, "Only what lies behind this cursor or number.");
pub(super) const BEFORE: Parameter =
    query("before", cursor, "Only what lies before this cursor or number; not beside `after`.");
pub(super) const LIMIT: Parameter = query("limit", limit, "Most events of the page.");
pub(super) const ORDER: Parameter = query("order", order, "`asc` is oldest first.");
pub(super) const SINCE: Parameter = query("since", instant, "Received at or after this instant.");
pub(super) const UNTIL: Parameter = query("until", instant, "Received before this instant.");
pub(super) const TYPE: Parameter = query("type", label, "Only events of this type.");
pub(super) const SOURCE: Parameter = query("source", label, "Only events of this source.");
pub(super) const TRACE: Parameter = query("trace", trace, "Only events of this trace.");
pub(super) const KEY_FILTER: Parameter =
    query("key", IDEMPOTENCY_KEY.schema, "Only the event of this idempotency key, while it is remembered.");
pub(super) const LAST_EVENT_ID: Parameter =
    header("Last-Event-ID", cursor, "Where an earlier stream ended; it wins over `after`.");

pub(super) const NEW_SOURCE: Parameter = query(
    "source",
    label,
    "Who sends; the token's name without. For payloads and lines; a CloudEvent says it itself.",
);
pub(super) const NEW_TYPE: Parameter = query("type", label, "What happened; `event` without. As `source`.");
pub(super) const NEW_SUBJECT: Parameter = query("subject", subject, "To what it happened. As `source`.");
pub(super) const DELIVERY_TYPE: Parameter =
    query("type", label, "The type of a delivery that does not say its own.");
pub(super) const DELIVERY_SUBJECT: Parameter = query("subject", subject, "To what it happened.");
pub(super) const ATOMIC: Parameter =
    query("atomic", flag, "Whether a batch or lines are stored all or none. For these alone.");
pub(super) const PREFER: Parameter = header(
    "Prefer",
    any_text,
    "`return=representation`: a repeat is answered with the first receipt. `handling=strict`: a key with another \
     payload is 422 (RFC 7240).",
);
pub(super) const TRACEPARENT: Parameter =
    header("traceparent", any_text, "The trace that the event belongs to (W3C Trace Context).");

pub(super) const SEQ: Parameter = path("seq", seq, "The event's sequence number.");
pub(super) const TENANT_IN_PATH: Parameter = path("tenant", slug, "The tenant.");
pub(super) const SOURCE_IN_PATH: Parameter = path("source", slug, "The registered source.");
pub(super) const DAY: Parameter = query("day", day, "The day; today without.");

pub(super) const ACTOR: Parameter =
    query("actor", label, "Only what this actor did, such as `operator alice` or `command line`.");
pub(super) const WHAT: Parameter = query("what", label, "Only this, such as `tenant.changed`.");
pub(super) const OF_SUBJECT: Parameter = query("subject", subject, "Only what was done to this.");
pub(super) const FORMAT: Parameter =
    query("format", format, "`ndjson` is for programs, `csv` (RFC 4180) for spreadsheets.");
pub(super) const SPAN: Parameter = query("span", span, "How far it reaches back.");
pub(super) const AFTER_KEY: Parameter = query("after", any_text, "What follows this place: a list's `next`.");
pub(super) const LIST_LIMIT: Parameter = query("limit", limit, "Most of them.");
pub(super) const TOKEN: Parameter =
    path("token", name, "The token's id: what stands between `mst_` and the secret.");

pub(super) const NETWORK_FILTER: Parameter = query("network", any_text, "Only exactly this network.");
pub(super) const OF_TENANT: Parameter = query("tenant", slug, "Only those of this tenant.");
pub(super) const AGENT_STATE: Parameter = query("state", agent_state, "Only those in this state.");
pub(super) const LIMIT_OF_AGENTS: Parameter = query("limit", limit, "Most agents of the page.");
pub(super) const LEVEL: Parameter =
    query("level", level, "Only lines of this level and more important ones.");
pub(super) const LINE_TEXT: Parameter =
    query("text", any_text, "Only lines with this in them, large or small.");
pub(super) const LINES_SINCE: Parameter = query("since", instant, "Only lines written then or later.");
pub(super) const LINES_BEFORE: Parameter =
    query("before", seq, "Only lines before the one with this number.");
pub(super) const LIMIT_OF_LINES: Parameter = query("limit", limit, "Most lines of the page.");
pub(super) const SEARCH_BLOCKS: Parameter = query(
    "search",
    any_text,
    "Only networks that hold this address or network or stand in it, or with this text in network, reason or source.",
);
pub(super) const PAGE_LIMIT: Parameter = query("limit", page_limit, "Most of a page; all without.");
pub(super) const PAGE: Parameter = query("page", seq, "Which page; the first without.");
pub(super) const NETWORK: Parameter =
    needed("network", name, "An IP address or a network, such as 192.0.2.0/24.");
pub(super) const SETTING: Parameter = path("key", name, "The setting's key, such as limits.rate_limit_max.");

pub(super) const SESSION: Parameter = path("session", name, "The session's id, as the list shows it.");
pub(super) const OPERATOR_FILTER: Parameter = query("operator", any_text, "Only sessions of this operator.");
pub(super) const OPERATOR_NAMED: Parameter = needed("operator", name, "Whose sessions end.");

pub(super) const VERBOSE: Parameter =
    query("verbose", any_text, "One line of text for each check, for those who may read `/metrics`.");
pub(super) const EXCLUDE: Parameter =
    query("exclude", any_text, "Checks that are left out, by commas; names that are none are refused.");
