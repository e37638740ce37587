//! The text of a key's file: one line, `mainstay-sealing-key-1`, a space and the key's 32 bytes in hexadecimal.

use crate::crypto::seal::SealingKey;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

/// What a line of a key of any version begins with.
const KIND: &str = "mainstay-sealing-key-";

/// The version this program reads and writes.
const VERSION: &str = "1";

/// Writes a key.
pub fn write_key(key: &SealingKey) -> String {
    format!("{KIND}{VERSION} {}\n", HEXLOWER.encode(key.expose()))
}

/// Reads what [`write_key`] wrote; the error does not quote it.
pub fn parse_key(text: &[u8]) -> Result<SealingKey, &'static str> {
    let text = std::str::from_utf8(text).map_err(|_bytes| "it is not a key file")?;
    let line = text.trim_ascii_end();
    let (version, hex) =
        line.strip_prefix(KIND).and_then(|rest| rest.split_once(' ')).ok_or("it is not a key file")?;
    if version != VERSION {
        return Err("another version of the program wrote it");
    }
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).map_err(|_digit| "the key is damaged")?;
    let bytes = bytes.try_into().map_err(|_length| "the key is not 32 bytes long")?;
    Ok(SealingKey::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_a_key_is_refused_without_being_quoted() {
        let hex = "ab".repeat(32);
        for (text, why) in [
            (String::new(), "not a key file"),
            (hex.clone(), "not a key file"),
            ("mainstay-sealing-key-1".to_owned(), "not a key file"),
            (format!("mainstay-sealing-key-2 {hex}"), "another version"),
            (format!("mainstay-sealing-key-1 {hex}00"), "32 bytes"),
            (format!("mainstay-sealing-key-1 {hex}\n{hex}\n"), "damaged"),
            (format!("mainstay-sealing-key-1  {hex}"), "damaged"),
        ] {
            let error = parse_key(text.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(parse_key(format!("mainstay-sealing-key-1 {}\r\n", hex.to_uppercase()).as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn a_written_key_reads_back(bytes: [u8; 32]) {
            let key = SealingKey::new(bytes);
            let text = write_key(&key);
            prop_assert_eq!(text.lines().count(), 1);
            prop_assert_eq!(parse_key(text.as_bytes()), Ok(key));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = parse_key(&bytes);
        }
    }
}
