//! What the appliance says of its own routes: the OpenAPI document and its page, made once, when somebody asks first.

use crate::crypto::digest::sha256;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::HeaderValue;
use std::sync::{LazyLock, OnceLock};

/// Bytes that do not change while the process runs.
#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    pub bytes: Bytes,
    /// What tells versions of them apart: the beginning of their digest, quoted.
    pub etag: HeaderValue,
}

impl Fixed {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let etag = format!("\"{}\"", fingerprint(&bytes));
        Self { bytes, etag: HeaderValue::try_from(etag).expect("digits and quotes make a header's value") }
    }
}

/// Returns the beginning of bytes' digest as 16 hexadecimal digits.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    HEXLOWER.encode(&sha256(&[bytes])).chars().take(16).collect()
}

/// The document and its page.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    pub(crate) openapi: Fixed,
    pub(crate) page: Fixed,
}

/// Makes the documents of a route table.
pub(crate) type MakeDocuments = Box<dyn FnOnce() -> Documents + Send + Sync>;

/// Keeps the documents.
#[derive(Debug, Default)]
pub(crate) struct Library(OnceLock<LazyLock<Documents, MakeDocuments>>);

impl Library {
    /// Says how they are made; only the first call counts.
    pub(crate) fn stock(&self, make: MakeDocuments) {
        let _ = self.0.set(LazyLock::new(make));
    }

    pub(crate) fn documents(&self) -> &Documents {
        self.0.get().expect("a router was built before it was asked")
    }
}
