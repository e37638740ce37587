//! Sources and the schemes they sign by.

use crate::domain::names::Slug;
use crate::domain::scheme::definition::Scheme;
use crate::domain::scheme::place::HeaderName;
use crate::domain::secret::Secret;
use crate::domain::source::{AutomaticKeys, SealedSecret, Unsigned};
use crate::domain::time::Timestamp;
use crate::services::sources::{NewSource, Registered, SourceChange};
use crate::web::wire::schema::{LABEL_PATTERN, SLUG_PATTERN};
use crate::web::wire::token::SecretTimesJson;
use serde::{Deserialize, Serialize};

/// A source, without its secrets.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Source")]
pub struct SourceJson<'a> {
    /// Slug of its tenant.
    tenant: &'a Slug,
    name: &'a Slug,
    /// Name of the scheme it signs by.
    scheme: &'a Slug,
    /// Path of the address it posts to.
    path: String,
    /// Type of events that say none themselves; null: `event`.
    default_type: Option<&'a str>,
    /// Whether deliveries without an id get a key made from their content.
    automatic_keys: AutomaticKeys,
    /// The address the provider was given, where it signs it.
    notification_url: Option<&'a str>,
    /// Whether deliveries without a signature are taken.
    unsigned: Unsigned,
    /// When each secret was made, and how long it works; the present one first.
    secrets: Vec<SecretTimesJson>,
    created_at: Timestamp,
    /// Why it cannot be used as it is; null: it can.
    fault: Option<String>,
    /// The secret, where it was made here: once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

impl<'a> SourceJson<'a> {
    /// Shows a source and why it cannot be used, if so.
    pub fn new(registered: &'a Registered, fault: Option<String>) -> Self {
        let Registered { tenant, source } = registered;
        let times = |secret: &SealedSecret| SecretTimesJson {
            created_at: Some(secret.created_at),
            valid_until: secret.valid_until,
        };
        Self {
            tenant: &tenant.slug,
            name: &source.name,
            scheme: &source.scheme,
            path: source.path(&tenant.slug),
            default_type: source.default_type.as_deref(),
            automatic_keys: source.automatic_keys,
            notification_url: source.notification_url.as_deref(),
            unsigned: source.unsigned,
            secrets: source.secrets.iter().map(times).collect(),
            created_at: source.created_at,
            fault,
            secret: None,
        }
    }

    /// The same with a secret that was made just now, which is shown once.
    #[must_use]
    pub fn with_secret(self, secret: Option<&'a Secret>) -> Self {
        Self { secret: secret.map(Secret::expose), ..self }
    }
}

/// A portion of the sources.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Sources")]
pub(crate) struct SourcesJson<'a> {
    pub(crate) sources: Vec<SourceJson<'a>>,
    /// Give this as `after` for what follows; null at the end.
    pub(crate) next: Option<String>,
}

/// A source to be made.
#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewSource")]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSourceJson {
    /// Slug of its tenant.
    tenant: String,
    /// Its name, in its address and as its events' source.
    #[schemars(regex(pattern = SLUG_PATTERN))]
    name: String,
    /// Name of the scheme it signs by; `hmac-sha256` without.
    scheme: Option<String>,
    /// The secret that the provider shows; one is made without.
    #[schemars(with = "Option<String>")]
    secret: Option<Secret>,
    /// Type of events that say none themselves; `event` without. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    default_type: Option<String>,
    /// The address the provider was given, where it signs it.
    notification_url: Option<String>,
    /// Whether deliveries without an id get a key made from their content; `on` without.
    automatic_keys: Option<AutomaticKeys>,
    /// Whether deliveries without a signature are taken, where the scheme has none; `refused` without.
    unsigned: Option<Unsigned>,
}

impl From<NewSourceJson> for NewSource {
    fn from(json: NewSourceJson) -> Self {
        Self {
            tenant: json.tenant,
            name: json.name,
            scheme: json.scheme,
            secret: json.secret,
            default_type: json.default_type,
            notification_url: json.notification_url,
            automatic_keys: json.automatic_keys.unwrap_or(AutomaticKeys::On),
            unsigned: json.unsigned.unwrap_or(Unsigned::Refused),
        }
    }
}

/// What to change of a source; what is left out or null stays.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "SourceChange")]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceChangeJson {
    /// Name of the scheme it signs by.
    scheme: Option<String>,
    /// Type of events that say none themselves; empty: `event`. No control characters.
    #[schemars(length(max = 255), regex(pattern = LABEL_PATTERN))]
    default_type: Option<String>,
    /// The address the provider was given; empty: none.
    notification_url: Option<String>,
    /// Whether deliveries without an id get a key made from their content.
    automatic_keys: Option<AutomaticKeys>,
    /// Whether deliveries without a signature are taken, where the scheme has none.
    unsigned: Option<Unsigned>,
}

impl From<SourceChangeJson> for SourceChange {
    fn from(json: SourceChangeJson) -> Self {
        let SourceChangeJson { scheme, default_type, notification_url, automatic_keys, unsigned } = json;
        Self { scheme, default_type, notification_url, automatic_keys, unsigned }
    }
}

/// How a source is given a new secret.
#[derive(Default, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "SourceRotation")]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceRotationJson {
    /// The secret that the provider shows; one is made without.
    #[schemars(with = "Option<String>")]
    pub(crate) secret: Option<Secret>,
    /// How long the present secret works on, such as `24h`, at most `30d`; `24h` without.
    pub(crate) overlap: Option<String>,
}

/// A scheme that sources can sign by.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Scheme")]
pub(crate) struct SchemeJson<'a> {
    name: &'a Slug,
    /// Whether deliveries are signed, so that sources have a secret.
    signed: bool,
    /// Headers that may hold the signature.
    headers: Vec<&'a str>,
}

impl<'a> From<&'a Scheme> for SchemeJson<'a> {
    fn from(scheme: &'a Scheme) -> Self {
        let headers = scheme.signature.iter().flat_map(|signature| &signature.headers);
        Self {
            name: &scheme.name,
            signed: scheme.signature.is_some(),
            headers: headers.map(HeaderName::as_str).collect(),
        }
    }
}

/// Every scheme there is.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Schemes")]
pub(crate) struct SchemesJson<'a> {
    pub(crate) schemes: Vec<SchemeJson<'a>>,
}
