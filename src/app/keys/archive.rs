//! An export of the keys: one text file, encrypted with a passphrase.
//!
//! ```text
//! mainstay-keys-export 1
//! made 2026-03-01T12:00:00Z
//! argon2id m=65536 t=3 p=1 salt=00112233445566778899aabbccddeeff
//! key-id 00112233445566778899aabbccddeeff
//!
//! AQ…
//! ```
//!
//! The first line names the format and its version. The third says how the key is made of the passphrase (memory in
//! KiB, passes, lanes; salt in hexadecimal), the fourth what that key is known by, so that a wrong passphrase is told from
//! a damaged file. Behind the empty line, in Base64 on lines of 64 characters, stands what `SealingKey::seal` made of
//! the files: a JSON object from path within the data directory to contents. The lines above are its associated data,
//! so they cannot be changed either.

use crate::app::keys::bundle::Bundle;
use crate::crypto::password::{Cost, PassphraseError, SALT_LEN, derive_key};
use crate::crypto::seal::{KEY_ID_LEN, KeyId, SealingKey};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::platform::entropy::{Entropy, array};
use data_encoding::{BASE64, HEXLOWER};
use std::fmt;

/// What an export of any version begins with.
const KIND: &str = "mainstay-keys-export ";

/// The version this program reads and writes.
const VERSION: &str = "1";

/// Characters on a line of Base64.
const LINE_LEN: usize = 64;

/// Shortest passphrase in characters: whoever has the file can guess for as long as they like.
pub const PASSPHRASE_LEN_MIN: usize = 12;

/// Why an export cannot be written or read. Nothing in it quotes the file or the passphrase.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The passphrase for a new export is too short.
    #[error("the passphrase has {0} characters; hint: use at least {PASSPHRASE_LEN_MIN}")]
    ShortPassphrase(usize),
    /// It is something else.
    #[error("it is not an export of keys; hint: make one with `mainstay keys export FILE`")]
    Kind,
    /// Another version of the program wrote it.
    #[error("another version of the program wrote it; hint: use that version, or a newer one")]
    Version,
    /// The passphrase is another one.
    #[error("the passphrase is not the one it was exported with")]
    Passphrase,
    /// It is not what was written.
    #[error("it is damaged: {0}; hint: take another copy of it")]
    Damaged(&'static str),
    /// The key cannot be made of the passphrase.
    #[error(transparent)]
    Key(#[from] PassphraseError),
}

/// The lines above the sealed files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    made: Timestamp,
    cost: Cost,
    salt: [u8; SALT_LEN],
    key: KeyId,
}

/// Writes an export. Takes some tenths of a second and 64 MiB for the passphrase.
pub fn write_archive(
    bundle: &Bundle,
    passphrase: &Secret,
    made: Timestamp,
    entropy: &dyn Entropy,
) -> Result<String, ArchiveError> {
    let length = passphrase.expose().chars().count();
    if length < PASSPHRASE_LEN_MIN {
        return Err(ArchiveError::ShortPassphrase(length));
    }
    let (cost, salt) = (Cost::FILE, array(entropy));
    let key = derive_key(passphrase.expose(), &salt, cost)?;
    let mut text = Header { made, cost, salt, key: key.id() }.to_string();
    let sealed = key.seal(array(entropy), &bundle.to_json(), text.as_bytes());
    text.push('\n');
    for line in BASE64.encode(&sealed).as_bytes().chunks(LINE_LEN) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    Ok(text)
}

/// Reads what [`write_archive`] wrote; costs as much as the file says.
pub fn read_archive(bytes: &[u8], passphrase: &Secret) -> Result<Bundle, ArchiveError> {
    let (header, sealed) = parse(bytes)?;
    let key = derive_key(passphrase.expose(), &header.salt, header.cost)?;
    if key.id() != header.key {
        return Err(ArchiveError::Passphrase);
    }
    let json = open(&key, &header, &sealed)?;
    Bundle::from_json(&json).map_err(ArchiveError::Damaged)
}

fn open(key: &SealingKey, header: &Header, sealed: &[u8]) -> Result<Vec<u8>, ArchiveError> {
    let changed = "its contents were changed or cut off";
    key.open(sealed, header.to_string().as_bytes()).map_err(|_unsealed| ArchiveError::Damaged(changed))
}

fn parse(bytes: &[u8]) -> Result<(Header, Vec<u8>), ArchiveError> {
    let text = std::str::from_utf8(bytes).map_err(|_bytes| ArchiveError::Kind)?;
    let mut lines = text.lines();
    let version = lines.next().and_then(|line| line.strip_prefix(KIND)).ok_or(ArchiveError::Kind)?;
    if version != VERSION {
        return Err(ArchiveError::Version);
    }
    let header = parse_header(&mut lines).ok_or(ArchiveError::Damaged("its header is not whole"))?;
    let body: String = lines.collect();
    let sealed = BASE64
        .decode(body.as_bytes())
        .map_err(|_character| ArchiveError::Damaged("what stands below its header is not Base64"))?;
    Ok((header, sealed))
}

/// Reads the lines below the first, the empty one included.
fn parse_header<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Option<Header> {
    let made = Timestamp::parse(lines.next()?.strip_prefix("made ")?).ok()?;
    let mut words = lines.next()?.strip_prefix("argon2id ")?.split(' ');
    let memory_kib = words.next()?.strip_prefix("m=")?.parse().ok()?;
    let passes = words.next()?.strip_prefix("t=")?.parse().ok()?;
    let lanes = words.next()?.strip_prefix("p=")?.parse().ok()?;
    let salt = hex::<SALT_LEN>(words.next()?.strip_prefix("salt=")?)?;
    let key = hex::<KEY_ID_LEN>(lines.next()?.strip_prefix("key-id ")?)?;
    let is_whole = words.next().is_none() && lines.next()?.is_empty();
    is_whole.then_some(Header { made, cost: Cost { memory_kib, passes, lanes }, salt, key })
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { made, cost: Cost { memory_kib, passes, lanes }, salt, key } = self;
        writeln!(f, "{KIND}{VERSION}")?;
        writeln!(f, "made {made}")?;
        writeln!(f, "argon2id m={memory_kib} t={passes} p={lanes} salt={}", HEXLOWER.encode(salt))?;
        writeln!(f, "key-id {}", HEXLOWER.encode(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::entropy::SeededEntropy;
    use proptest::prelude::*;

    /// As cheap as Argon2 allows.
    const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

    fn passphrase() -> Secret {
        Secret::new("correct horse battery".into())
    }

    fn bundle() -> Bundle {
        [("keys/sealing.key", "secret-1"), ("tls/ca.key", "secret-2")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into_iter()
            .collect()
    }

    fn written() -> String {
        let made = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
        write_archive(&bundle(), &passphrase(), made, &SeededEntropy::new(1)).unwrap()
    }

    #[test]
    fn an_export_reads_back_with_its_passphrase_alone() {
        let text = written();
        assert!(text.starts_with("mainstay-keys-export 1\nmade 2026-03-01T12:00:00"), "{text}");
        assert!(text.contains("\nargon2id m=65536 t=3 p=1 salt="), "{text}");
        assert!(text.lines().all(|line| line.len() <= 80) && !text.contains("secret"), "{text}");
        assert_eq!(read_archive(text.as_bytes(), &passphrase()).unwrap(), bundle());
        let mailed = text.replace('\n', "\r\n");
        assert_eq!(read_archive(mailed.as_bytes(), &passphrase()).unwrap(), bundle());
        let wrong = read_archive(text.as_bytes(), &Secret::new("correct horse batters".into()));
        assert!(matches!(wrong, Err(ArchiveError::Passphrase)), "{wrong:?}");
    }

    #[test]
    fn a_short_passphrase_is_refused() {
        let made = Timestamp::from_micros(1);
        let refused =
            write_archive(&bundle(), &Secret::new("elevenchars".into()), made, &SeededEntropy::new(1));
        assert!(matches!(refused, Err(ArchiveError::ShortPassphrase(11))), "{refused:?}");
    }

    #[test]
    fn what_is_no_export_of_this_version_is_told_apart() {
        let refused = |text: &str| read_archive(text.as_bytes(), &passphrase()).unwrap_err();
        assert!(matches!(refused(""), ArchiveError::Kind));
        assert!(matches!(refused("-----BEGIN CERTIFICATE-----"), ArchiveError::Kind));
        assert!(matches!(refused("mainstay-keys-export 2\n"), ArchiveError::Version));
        assert!(matches!(refused("mainstay-keys-export 1\nmade now\n"), ArchiveError::Damaged(_)));
        let greedy = written().replacen("m=65536", "m=4294967295", 1);
        assert!(matches!(refused(&greedy), ArchiveError::Key(PassphraseError::Cost)));
    }

    #[test]
    fn every_changed_character_is_refused() {
        // The same with a key that costs little, as the passphrase's cost is paid for every change.
        let (salt, made) = ([7; SALT_LEN], Timestamp::parse("2026-03-01T12:00:00Z").unwrap());
        let key = derive_key(passphrase().expose(), &salt, CHEAP).unwrap();
        let header = Header { made, cost: CHEAP, salt, key: key.id() };
        let sealed = key.seal([1; 12], &bundle().to_json(), header.to_string().as_bytes());
        let text = format!("{header}\n{}\n", BASE64.encode(&sealed));
        assert_eq!(read_archive(text.as_bytes(), &passphrase()).unwrap(), bundle());
        for at in 0..text.len() - 1 {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
            assert!(read_archive(&changed, &passphrase()).is_err(), "character {at}");
            assert!(read_archive(&text.as_bytes()[..at], &passphrase()).is_err(), "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(parse(&bytes).is_err());
        }

        #[test]
        fn any_header_is_read_or_refused(lines in "[ -~\n]{0,200}") {
            let _ = parse(format!("mainstay-keys-export 1\n{lines}").as_bytes());
        }

        #[test]
        fn a_written_header_reads_back(
            micros in 0..253_402_300_799_000_000u64,
            costs: (u32, u32, u32),
            salt: [u8; SALT_LEN],
            key: [u8; KEY_ID_LEN],
        ) {
            let (memory_kib, passes, lanes) = costs;
            let cost = Cost { memory_kib, passes, lanes };
            let header = Header { made: Timestamp::from_micros(micros), cost, salt, key };
            let (read, sealed) = parse(format!("{header}\nAQ==\n").as_bytes()).unwrap();
            prop_assert_eq!((read, sealed), (header, vec![1]));
        }
    }
}
