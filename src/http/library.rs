//! What the appliance says of its own routes: the OpenAPI document and its page, made once, when somebody asks first.

use crate::crypto::digest::sha256;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::HeaderValue;
use std::sync::OnceLock;

/// Bytes that do not change while the process runs.
#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    /// The bytes.
    pub bytes: Bytes,
    /// What tells versions of them apart: the beginning of their digest, quoted.
    pub etag: HeaderValue,
}

impl Fixed {
    /// Takes bytes.
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let etag = format!("\"{}\"", fingerprint(&bytes));
        Self { bytes, etag: HeaderValue::try_from(etag).expect("digits and quotes make a header's value") }
    }
}

/// Returns the beginning of bytes' digest as 16 hexadecimal digits.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    let digest = sha256(&[bytes]);
    let beginning: String = HEXLOWER.encode(&digest).chars().take(16).collect();
    beginning
}

/// The document and its page.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    pub(crate) openapi: Fixed,
    pub(crate) page: Fixed,
}

/// Makes the documents of a route table.
pub(crate) type MakeDocuments = Box<dyn Fn() -> Documents + Send + Sync>;

/// Keeps the documents.
#[derive(Default)]
pub(crate) struct Library {
    make: OnceLock<MakeDocuments>,
    made: OnceLock<Documents>,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("made", &self.made).finish_non_exhaustive()
    }
}

impl Library {
    /// Says how they are made; only the first call counts.
    pub(crate) fn stock(&self, make: MakeDocuments) {
        let _ = self.make.set(make);
    }

    /// Returns them.
    pub(crate) fn documents(&self) -> &Documents {
        self.made.get_or_init(self.make.get().expect("a router was built before it was asked"))
    }
}
