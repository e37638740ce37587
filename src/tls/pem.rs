//! Reading and writing PEM (RFC 7468), within bounds.

use data_encoding::BASE64;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The largest certificate or key file that is read: room for hundreds of certificates, and a wrongly named database
/// is not loaded whole.
pub(super) const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The most certificates in one file; a server sends the whole chain in every handshake.
const CERTIFICATES_MAX: usize = 16;

/// Characters on a line of PEM.
const LINE_LEN: usize = 64;

/// Reads a file of at most [`FILE_BYTES_MAX`] bytes.
pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than any certificate file (1 MiB)"));
    }
    Ok(bytes)
}

/// Returns every certificate of a text, in its order; keys and other sections are skipped.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut found = Vec::new();
    for section in CertificateDer::pem_slice_iter(pem) {
        found.push(section.map_err(|error| describe(&error))?);
        if found.len() > CERTIFICATES_MAX {
            return Err(format!("it holds more than {CERTIFICATES_MAX} certificates"));
        }
    }
    Ok(found)
}

/// Returns the first private key of a text: PKCS#8, SEC1 or PKCS#1.
pub(super) fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        PemError::NoItemsFound if contains(pem, b"ENCRYPTED PRIVATE KEY") => {
            "the private key is protected by a passphrase".to_owned()
        }
        PemError::NoItemsFound => "it holds no private key in PEM format".to_owned(),
        other => describe(&other),
    })
}

pub(super) fn encode_certificate(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(LINE_LEN) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// Says what is wrong without quoting the file: the offending line may be part of a key.
fn describe(error: &PemError) -> String {
    match error {
        PemError::MissingSectionEnd { .. } => "a PEM section has no end line".to_owned(),
        PemError::IllegalSectionStart { .. } => "a PEM section begins with a malformed line".to_owned(),
        PemError::Base64Decode(_) => "a PEM section is not Base64".to_owned(),
        _ => "it is not PEM".to_owned(),
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_encrypted_key_is_told_from_no_key() {
        let text = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        assert!(private_key(text).unwrap_err().contains("passphrase"));
        assert!(private_key(b"").unwrap_err().contains("no private key"));
    }

    #[test]
    fn a_broken_key_is_not_quoted_in_its_error() {
        let error = private_key(b"-----BEGIN PRIVATE KEY-----\nsecret!\n-----END PRIVATE KEY-----\n");
        assert!(!error.unwrap_err().contains("secret"));
    }

    #[test]
    fn more_certificates_than_the_limit_are_refused() {
        let many = encode_certificate(b"x").repeat(CERTIFICATES_MAX + 1);
        assert!(certificates(many.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn written_certificates_read_back(der in proptest::collection::vec(any::<u8>(), 1..300)) {
            let read = certificates(encode_certificate(&der).as_bytes()).unwrap();
            prop_assert_eq!(read, vec![CertificateDer::from(der)]);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let _ = (certificates(&bytes), private_key(&bytes));
        }

        #[test]
        fn any_section_is_read_or_refused(body in "[A-Za-z0-9+/=\n-]{0,300}", label in "(RSA |EC |)PRIVATE KEY|CERTIFICATE") {
            let text = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
            let _ = (certificates(text.as_bytes()), private_key(text.as_bytes()));
        }
    }
}
