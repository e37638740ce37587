//! How TLS is spoken: versions, protocols, and which certificate is served at this moment.

use crate::tls::error::TlsError;
use crate::tls::identity::Identity;
use crate::tls::provider::provider;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring::Ticketer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use std::sync::Arc;

/// The certificate that new handshakes get; those under way and open connections keep theirs.
#[derive(Debug)]
pub(super) struct Served(ArcSwap<CertifiedKey>);

impl Served {
    pub(super) fn new(identity: &Identity) -> Arc<Self> {
        Arc::new(Self(ArcSwap::from_pointee(identity.to_certified_key())))
    }

    pub(super) fn replace(&self, identity: &Identity) {
        self.0.store(Arc::new(identity.to_certified_key()));
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// Builds the listener's configuration: TLS 1.3 and 1.2, h2 before HTTP/1.1, resumption by tickets, whose keys change
/// every few hours and are never stored.
pub(super) fn server_config(served: Arc<Served>) -> Result<Arc<ServerConfig>, TlsError> {
    let builder =
        ServerConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13, &TLS12])?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(served);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = Ticketer::new()?;
    // The strongest cipher that both sides have, whatever a client puts first.
    config.ignore_client_order = true;
    Ok(Arc::new(config))
}
