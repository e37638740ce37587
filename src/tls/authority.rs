//! The appliance's own authority: making, rotating, signing.
//!
//! A rotation makes a new key with its own certificate, and lets the old key sign the new one once more before it is
//! forgotten: a cross-certificate (RFC 4158 section 2.4.2). A client that trusts only the old authority goes from the
//! server's certificate over it to the old one; a client that knows the new authority never needs it. The
//! cross-certificate ends after 30 days, and with it the old authority's trust.

use crate::crypto::digest::sha256;
use crate::domain::time::Timestamp;
use crate::tls::certificate::Certificate;
use crate::tls::error::TlsError;
use crate::tls::identity::Identity;
use crate::tls::name::TlsName;
use crate::tls::pem;
use crate::tls::permitted::Permitted;
use data_encoding::HEXLOWER;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData,
};
use std::fmt;
use std::time::Duration;

/// How long an authority is valid.
const LIFE: Duration = Duration::from_hours(24 * 3_650);

/// How long a server's certificate is valid.
pub(super) const LEAF_LIFE: Duration = Duration::from_hours(24 * 90);

/// How long a former authority stays trusted after a rotation.
pub(super) const OVERLAP: Duration = Duration::from_hours(24 * 30);

/// How far certificates begin in the past, for clients whose clocks are behind.
pub(super) const BACKDATING: Duration = Duration::from_hours(24);

/// The most former authorities at a time; each adds a certificate to every handshake.
pub(super) const PREVIOUS_MAX: u8 = 3;

/// The longest common name (RFC 5280, ub-common-name).
const COMMON_NAME_MAX: usize = 64;

/// The key that signs, its certificate, and the former authorities that clients may still rely on.
pub(super) struct Authority {
    key: KeyPair,
    pub(super) certificate: Certificate,
    /// The former authorities, newest first.
    pub(super) previous: Vec<Previous>,
}

#[derive(Debug, Clone)]
pub(super) struct Previous {
    pub(super) certificate: Certificate,
    /// Its signature on the authority that came after it; ends with the trust.
    pub(super) cross: Certificate,
}

impl Authority {
    /// Makes a new authority for the machine of that name, which may certify these names and those around them.
    pub(super) fn create(host: &str, names: &[TlsName], now: Timestamp) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let term = (now, now.saturating_add(LIFE));
        let params = authority_params(subject(host, &key), names, PREVIOUS_MAX, term);
        let certificate = parse_made(&params.self_signed(&key)?);
        Ok(Self { key, certificate, previous: Vec::new() })
    }

    /// Reads what [`Authority::to_key_pem`] wrote. An authority's certificate that is missing there is looked for in
    /// the other text.
    pub(super) fn parse(key_pem: &[u8], certificates_pem: &[u8]) -> Result<Self, String> {
        let key = KeyPair::try_from(&pem::private_key(key_pem)?)
            .map_err(|_unsupported| "its private key is damaged or of a kind that is not supported")?;
        // Damage behind the key costs the certificates in this file only.
        let mut certificates = Certificate::parse_all(key_pem).unwrap_or_default();
        certificates.extend(Certificate::parse_all(certificates_pem).unwrap_or_default());
        let public_key = key.subject_public_key_info();
        let is_own = |candidate: &&Certificate| {
            candidate.public_key == public_key
                && candidate.is_self_issued()
                && candidate.is_signed_by(candidate)
        };
        let certificate =
            certificates.iter().find(is_own).cloned().ok_or("the authority's certificate is missing")?;
        let previous = find_previous(&certificate, &certificates);
        Ok(Self { key, certificate, previous })
    }

    /// Returns the authority that follows this one, which still vouches for it during the overlap. Clients that trust
    /// only this one take no name that it may not certify, from neither.
    pub(super) fn rotated(&self, host: &str, names: &[TlsName], now: Timestamp) -> Result<Self, TlsError> {
        let mut next = Self::create(host, names, now)?;
        let until = now.saturating_add(OVERLAP).min(self.certificate.not_after);
        if until <= now {
            return Ok(next);
        }
        let count = self.previous.len();
        if let Some(oldest) = self.previous.last().filter(|_| count >= usize::from(PREVIOUS_MAX)) {
            return Err(TlsError::RotatedTooOften { count, until: oldest.cross.not_after });
        }
        let params = authority_params(subject(host, &next.key), names, PREVIOUS_MAX - 1, (now, until));
        let cross = parse_made(&params.signed_by(&next.key, &self.issuer()?)?);
        next.previous.push(Previous { certificate: self.certificate.clone(), cross });
        next.previous.extend(self.previous.iter().cloned());
        Ok(next)
    }

    /// Forgets former authorities whose time is over; tells whether there were any.
    pub(super) fn drop_expired(&mut self, now: Timestamp) -> bool {
        let kept = self.previous.iter().take_while(|previous| previous.cross.not_after > now).count();
        let dropped = self.previous.len() > kept;
        self.previous.truncate(kept);
        dropped
    }

    /// Returns the key and every certificate as one text, from which [`Authority::parse`] reads all of it.
    pub(super) fn to_key_pem(&self) -> String {
        let mut text = self.key.serialize_pem();
        text.push_str(&self.certificate.to_pem());
        for previous in &self.previous {
            text.push_str(&previous.cross.to_pem());
            text.push_str(&previous.certificate.to_pem());
        }
        text
    }

    /// Returns what clients trust: the authority and the former ones.
    pub(super) fn bundle_pem(&self) -> String {
        let former = self.previous.iter().map(|previous| &previous.certificate);
        std::iter::once(&self.certificate).chain(former).map(Certificate::to_pem).collect()
    }

    /// Returns the cross-certificates, which lead from this authority back to the former ones.
    pub(super) fn crosses(&self) -> Vec<Certificate> {
        self.previous.iter().map(|previous| previous.cross.clone()).collect()
    }

    /// Issues a server's certificate with a new key; returns it with the key's text.
    pub(super) fn issue(&self, names: &[TlsName], now: Timestamp) -> Result<(Identity, String), TlsError> {
        let key = KeyPair::generate()?;
        let mut params = params(now, now.saturating_add(LEAF_LIFE));
        // OpenSSL takes an address in the common name for a host, which no authority may certify.
        let host = names.iter().find(|name| matches!(name, TlsName::Dns(_)));
        let title = host.map_or_else(|| "mainstay".to_owned(), ToString::to_string);
        params
            .distinguished_name
            .push(DnType::CommonName, title.chars().take(COMMON_NAME_MAX).collect::<String>());
        params.subject_alt_names = names.iter().map(TlsName::to_san).collect::<Result<_, _>>()?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf = params.signed_by(&key, &self.issuer()?)?;
        let key_pem = key.serialize_pem();
        let mut identity = Identity::parse(leaf.pem().as_bytes(), key_pem.as_bytes())
            .expect("a certificate just made for a key is readable and belongs to it");
        identity.intermediates = self.crosses();
        Ok((identity, key_pem))
    }

    fn issuer(&self) -> Result<Issuer<'static, &KeyPair>, TlsError> {
        Ok(Issuer::from_ca_cert_der(&self.certificate.der, &self.key)?)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("subject", &self.certificate.subject).finish_non_exhaustive()
    }
}

/// Names the machine, and the key by a part of its digest, so that two authorities are never mistaken for each other.
fn subject(host: &str, key: &KeyPair) -> DistinguishedName {
    const PREFIX: &str = "Mainstay ";
    const ID_LEN: usize = 8;
    let id = HEXLOWER.encode(&sha256(&[&key.subject_public_key_info()]));
    let host_max = COMMON_NAME_MAX - PREFIX.len() - 1 - ID_LEN;
    let mut title = String::from(PREFIX);
    title.extend(host.chars().filter(char::is_ascii_graphic).take(host_max));
    title.push(' ');
    title.extend(id.chars().take(ID_LEN));
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Mainstay");
    name.push(DnType::CommonName, title);
    name
}

fn authority_params(
    subject: DistinguishedName,
    names: &[TlsName],
    below_max: u8,
    (now, until): (Timestamp, Timestamp),
) -> CertificateParams {
    let mut params = params(now, until);
    params.distinguished_name = subject;
    params.name_constraints = Some(Permitted::around(names).to_constraints());
    // Room for the cross-certificates: OpenSSL and Go count them against the root's bound as well. With a bound of 0
    // clients that trust only a former authority would refuse the server from the moment of a rotation.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below_max));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn params(now: Timestamp, until: Timestamp) -> CertificateParams {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let mut params = CertificateParams::default();
    params.not_before = epoch + Duration::from_secs(now.saturating_sub(BACKDATING).as_seconds());
    params.not_after = epoch + Duration::from_secs(until.as_seconds());
    params.distinguished_name = DistinguishedName::new();
    params.use_authority_key_identifier_extension = true;
    params
}

fn parse_made(made: &rcgen::Certificate) -> Certificate {
    Certificate::parse(made.der().clone()).expect("a certificate just made is readable")
}

/// Follows the cross-certificates from an authority back to the former ones; what does not fit is left out.
fn find_previous(newest: &Certificate, certificates: &[Certificate]) -> Vec<Previous> {
    let mut found: Vec<Previous> = Vec::new();
    let mut current = newest;
    while found.len() < usize::from(PREVIOUS_MAX) {
        let links =
            certificates.iter().filter(|cross| cross.is_same_entity(current) && !cross.is_self_issued());
        let mut pairs = links.filter_map(|cross| {
            let signer = certificates.iter().find(|root| root.is_self_issued() && cross.is_signed_by(root));
            signer.map(|root| (cross, root))
        });
        let Some((cross, root)) = pairs.next() else { break };
        found.push(Previous { certificate: root.clone(), cross: cross.clone() });
        current = root;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn start() -> Timestamp {
        Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
    }

    #[test]
    fn an_authority_names_its_machine_and_lasts_ten_years() {
        let authority = Authority::create("till.example.com", &[], start()).unwrap();
        let certificate = &authority.certificate;
        assert!(certificate.subject.contains("CN=Mainstay till.example.com "), "{}", certificate.subject);
        assert_eq!(certificate.days_left(start()), 3_650);
        assert_eq!(start().duration_since(certificate.not_before), BACKDATING);
        let long = Authority::create(&"ä x".repeat(100), &[], start()).unwrap();
        assert_ne!(
            long.certificate.subject,
            Authority::create("", &[], start()).unwrap().certificate.subject
        );
        assert!(!format!("{authority:?}").to_lowercase().contains("key"));
    }

    #[test]
    fn an_authority_is_read_back_with_its_former_ones() {
        let first = Authority::create("a", &[], start()).unwrap();
        let second = first.rotated("a", &[], start()).unwrap();
        let third = second.rotated("a", &[], start().saturating_add(OVERLAP / 2)).unwrap();
        let mut read = Authority::parse(third.to_key_pem().as_bytes(), b"").unwrap();
        assert_eq!(read.to_key_pem(), third.to_key_pem());
        assert_eq!(read.previous.len(), 2);
        assert!(!read.drop_expired(start().saturating_add(OVERLAP).saturating_sub(Duration::from_secs(1))));
        assert!(read.drop_expired(start().saturating_add(OVERLAP)));
        let trusted = [&third.certificate, &second.certificate].map(Certificate::to_pem).concat();
        assert_eq!(read.bundle_pem(), trusted);
    }

    #[test]
    fn every_authority_has_room_for_the_cross_certificates_below_it() {
        use x509_parser::prelude::{FromDer, X509Certificate};
        let mut authority = Authority::create("a", &[], start()).unwrap();
        for _ in 0..PREVIOUS_MAX {
            authority = authority.rotated("a", &[], start()).unwrap();
        }
        let room = |certificate: &Certificate| {
            let (_, x509) = X509Certificate::from_der(&certificate.der).unwrap();
            x509.basic_constraints().unwrap().unwrap().value.path_len_constraint.unwrap()
        };
        // Below a former authority stand its own cross-certificate and all that came later.
        for (later, previous) in (0..).zip(&authority.previous) {
            assert!(room(&previous.cross) >= later && room(&previous.certificate) > later);
        }
    }

    #[test]
    fn rotations_are_bounded() {
        let mut authority = Authority::create("a", &[], start()).unwrap();
        for _ in 0..PREVIOUS_MAX {
            authority = authority.rotated("a", &[], start()).unwrap();
        }
        let refused = authority.rotated("a", &[], start()).unwrap_err();
        assert!(matches!(refused, TlsError::RotatedTooOften { count: 3, .. }));
    }

    #[test]
    fn an_expired_authority_vouches_for_nobody() {
        let first = Authority::create("a", &[], start()).unwrap();
        let late = start().saturating_add(LIFE);
        assert!(first.rotated("a", &[], late).unwrap().previous.is_empty());
    }

    #[test]
    fn the_certificate_may_come_from_the_other_file() {
        let authority = Authority::create("a", &[], start()).unwrap();
        let (key, bundle) = (authority.key.serialize_pem(), authority.bundle_pem());
        assert!(Authority::parse(key.as_bytes(), bundle.as_bytes()).is_ok());
        assert!(Authority::parse(key.as_bytes(), b"").unwrap_err().contains("missing"));
        let other = Authority::create("a", &[], start()).unwrap();
        assert!(Authority::parse(key.as_bytes(), other.bundle_pem().as_bytes()).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_cut_file_is_read_or_refused(part in 0..2_000_usize) {
            let authority = Authority::create("a", &[], start()).unwrap().rotated("a", &[], start()).unwrap();
            let text = authority.to_key_pem();
            let cut = &text.as_bytes()[..part.min(text.len())];
            let _ = Authority::parse(cut, b"");
        }
    }
}
