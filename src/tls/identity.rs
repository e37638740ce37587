//! A certificate chain with the private key that belongs to it.

use crate::tls::certificate::Certificate;
use crate::tls::pem;
use crate::tls::provider::provider;
use rustls::sign::{CertifiedKey, SigningKey};
use std::fmt;
use std::sync::Arc;

/// What a server shows and proves in a handshake.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) leaf: Certificate,
    /// What leads from it to an authority.
    pub(super) intermediates: Vec<Certificate>,
    key: Arc<dyn SigningKey>,
}

/// Which of the two texts is at fault, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IdentityProblem {
    Certificates(String),
    Key(String),
}

impl Identity {
    /// Reads a chain, the server's certificate first, and its key.
    pub(super) fn parse(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, IdentityProblem> {
        let chain = Certificate::parse_all(chain_pem).map_err(IdentityProblem::Certificates)?;
        let key = pem::private_key(key_pem).map_err(IdentityProblem::Key)?;
        let key = provider().key_provider.load_private_key(key).map_err(|_unsupported| {
            IdentityProblem::Key("its private key is damaged or of a kind that is not supported".to_owned())
        })?;
        let public_key = key.public_key().map(|spki| spki.to_vec());
        let belongs = |certificate: &Certificate| public_key.as_ref() == Some(&certificate.public_key);
        let place = chain.iter().position(belongs);
        let mut chain = chain.into_iter();
        let Some(leaf) = chain.next() else {
            let text = "it holds no certificate in PEM format";
            return Err(IdentityProblem::Certificates(text.to_owned()));
        };
        match place {
            Some(0) => Ok(Self { leaf, intermediates: chain.collect(), key }),
            Some(index) => Err(IdentityProblem::Certificates(format!(
                "the private key belongs to certificate number {}, and the server's must be the first",
                index + 1
            ))),
            None => {
                Err(IdentityProblem::Key("its private key does not belong to the certificate".to_owned()))
            }
        }
    }

    pub(super) fn chain_pem(&self) -> String {
        self.chain().map(Certificate::to_pem).collect()
    }

    pub(super) fn to_certified_key(&self) -> CertifiedKey {
        let chain = self.chain().map(|certificate| certificate.der.clone()).collect();
        CertifiedKey::new(chain, Arc::clone(&self.key))
    }

    /// Tells whether each certificate is signed by the one that follows it.
    pub(super) fn is_in_order(&self) -> bool {
        self.chain().zip(&self.intermediates).all(|(certificate, issuer)| certificate.is_signed_by(issuer))
    }

    /// Returns the certificates, the server's first.
    pub(super) fn chain(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.intermediates)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("leaf", &self.leaf.subject).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_must_belong_to_the_first_certificate() {
        let make = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (ours, other) = (make(), make());
        let (key, other_key) = (ours.signing_key.serialize_pem(), other.signing_key.serialize_pem());
        let chain = format!("{}{}", ours.cert.pem(), other.cert.pem());
        let identity = Identity::parse(chain.as_bytes(), key.as_bytes()).unwrap();
        assert_eq!(identity.chain_pem(), chain);
        assert!(!format!("{identity:?}").contains("key"));
        let problem = |chain: &str, key: &str| Identity::parse(chain.as_bytes(), key.as_bytes()).unwrap_err();
        let swapped = problem(&chain, &other_key);
        assert!(matches!(swapped, IdentityProblem::Certificates(text) if text.contains("number 2")));
        assert!(matches!(problem(&ours.cert.pem(), &other_key), IdentityProblem::Key(_)));
        assert!(matches!(problem("", &key), IdentityProblem::Certificates(_)));
        assert!(matches!(problem(&chain, &chain), IdentityProblem::Key(_)));
    }

    #[test]
    fn a_key_in_the_older_elliptic_curve_form_is_taken() {
        // RFC 5958 wraps the RFC 5915 form; 29 bytes stand before it for this curve.
        const WRAPPING_LEN: usize = 29;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let inner = data_encoding::BASE64.encode(&made.signing_key.serialized_der()[WRAPPING_LEN..]);
        let key = format!("-----BEGIN EC PRIVATE KEY-----\n{inner}\n-----END EC PRIVATE KEY-----\n");
        Identity::parse(made.cert.pem().as_bytes(), key.as_bytes()).unwrap();
    }
}
