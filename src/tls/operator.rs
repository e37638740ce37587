//! The operator's files.

use crate::config::tls::TlsConfig;
use crate::domain::time::Timestamp;
use crate::tls::error::TlsError;
use crate::tls::identity::{Identity, IdentityProblem};
use crate::tls::pem;
use std::path::{Path, PathBuf};
use tracing::warn;

/// A certificate chain and a key that Mainstay reads and never writes.
#[derive(Debug)]
pub(super) struct OperatorFiles {
    chain: PathBuf,
    key: PathBuf,
}

impl OperatorFiles {
    pub(super) fn new(config: &TlsConfig) -> Result<Self, TlsError> {
        let path = |setting: &Option<PathBuf>, name| setting.clone().ok_or(TlsError::SettingMissing(name));
        Ok(Self {
            chain: path(&config.cert_file, "tls.cert_file")?,
            key: path(&config.key_file, "tls.key_file")?,
        })
    }

    pub(super) fn load(&self, now: Timestamp) -> Result<Identity, TlsError> {
        const CHAIN_HINT: &str =
            "give a PEM file with the server's certificate first and the intermediate ones after it";
        const KEY_HINT: &str = "give the certificate's own private key as PEM, without a passphrase: RSA of 2048 bits \
                                or more, ECDSA P-256 or P-384, or Ed25519";
        const EXPIRED_HINT: &str = "renew it where it came from, and check this machine's clock";
        let identity =
            Identity::parse(&read(&self.chain)?, &read(&self.key)?).map_err(|problem| match problem {
                IdentityProblem::Certificates(problem) => TlsError::file(&self.chain, problem, CHAIN_HINT),
                IdentityProblem::Key(problem) => TlsError::file(&self.key, problem, KEY_HINT),
            })?;
        if let Some(expired) = identity.chain().find(|certificate| certificate.not_after <= now) {
            let problem = format!("the certificate of {} expired on {}", expired.subject, expired.not_after);
            return Err(TlsError::file(&self.chain, problem, EXPIRED_HINT));
        }
        self.warn_of_oddities(&identity, now);
        Ok(identity)
    }

    /// Says what a client may stumble over, but which is no reason to refuse the files.
    fn warn_of_oddities(&self, identity: &Identity, now: Timestamp) {
        let file = self.chain.display();
        if let Some(early) = identity.chain().find(|certificate| now < certificate.not_before) {
            warn!(%file, begins = %early.not_before, "A certificate is not valid yet; hint: check the clock");
        }
        if identity.leaf.names.is_empty() {
            warn!(%file, "The certificate names no host (subjectAltName), so clients will refuse it");
        }
        if !identity.is_in_order() {
            warn!(%file, "The certificates are not in order: each should be signed by the one that follows it");
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    pem::read_file(path).map_err(|source| TlsError::Read(path.to_owned(), source))
}
