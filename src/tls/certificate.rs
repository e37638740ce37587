//! What a certificate says (RFC 5280).

use crate::crypto::digest::sha256;
use crate::domain::time::Timestamp;
use crate::tls::name::TlsName;
use crate::tls::pem;
use crate::tls::permitted::Permitted;
use data_encoding::HEXLOWER;
use rustls::pki_types::CertificateDer;
use std::net::IpAddr;
use std::time::Duration;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate, X509Name};

#[derive(Debug, Clone)]
pub(super) struct Certificate {
    /// As it goes over the wire.
    pub(super) der: CertificateDer<'static>,
    /// Whom it is about, for people.
    pub(super) subject: String,
    /// Who signed it, for people.
    pub(super) issuer: String,
    /// The DNS names and addresses it is for; other kinds are left out.
    pub(super) names: Vec<TlsName>,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    /// The public key (SubjectPublicKeyInfo).
    pub(super) public_key: Vec<u8>,
    /// What an authority may certify; none: everything.
    permitted: Option<Permitted>,
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
}

impl Certificate {
    pub(super) fn parse(der: CertificateDer<'static>) -> Result<Self, String> {
        let x509 = read(&der).ok_or("it holds a certificate that cannot be read")?;
        if [x509.subject(), x509.issuer()].into_iter().any(has_empty_part) {
            return Err("it holds a certificate with a malformed name".to_owned());
        }
        let (subject, issuer) = (x509.subject().to_string(), x509.issuer().to_string());
        let (subject_der, issuer_der) = (x509.subject().as_raw().to_vec(), x509.issuer().as_raw().to_vec());
        let (not_before, not_after) =
            (instant(x509.validity().not_before), instant(x509.validity().not_after));
        let names = names(&x509);
        let public_key = x509.public_key().raw.to_vec();
        let constraints = x509.name_constraints().ok().flatten();
        let permitted = constraints.map(|constraints| Permitted::of(constraints.value));
        Ok(Self {
            der,
            subject,
            issuer,
            names,
            not_before,
            not_after,
            public_key,
            permitted,
            subject_der,
            issuer_der,
        })
    }

    pub(super) fn parse_all(text: &[u8]) -> Result<Vec<Self>, String> {
        pem::certificates(text)?.into_iter().map(Self::parse).collect()
    }

    pub(super) fn to_pem(&self) -> String {
        pem::encode_certificate(&self.der)
    }

    /// Returns the SHA-256 digest in lower-case hexadecimal.
    pub(super) fn fingerprint(&self) -> String {
        HEXLOWER.encode(&sha256(&[&self.der]))
    }

    /// Tells whether the subject signed its own key.
    pub(super) fn is_self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// Tells whether both are about the same subject and key.
    pub(super) fn is_same_entity(&self, other: &Self) -> bool {
        self.subject_der == other.subject_der && self.public_key == other.public_key
    }

    /// Tells whether the other's subject and key signed this one.
    pub(super) fn is_signed_by(&self, issuer: &Self) -> bool {
        let (Some(signed), Some(signer)) = (read(&self.der), read(&issuer.der)) else {
            return false;
        };
        self.issuer_der == issuer.subject_der && signed.verify_signature(Some(signer.public_key())).is_ok()
    }

    /// Tells whether clients take what this authority signs for that name.
    pub(super) fn permits(&self, name: &TlsName) -> bool {
        self.permitted.as_ref().is_none_or(|permitted| permitted.permits(name))
    }

    /// Returns the time that is left, zero after the end.
    pub(super) fn remaining(&self, now: Timestamp) -> Duration {
        self.not_after.duration_since(now)
    }

    /// Returns the whole days that are left, negative after the end.
    pub(super) fn days_left(&self, now: Timestamp) -> i64 {
        const SECONDS_PER_DAY: i64 = 86_400;
        let seconds = |instant: Timestamp| i64::try_from(instant.as_seconds()).unwrap_or(i64::MAX);
        (seconds(self.not_after) - seconds(now)).div_euclid(SECONDS_PER_DAY)
    }
}

fn read(der: &[u8]) -> Option<X509Certificate<'_>> {
    X509Certificate::from_der(der)
        .ok()
        .filter(|(rest, _)| rest.is_empty())
        .map(|(_, certificate)| certificate)
}

/// A name part without attributes is malformed, and the code that signs relies on there being none.
fn has_empty_part(name: &X509Name<'_>) -> bool {
    name.iter().any(|part| part.iter().next().is_none())
}

fn instant(time: ASN1Time) -> Timestamp {
    let seconds = u64::try_from(time.timestamp()).unwrap_or(0);
    Timestamp::from_micros(seconds.saturating_mul(1_000_000))
}

fn names(x509: &X509Certificate<'_>) -> Vec<TlsName> {
    let Ok(Some(extension)) = x509.subject_alternative_name() else {
        return Vec::new();
    };
    extension.value.general_names.iter().filter_map(name).collect()
}

fn name(general: &GeneralName<'_>) -> Option<TlsName> {
    match general {
        GeneralName::DNSName(host) => Some(TlsName::Dns(host.to_ascii_lowercase())),
        GeneralName::IPAddress(octets) => {
            let v4 = <[u8; 4]>::try_from(*octets).map(IpAddr::from);
            v4.or_else(|_not_v4| <[u8; 16]>::try_from(*octets).map(IpAddr::from)).ok().map(TlsName::Ip)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let _ = Certificate::parse(bytes.into());
        }

        #[test]
        fn a_damaged_certificate_is_read_or_refused(at in 0..300_usize, byte: u8) {
            let made = rcgen::generate_simple_self_signed(["till.example.com".to_owned(), "::1".to_owned()]).unwrap();
            let whole = Certificate::parse(made.cert.der().clone()).unwrap();
            prop_assert!(whole.is_signed_by(&whole) && whole.names.len() == 2);
            let mut der = made.cert.der().to_vec();
            let len = der.len();
            der[at % len] ^= byte;
            if let Ok(damaged) = Certificate::parse(der.into()) {
                prop_assert!(byte == 0 || !damaged.is_signed_by(&whole) || damaged.fingerprint() != whole.fingerprint());
            }
        }
    }
}
