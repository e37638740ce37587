//! The directory of the keys, and what can go wrong with their files.

use crate::app::keys::text::{parse_key, write_key};
use crate::config::Environment;
use crate::crypto::seal::SealingKey;
use crate::platform::entropy::{Entropy, array};
use crate::platform::files::{Access, create_private_directory, read_bounded, sync_directory, write_new};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Name of the file with the key that seals secrets.
pub const SEALING_KEY_FILE: &str = "sealing.key";

/// The largest key file that is read; a real one has 88 bytes.
const FILE_BYTES_MAX: u64 = 4_096;

/// Bits of a mode that let others than the owner in.
const OTHERS: u32 = 0o077;

/// Why keys cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read.
    #[error("{0} cannot be read; hint: check that it belongs to this user")]
    Read(PathBuf, #[source] io::Error),
    /// A file cannot be written.
    #[error("{0} cannot be written; hint: check the directory's owner and the free space")]
    Write(PathBuf, #[source] io::Error),
    /// A file's contents are of no use, for a reason that does not quote it.
    #[error("{0}: {1}; hint: bring it back from a backup or an export of the keys")]
    Text(PathBuf, &'static str),
    /// Other users of the machine may use a key.
    #[error("{path} is open to other users of this machine (mode {mode:04o}); hint: chmod {wanted:o} {path}")]
    Mode {
        /// The file or directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode it should have.
        wanted: u32,
    },
}

impl KeysError {
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |error| Self::Read(path, error)
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |error| Self::Write(path, error)
    }

    /// Tells whether trying again cannot help before a person has changed something.
    pub fn is_lasting(&self) -> bool {
        !matches!(self, Self::Read(..) | Self::Write(..))
    }
}

/// The directory of the keys, which need not be there yet. The caller holds the data directory's lock.
#[derive(Clone, Debug)]
pub struct KeyDirectory {
    path: PathBuf,
}

impl KeyDirectory {
    /// Stands for a directory.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Returns the path of the key that seals secrets.
    pub fn sealing_key_file(&self) -> PathBuf {
        self.path.join(SEALING_KEY_FILE)
    }

    /// Reads the key that seals secrets; none if it is not there. A key that others may use is an error in production
    /// and a warning in development.
    pub fn load(&self, environment: Environment) -> Result<Option<SealingKey>, KeysError> {
        let path = self.sealing_key_file();
        let mut bytes = match read_bounded(&path, FILE_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(KeysError::read(&path)(error)),
        };
        check_mode(&self.path, 0o700, environment)?;
        check_mode(&path, 0o600, environment)?;
        let key = parse_key(&bytes);
        bytes.fill(0);
        key.map(Some).map_err(|problem| KeysError::Text(path, problem))
    }

    /// Makes the key that seals secrets; one that is there already is never replaced.
    pub fn create(&self, entropy: &dyn Entropy) -> Result<SealingKey, KeysError> {
        let (key, path) = (SealingKey::new(array(entropy)), self.sealing_key_file());
        let parent = self.path.parent().unwrap_or(Path::new("."));
        create_private_directory(&self.path)
            .and_then(|()| sync_directory(parent))
            .map_err(KeysError::write(&self.path))?;
        write_new(&path, write_key(&key).as_bytes(), Access::Private).map_err(KeysError::write(&path))?;
        tracing::info!(file = %path.display(), "Made the key that seals secrets");
        Ok(key)
    }
}

/// Checks that a file or directory is its owner's alone.
fn check_mode(path: &Path, wanted: u32, environment: Environment) -> Result<(), KeysError> {
    let mode = fs::metadata(path).map_err(KeysError::read(path))?.permissions().mode() & 0o7777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let problem = KeysError::Mode { path: path.to_owned(), mode, wanted };
    match environment {
        Environment::Production => Err(problem),
        Environment::Development => {
            tracing::warn!(file = %path.display(), "{problem}");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::entropy::SeededEntropy;
    use crate::platform::scratch::ScratchDirectory;

    fn keys(place: &Path) -> KeyDirectory {
        KeyDirectory::new(place.join("keys"))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let place = ScratchDirectory::new();
        let keys = keys(&place);
        assert_eq!(keys.load(Environment::Production).unwrap(), None);
        let key = keys.create(&SeededEntropy::new(1)).unwrap();
        assert_eq!((mode(&keys.path), mode(&keys.sealing_key_file())), (0o700, 0o600));
        assert_eq!(keys.load(Environment::Production).unwrap(), Some(key.clone()));
        assert!(matches!(keys.create(&SeededEntropy::new(2)), Err(KeysError::Write(..))));
        assert_eq!(keys.load(Environment::Production).unwrap(), Some(key));
        assert_eq!(fs::read_dir(&keys.path).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_others_may_use_is_refused_in_production_alone() {
        let place = ScratchDirectory::new();
        let keys = keys(&place);
        keys.create(&SeededEntropy::new(1)).unwrap();
        for (path, wide, right) in
            [(keys.sealing_key_file(), 0o640, 0o600), (keys.path.clone(), 0o701, 0o700)]
        {
            fs::set_permissions(&path, fs::Permissions::from_mode(wide)).unwrap();
            let refused = keys.load(Environment::Production).unwrap_err();
            let text = refused.to_string();
            assert!(refused.is_lasting() && text.contains(&format!("mode {wide:04o}")), "{text}");
            assert!(text.contains(&format!("hint: chmod {right:o} ")), "{text}");
            assert!(keys.load(Environment::Development).unwrap().is_some());
            fs::set_permissions(&path, fs::Permissions::from_mode(right)).unwrap();
        }
        assert!(keys.load(Environment::Production).unwrap().is_some());
    }

    #[test]
    fn a_damaged_key_file_is_told_by_its_path() {
        let place = ScratchDirectory::new();
        let keys = keys(&place);
        keys.create(&SeededEntropy::new(1)).unwrap();
        fs::write(keys.sealing_key_file(), "").unwrap();
        let refused = keys.load(Environment::Production).unwrap_err().to_string();
        assert!(refused.contains("sealing.key: it is not a key file"), "{refused}");
    }
}
