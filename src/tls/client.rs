//! The client's side: trust in one authority file, or in what the system trusts.

use crate::tls::error::TlsError;
use crate::tls::pem;
use crate::tls::provider::provider;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::error::Error;
use std::io;
use std::path::Path;

/// Builds a client's configuration that trusts only the authorities in a file such as `ca.pem`; protocols (ALPN) are
/// left to the client.
pub fn client_config(authority_file: &Path) -> Result<ClientConfig, TlsError> {
    const HINT: &str = "give the appliance's tls/ca.pem, which it also serves at /ca.pem";
    let read = |source| TlsError::Read(authority_file.to_owned(), source);
    let wrong = |problem: String| TlsError::file(authority_file, problem, HINT);
    let roots = root_store(&pem::read_file(authority_file).map_err(read)?).map_err(wrong)?;
    let builder =
        ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13, &TLS12])?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Builds a client's configuration that trusts what the operating system trusts.
pub fn system_client_config() -> Result<ClientConfig, TlsError> {
    let builder =
        ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13, &TLS12])?;
    Ok(builder.with_platform_verifier()?.with_no_client_auth())
}

/// Tells whether a connection failed because the server's certificate is not trusted: trying again does not help then.
pub fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // An I/O error's source is that of the error inside it, which is passed over thereby.
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match inside {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    false
}

pub(super) fn root_store(authority_pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in pem::certificates(authority_pem)? {
        roots.add(certificate).map_err(|_unusable| "it holds a certificate that cannot be an authority")?;
    }
    if roots.is_empty() {
        return Err("it holds no certificate in PEM format".to_owned());
    }
    Ok(roots)
}
