//! The cryptography under TLS.

use rustls::crypto::{CryptoProvider, ring};
use std::sync::Arc;

/// Returns ring as the provider of ciphers, key exchange and signatures; nothing relies on a process-wide default.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
