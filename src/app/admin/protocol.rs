//! Requests and answers.

use crate::domain::operator::Role;
use crate::domain::scope::Scopes;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::services::sources::{NewSource, SourceChange};
use crate::services::tenants::TenantChange;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What the command line asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the commands' own options")]
pub enum Request {
    /// Creates a tenant.
    TenantCreate { slug: String, name: Option<String> },
    /// Lists the tenants.
    TenantList,
    /// Shows a tenant.
    TenantShow { slug: String },
    /// Changes a tenant.
    TenantSet { slug: String, change: TenantChange },
    /// Deletes a tenant.
    TenantDelete { slug: String },
    /// Creates a token.
    TokenCreate { tenant: String, name: String, scopes: Scopes, valid_for_seconds: Option<u64> },
    /// Lists tokens, of one tenant or all.
    TokenList { tenant: Option<String> },
    /// Shows a token.
    TokenShow { id: String },
    /// Gives a token a new secret.
    TokenRotate { id: String, overlap_seconds: u64 },
    /// Revokes a token.
    TokenRevoke { id: String },
    /// Something about sources.
    Source(SourceRequest),
    /// Something about blocks.
    Block(BlockRequest),
    /// Something about operators.
    Operator(OperatorRequest),
    /// Something about settings.
    Setting(SettingRequest),
    /// Reads a page of events.
    Events(EventsRequest),
    /// Waits for events.
    EventsAwait(AwaitRequest),
    /// Recomputes the ledger.
    LedgerVerify,
    /// Lists migrations.
    SchemaStatus,
    /// Shows the certificates.
    TlsShow,
    /// Issues a new server certificate.
    TlsRenew,
    /// Begins a new authority.
    TlsRotateAuthority,
    /// Asks whether the appliance may take traffic.
    Health,
    /// Asks what the appliance knows of itself, for an examination.
    Facts,
}

/// What is asked about sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the commands' own options")]
pub enum SourceRequest {
    /// Creates one.
    Create(NewSource),
    /// Lists them, of one tenant or all.
    List { tenant: Option<String> },
    /// Shows one.
    Show { tenant: String, name: String },
    /// Changes one.
    Set { tenant: String, name: String, change: SourceChange },
    /// Gives one a new secret.
    Rotate { tenant: String, name: String, secret: Option<Secret>, overlap_seconds: u64 },
    /// Deletes one.
    Delete { tenant: String, name: String },
}

/// What is asked about operators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the commands' own options")]
pub enum OperatorRequest {
    /// Creates the first one, an owner.
    CreateFirst { name: String, password: Secret },
    /// Creates one.
    Create { name: String, role: Role, password: Secret },
    /// Lists them.
    List,
    /// Shows one with its sessions.
    Show { name: String },
    /// Gives one another role.
    Set { name: String, role: Role },
    /// Recovers one who is locked out; without a password one is made.
    Reset { name: String, password: Option<Secret> },
    /// Deletes one.
    Delete { name: String },
    /// Gives out the one-time link for the first owner.
    SetupLink,
}

/// What is asked about blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the commands' own options")]
pub enum BlockRequest {
    /// Lists who is kept out.
    List,
    /// Keeps a network out.
    Add { network: String, reason: Option<String>, for_seconds: Option<u64> },
    /// Lets one in again.
    Lift { network: String },
}

/// What is asked about settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the commands' own options")]
pub enum SettingRequest {
    /// Lists them.
    List,
    /// Returns the texts that the console set, by key.
    Stored,
    /// Shows one.
    Show { key: String },
    /// Sets one.
    Set { key: String, value: String },
    /// Takes one back.
    Reset { key: String },
}

/// A page of events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventsRequest {
    /// Slug of the tenant.
    pub tenant: String,
    /// Go on behind this cursor.
    pub after: Option<String>,
    /// Most events.
    pub limit: usize,
    /// Newest first.
    pub newest_first: bool,
    /// Exactly this type.
    pub event_type: Option<String>,
    /// Exactly this source.
    pub source: Option<String>,
    /// Taken in at this instant or later.
    pub since: Option<Timestamp>,
    /// Taken in before this instant.
    pub until: Option<Timestamp>,
    /// Exactly this trace id.
    pub trace: Option<String>,
    /// Exactly this key.
    pub key: Option<String>,
}

/// Events as they come. A request with a cursor is answered once there are events behind it, or after some seconds
/// without any; one without is answered at once with the cursor to begin at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AwaitRequest {
    /// Slug of the tenant.
    pub tenant: String,
    /// Go on behind this cursor.
    pub after: Option<String>,
    /// Exactly this type.
    pub event_type: Option<String>,
    /// Exactly this source.
    pub source: Option<String>,
    /// Exactly this trace id.
    pub trace: Option<String>,
}

/// The answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What was asked for, as JSON text: events pass through it untouched.
    Done(Box<RawValue>),
    /// The appliance refused; nothing has changed.
    Refused(String),
    /// The appliance failed.
    Failed(String),
}

/// Longest request line in bytes.
pub(super) const REQUEST_LEN_MAX: u64 = 1 << 20;

/// Longest answer line in bytes: a page of events, in base64 at worst.
pub(super) const ANSWER_LEN_MAX: u64 = 96 << 20;

/// The answer to [`Request::Events`] and [`Request::EventsAwait`]: each event as the JSON text that HTTP answers too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventsAnswer {
    /// The events.
    pub events: Vec<Box<RawValue>>,
    /// Give this as `after` for the page behind; none at the end. Awaited events have no end.
    pub next: Option<String>,
}
