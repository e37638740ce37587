//! Where a setting's value came from.

use crate::config::problem::Origin;
use std::borrow::Cow;

/// One setting's value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The key.
    pub key: Cow<'static, str>,
    /// The value as written with `--set`; hidden if it is a secret.
    pub value: String,
    /// The value as written in the file; hidden if it is a secret.
    pub toml: String,
    /// Who set it.
    pub origin: Origin,
    /// Whether it differs from the default of this environment.
    pub differs: bool,
}
