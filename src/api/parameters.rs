//! Parameters that several operations take, and problems of reading them.

use crate::domain::names::{LABEL_LEN_MAX, LABEL_PATTERN, SLUG_PATTERN};
use crate::http::code::Code;
use crate::http::openapi::IDEMPOTENCY_KEY;
use crate::http::operation::{Parameter, Place};
use crate::http::portion::Bounds;
use crate::http::request::query::Parameters;
use crate::services::reading::{LIMIT_DEFAULT, LIMIT_MAX};
use crate::services::series::Span;
use serde_json::{Value, json};

pub(super) const READS: &[Code] = &[Code::ReadsBusy, Code::StoreStopped];

pub(super) const CURSORS: &[Code] = &[Code::CursorStale];

/// What an answer waits for may never come.
pub(super) const WAITS: &[Code] = &[Code::AnswerTimeout];

/// Makes the JSON Schema of a value.
type Schema = fn() -> Value;

const fn query(name: &'static str, schema: Schema, meaning: &'static str) -> Parameter {
    Parameter { name, place: Place::Query, schema, meaning }
}

const fn needed(name: &'static str, schema: Schema, meaning: &'static str) -> Parameter {
    Parameter { name, place: Place::RequiredQuery, schema, meaning }
}

const fn path(name: &'static str, schema: Schema, meaning: &'static str) -> Parameter {
    Parameter { name, place: Place::Path, schema, meaning }
}

const fn header(name: &'static str, schema: Schema, meaning: &'static str) -> Parameter {
    Parameter { name, place: Place::Header, schema, meaning }
}

const LABEL: Schema =
    || json!({ "type": "string", "minLength": 1, "maxLength": LABEL_LEN_MAX, "pattern": LABEL_PATTERN });
const LONG_LABEL: Schema = || json!({ "type": "string", "minLength": 1, "pattern": LABEL_PATTERN });
const SLUG: Schema = || json!({ "type": "string", "pattern": SLUG_PATTERN });

/// Names in paths are taken as they are: what is none is not found.
const NAME: Schema = || json!({ "type": "string", "minLength": 1 });
const CURSOR: Schema = || json!({ "type": "string", "pattern": "^[0-9]{1,18}(\\.[0-9]{1,18})?$" });
const INSTANT: Schema = || json!({ "type": "string", "format": "date-time" });
const TRACE_ID: Schema = || json!({ "type": "string", "pattern": "^(?!0{32}$)[0-9a-f]{32}$" });
const LEN: Schema =
    || json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT });
const STATES: Schema = || json!({ "type": "string", "enum": ["active", "late", "down", "paused"] });
const LEVELS: Schema = || json!({ "type": "string", "enum": ["error", "warn", "info", "debug", "trace"] });
const PAGE_LEN: Schema = || json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_MAX });
const ORDERS: Schema = || json!({ "type": "string", "enum": ["asc", "desc"], "default": "asc" });
const FORMATS: Schema = || json!({ "type": "string", "enum": ["ndjson", "csv"], "default": "ndjson" });
const FLAG: Schema = || json!({ "type": "string", "enum": ["true", "false"] });
const COUNT: Schema = || json!({ "type": "integer", "minimum": 1 });
const DATE: Schema = || json!({ "type": "string", "format": "date" });
const SPANS: Schema =
    || json!({ "type": "string", "enum": Span::ALL.map(Span::as_str), "default": Span::default().as_str() });
const TEXT: Schema = || json!({ "type": "string" });

pub(super) const AFTER: Parameter = query("after", CURSOR, "Only what lies behind this cursor or number.");
pub(super) const BEFORE: Parameter =
    query("before", CURSOR, "Only what lies before this cursor or number; not beside `after`.");
pub(super) const LIMIT: Parameter = query("limit", LEN, "Most events of the page.");
pub(super) const ORDER: Parameter = query("order", ORDERS, "`asc` is oldest first.");
pub(super) const SINCE: Parameter = query("since", INSTANT, "Received at or after this instant.");
pub(super) const UNTIL: Parameter = query("until", INSTANT, "Received before this instant.");
pub(super) const TYPE: Parameter = query("type", LABEL, "Only events of this type.");
pub(super) const SOURCE: Parameter = query("source", LABEL, "Only events of this source.");
pub(super) const TRACE: Parameter = query("trace", TRACE_ID, "Only events of this trace.");
pub(super) const KEY_FILTER: Parameter =
    query("key", IDEMPOTENCY_KEY.schema, "Only the event of this idempotency key, while it is remembered.");
pub(super) const LAST_EVENT_ID: Parameter =
    header("Last-Event-ID", CURSOR, "Where an earlier stream ended; it wins over `after`.");

pub(super) const NEW_SOURCE: Parameter = query(
    "source",
    LABEL,
    "Who sends; the token's name without. For payloads and lines; a CloudEvent says it itself.",
);
pub(super) const NEW_TYPE: Parameter = query("type", LABEL, "What happened; `event` without. As `source`.");
pub(super) const NEW_SUBJECT: Parameter = query("subject", LONG_LABEL, "To what it happened. As `source`.");
pub(super) const DELIVERY_TYPE: Parameter =
    query("type", LABEL, "The type of a delivery that does not say its own.");
pub(super) const DELIVERY_SUBJECT: Parameter = query("subject", LONG_LABEL, "To what it happened.");
pub(super) const ATOMIC: Parameter =
    query("atomic", FLAG, "Whether a batch or lines are stored all or none. For these alone.");
pub(super) const PREFER: Parameter = header(
    "Prefer",
    TEXT,
    "`return=representation`: a repeat is answered with the first receipt. `handling=strict`: a key with another \
     payload is 422 (RFC 7240).",
);
pub(super) const TRACEPARENT: Parameter =
    header("traceparent", TEXT, "The trace that the event belongs to (W3C Trace Context).");

pub(super) const SEQ: Parameter = path("seq", COUNT, "The event's sequence number.");
pub(super) const TENANT_IN_PATH: Parameter = path("tenant", SLUG, "The tenant.");
pub(super) const SOURCE_IN_PATH: Parameter = path("source", SLUG, "The registered source.");
pub(super) const DAY: Parameter = query("day", DATE, "The day; today without.");

pub(super) const ACTOR: Parameter =
    query("actor", LABEL, "Only what this actor did, such as `operator alice` or `command line`.");
pub(super) const WHAT: Parameter = query("what", LABEL, "Only this, such as `tenant.changed`.");
pub(super) const OF_SUBJECT: Parameter = query("subject", LONG_LABEL, "Only what was done to this.");
pub(super) const FORMAT: Parameter =
    query("format", FORMATS, "`ndjson` is for programs, `csv` (RFC 4180) for spreadsheets.");
pub(super) const SPAN: Parameter = query("span", SPANS, "How far it reaches back.");
pub(super) const AFTER_KEY: Parameter = query("after", TEXT, "What follows this place: a list's `next`.");
pub(super) const LIST_LIMIT: Parameter = query("limit", LEN, "Most of them.");
pub(super) const TOKEN: Parameter =
    path("token", NAME, "The token's id: what stands between `mst_` and the secret.");

pub(super) const NETWORK_FILTER: Parameter = query("network", TEXT, "Only exactly this network.");
pub(super) const OF_TENANT: Parameter = query("tenant", SLUG, "Only those of this tenant.");
pub(super) const AGENT_STATE: Parameter = query("state", STATES, "Only those in this state.");
pub(super) const LIMIT_OF_AGENTS: Parameter = query("limit", LEN, "Most agents of the page.");
pub(super) const LEVEL: Parameter =
    query("level", LEVELS, "Only lines of this level and more important ones.");
pub(super) const LINE_TEXT: Parameter = query("text", TEXT, "Only lines with this in them, large or small.");
pub(super) const LINES_SINCE: Parameter = query("since", INSTANT, "Only lines written then or later.");
pub(super) const LINES_BEFORE: Parameter =
    query("before", COUNT, "Only lines before the one with this number.");
pub(super) const LIMIT_OF_LINES: Parameter = query("limit", LEN, "Most lines of the page.");
pub(super) const SEARCH_BLOCKS: Parameter = query(
    "search",
    TEXT,
    "Only networks that hold this address or network or stand in it, or with this text in network, reason or source.",
);
pub(super) const PAGE_LIMIT: Parameter = query("limit", PAGE_LEN, "Most of a page; all without.");
pub(super) const PAGE: Parameter = query("page", COUNT, "Which page; the first without.");
pub(super) const NETWORK: Parameter =
    needed("network", NAME, "An IP address or a network, such as 192.0.2.0/24.");
pub(super) const SETTING: Parameter = path("key", NAME, "The setting's key, such as limits.rate_limit_max.");

pub(super) const SESSION: Parameter = path("session", NAME, "The session's id, as the list shows it.");
pub(super) const OPERATOR_FILTER: Parameter = query("operator", TEXT, "Only sessions of this operator.");
pub(super) const OPERATOR_NAMED: Parameter = needed("operator", NAME, "Whose sessions end.");

pub(super) const VERBOSE: Parameter =
    query("verbose", TEXT, "One line of text for each check, for those who may read `/metrics`.");
pub(super) const EXCLUDE: Parameter =
    query("exclude", TEXT, "Checks that are left out, by commas; names that are none are refused.");

/// Reads which portion of a list is wanted.
pub(super) fn bounds(parameters: &mut Parameters<'_>) -> Bounds {
    let limit = parameters.parse("limit", |text| match text.parse() {
        Ok(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        _ => Err(format!("is no number from 1 to {LIMIT_MAX}")),
    });
    let after = parameters.text("after").map(str::to_owned);
    Bounds { after, before: None, limit: limit.unwrap_or(LIMIT_DEFAULT) }
}

/// Reads a whole number from 1 on.
pub(super) fn number(text: &str, max: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=max).contains(number));
    number.ok_or_else(|| format!("is not a whole number from 1 to {max}"))
}
