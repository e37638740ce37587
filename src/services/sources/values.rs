//! A source to be made, changed, found.

use crate::domain::secret::Secret;
use crate::domain::source::{AutomaticKeys, Source, Unsigned};
use crate::domain::tenant::Tenant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A source to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSource {
    /// Slug of its tenant.
    pub tenant: String,
    /// Its name, a slug.
    pub name: String,
    /// Name of its scheme; none: `hmac-sha256`.
    pub scheme: Option<String>,
    /// Its secret; none: one is made.
    pub secret: Option<Secret>,
    /// Type of events that say none.
    pub default_type: Option<String>,
    /// The address the provider was given.
    pub notification_url: Option<String>,
    /// Whether deliveries without an id get a key.
    pub automatic_keys: AutomaticKeys,
    /// Whether deliveries without a signature are taken.
    pub unsigned: Unsigned,
}

/// What to change of a source; what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceChange {
    /// Name of its scheme.
    pub scheme: Option<String>,
    /// Type of events that say none; empty: none.
    pub default_type: Option<String>,
    /// The address the provider was given; empty: none.
    pub notification_url: Option<String>,
    /// Whether deliveries without an id get a key.
    pub automatic_keys: Option<AutomaticKeys>,
    /// Whether deliveries without a signature are taken.
    pub unsigned: Option<Unsigned>,
}

/// A source with its tenant.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Whose it is.
    pub tenant: Arc<Tenant>,
    /// The source.
    pub source: Arc<Source>,
}

impl Registered {
    /// Returns the source's place among all: `TENANT/NAME`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.tenant.slug, self.source.name)
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
