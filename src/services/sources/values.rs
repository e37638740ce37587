//! A source to be made, changed, found, what must hold of it, and what the audit log says of it.

use crate::domain::ids::TenantNumber;
use crate::domain::names::{LABEL_PATTERN, SLUG_PATTERN, check_label};
use crate::domain::scheme::builtin::NONE;
use crate::domain::scheme::definition::{Scheme, Signature};
use crate::domain::scheme::template::Piece;
use crate::domain::secret::Secret;
use crate::domain::source::{AutomaticKeys, Source, Unsigned, check_notification_url};
use crate::domain::tenant::Tenant;
use crate::services::refusal::{Refusal, RefusalExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// A source to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// Slug of its tenant.
    pub tenant: String,
    /// Its name, in its address and as its events' source.
    #[schemars(regex(pattern = SLUG_PATTERN))]
    pub name: String,
    /// Name of the scheme it signs by; `hmac-sha256` without.
    pub scheme: Option<String>,
    /// The secret that the provider shows; one is made without.
    #[schemars(with = "Option<String>")]
    pub secret: Option<Secret>,
    /// Type of events that say none themselves; `event` without. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    pub default_type: Option<String>,
    /// The address the provider was given, where it signs it.
    pub notification_url: Option<String>,
    /// Whether deliveries without an id get a key made from their content; `on` without.
    pub automatic_keys: Option<AutomaticKeys>,
    /// Whether deliveries without a signature are taken, where the scheme has none; `refused` without.
    pub unsigned: Option<Unsigned>,
}

/// What to change of a source; what is left out or null stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceChange {
    /// Name of the scheme it signs by.
    pub scheme: Option<String>,
    /// Type of events that say none themselves; empty: `event`. No control characters.
    #[schemars(length(max = 255), regex(pattern = LABEL_PATTERN))]
    pub default_type: Option<String>,
    /// The address the provider was given; empty: none.
    pub notification_url: Option<String>,
    /// Whether deliveries without an id get a key made from their content.
    pub automatic_keys: Option<AutomaticKeys>,
    /// Whether deliveries without a signature are taken, where the scheme has none.
    pub unsigned: Option<Unsigned>,
}

/// How a source is given a new secret.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceRotation {
    /// The secret that the provider shows; one is made without.
    #[schemars(with = "Option<String>")]
    pub secret: Option<Secret>,
    /// How long the present secret works on, such as `24h`, at most `30d`; `24h` without.
    pub overlap: Option<String>,
}

/// A source with its tenant.
#[derive(Clone, Debug)]
pub struct TenantSource {
    /// Whose it is.
    pub tenant: Arc<Tenant>,
    /// The source.
    pub source: Arc<Source>,
}

impl TenantSource {
    /// Returns the source's key among all: `TENANT/NAME`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.tenant.slug, self.source.name)
    }

    /// Returns the source's place among what is managed: `sources/TENANT/NAME`.
    pub fn place(&self) -> String {
        self.source.place(&self.tenant.slug)
    }
}

/// What became of a source that was to have a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ensured {
    /// It was made.
    Created,
    /// The secret was rotated in.
    Rotated,
    /// It had the secret already.
    Unchanged,
}

/// Returns for which place a source's secrets are sealed.
pub(in crate::services) fn place(source: &Source) -> String {
    let TenantNumber(tenant) = source.tenant;
    format!("source/{tenant}/{}", source.name)
}

/// Checks that a source has what its scheme needs.
pub(in crate::services) fn check_fit(source: &Source, scheme: &Scheme) -> Result<(), Refusal> {
    let refused = |field, detail: String| Err(Refusal::field_unacceptable(field, detail));
    let Some(signature) = &scheme.signature else {
        return match source.unsigned {
            Unsigned::Allowed => Ok(()),
            Unsigned::Refused => refused(
                "unsigned",
                format!(
                    "with the scheme `{NONE}` anybody who knows the address may send; hint: if that is meant, allow unsigned deliveries (--allow-unsigned)"
                ),
            ),
        };
    };
    if source.unsigned == Unsigned::Allowed {
        return refused(
            "unsigned",
            format!(
                "the scheme `{}` is signed; hint: do not allow unsigned deliveries (leave --allow-unsigned out)",
                scheme.name
            ),
        );
    }
    if signature.signed.holds(&Piece::Url) && source.notification_url.is_none() {
        return refused(
            "notification_url",
            format!(
                "the scheme `{}` signs the address of the notifications; hint: give the notification address (--notification-url)",
                scheme.name
            ),
        );
    }
    Ok(())
}

/// Checks that a text can be a secret of the scheme.
pub(super) fn check_secret(signature: &Signature, secret: &Secret) -> Result<(), Refusal> {
    signature.check_secret(secret.expose()).map_err(|error| Refusal::Unacceptable(error.to_string()))
}

pub(super) fn checked_type(text: Option<String>) -> Result<Option<String>, Refusal> {
    if let Some(text) = &text {
        check_label("type", text).at("default_type")?;
    }
    Ok(text)
}

pub(super) fn checked_url(text: Option<String>) -> Result<Option<String>, Refusal> {
    if let Some(text) = &text {
        let checked = check_notification_url(text);
        checked.map_err(|error| Refusal::field_unacceptable("notification_url", error.to_string()))?;
    }
    Ok(text)
}

/// Reads an empty text as none.
pub(super) fn none_if_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// What the audit log says of a source: never a secret.
pub(super) fn details(source: &Source) -> Value {
    json!({
        "scheme": source.scheme,
        "default_type": source.default_type,
        "automatic_keys": source.automatic_keys,
        "notification_url": source.notification_url,
        "unsigned": source.unsigned,
    })
}
