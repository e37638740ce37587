//! What carrying a request out comes to.

use crate::services::reading::ReadError;
use crate::services::refusal::Refusal;
use crate::store::error::{ErrorChain, StoreError};
use crate::tls::error::TlsError;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// Why a request was not carried out.
pub(super) enum Failure {
    /// The appliance refuses; nothing has changed.
    Refused(String),
    /// It failed.
    Failed(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(ErrorChain(&error).to_string())
    }
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Self {
        Self::Refused(ErrorChain(&error).to_string())
    }
}

/// Writes a value as JSON text.
pub(super) fn raw(value: &impl Serialize) -> Result<Box<RawValue>, Failure> {
    to_raw_value(value).map_err(|error| Failure::Failed(error.to_string()))
}
