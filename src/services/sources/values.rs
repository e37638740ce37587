//! A source to be made, changed, found.

use crate::domain::names::{LABEL_PATTERN, SLUG_PATTERN};
use crate::domain::secret::Secret;
use crate::domain::source::{AutomaticKeys, Source, Unsigned};
use crate::domain::tenant::Tenant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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
