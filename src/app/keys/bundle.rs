//! The files of an export, by their path within the data directory.

use std::collections::BTreeMap;
use std::fmt;

/// The authority's key, with its former authorities.
pub const AUTHORITY_KEY: &str = "tls/ca.key";

/// What clients of the authority trust.
pub const AUTHORITY_CERTIFICATES: &str = "tls/ca.pem";

/// The key that seals the database's secrets.
pub const SEALING_KEY: &str = "keys/sealing.key";

/// Most files of one export; there are three today.
pub const FILES_MAX: usize = 16;

/// Longest name of a key's file.
const NAME_LEN_MAX: usize = 64;

/// Files by their path within the data directory; `Debug` shows the paths alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bundle(BTreeMap<String, String>);

impl Bundle {
    /// Returns every file, by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Returns the contents of a file.
    pub fn find(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).expect("texts by text are JSON")
    }

    /// Reads what [`Bundle::to_json`] wrote. Only paths that an export may hold are taken: the rest of the data
    /// directory, and everything outside it, is no business of an export.
    pub(super) fn from_json(json: &[u8]) -> Result<Self, &'static str> {
        let files: BTreeMap<String, String> =
            serde_json::from_slice(json).map_err(|_error| "it holds no list of files")?;
        if files.len() > FILES_MAX {
            return Err("it holds too many files");
        }
        if !files.keys().all(|path| is_exported(path)) {
            return Err("it holds files that are no keys");
        }
        if !files.contains_key(SEALING_KEY) {
            return Err("it does not hold the key that seals secrets");
        }
        Ok(Self(files))
    }
}

impl FromIterator<(String, String)> for Bundle {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(files: I) -> Self {
        Self(files.into_iter().collect())
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Tells whether a path within the data directory belongs into an export: the authority, and what lies in `keys`.
pub(super) fn is_exported(path: &str) -> bool {
    let is_plain = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || "._-".contains(one);
    match path.strip_prefix("keys/") {
        Some(name) => {
            (1..=NAME_LEN_MAX).contains(&name.len()) && !name.starts_with('.') && name.chars().all(is_plain)
        }
        None => [AUTHORITY_KEY, AUTHORITY_CERTIFICATES].contains(&path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_keys_and_the_authority_are_taken() {
        for path in ["keys/sealing.key", "keys/a-b_1.pem", "tls/ca.key", "tls/ca.pem"] {
            assert!(is_exported(path), "{path}");
        }
        for path in [
            "",
            "keys/",
            "keys/.x",
            "keys/../x",
            "keys/a/b",
            "keys/A",
            "/etc/passwd",
            "tls/server.key",
            "mainstay.redb",
        ] {
            assert!(!is_exported(path), "{path}");
        }
    }

    #[test]
    fn a_bundle_shows_paths_alone_and_reads_back() {
        let files = [(SEALING_KEY, "secret"), (AUTHORITY_KEY, "secret")];
        let bundle: Bundle =
            files.map(|(path, text)| (path.to_owned(), text.to_owned())).into_iter().collect();
        assert!(!format!("{bundle:?}").contains("secret"), "{bundle:?}");
        assert_eq!(Bundle::from_json(&bundle.to_json()).unwrap(), bundle);
        assert!(Bundle::from_json(br#"{"tls/ca.key":""}"#).unwrap_err().contains("seals secrets"));
        assert!(Bundle::from_json(br#"{"keys/sealing.key":"","lock":""}"#).unwrap_err().contains("no keys"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Bundle::from_json(&bytes);
        }
    }
}
