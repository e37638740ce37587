//! Taking the keys of an appliance along: into an export, and out of it into a new data directory.

use crate::app::directory::DataDirectory;
use crate::app::keys::archive::{ArchiveError, read_archive, write_archive};
use crate::app::keys::bundle::{
    AUTHORITY_CERTIFICATES, AUTHORITY_KEY, Bundle, FILES_MAX, SEALING_KEY, is_exported,
};
use crate::app::keys::directory::{KeyDirectory, KeysError};
use crate::app::keys::text::parse_key;
use crate::config::Environment;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::platform::entropy::Entropy;
use crate::platform::files::{Access, create_private_directory, read_bounded, sync_directory, write_new};
use crate::store::error::OpenError;
use crate::store::handle::Store;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The largest key or certificate file that is taken along.
const FILE_BYTES_MAX: u64 = 256 * 1_024;

/// The largest export that is read: all its files, with what JSON and Base64 add.
const ARCHIVE_BYTES_MAX: u64 = 2 * FILES_MAX as u64 * FILE_BYTES_MAX;

/// Why keys could not be taken along.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A key's file.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// There is nothing to take along.
    #[error("there is no key in {0} yet; hint: it is made by the first `mainstay serve` or `mainstay init`")]
    NoKeys(PathBuf),
    /// There is more than an export holds.
    #[error("{0} holds too many files; hint: only the appliance's own keys belong there")]
    TooMany(PathBuf),
    /// The export's file cannot be written or read.
    #[error("{0} cannot be used")]
    File(PathBuf, #[source] io::Error),
    /// There is a file of the export's name.
    #[error("{0} is there already, and an export never replaces a file; hint: choose another name")]
    Exists(PathBuf),
    /// The export itself.
    #[error("the export {0} cannot be used")]
    Archive(PathBuf, #[source] ArchiveError),
    /// A new export cannot be made.
    #[error("the keys were not exported")]
    Export(#[source] ArchiveError),
    /// The data directory has a file of its own where one of the export goes.
    #[error(
        "{0} is there already, and keys are never replaced; hint: move {1}/ away, or name an empty data directory"
    )]
    Occupied(PathBuf, &'static str),
    /// The database there knows another key.
    #[error(
        "the export's key is not the one that the database in {0} has its secrets sealed with; hint: take the export of the appliance that the database comes from"
    )]
    OtherDatabase(PathBuf),
    /// The database there cannot be looked at.
    #[error("the database cannot be opened")]
    Open(#[from] OpenError),
}

impl TransferError {
    /// Tells whether the request was refused for what it asks; nothing has changed.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Exists(_) | Self::Occupied(..) | Self::OtherDatabase(_) => true,
            Self::Archive(_, error) | Self::Export(error) => {
                matches!(error, ArchiveError::Passphrase | ArchiveError::ShortPassphrase(_))
            }
            _ => false,
        }
    }
}

/// Writes the keys and the authority of a data directory, encrypted, into a new file (mode 0600). Only reads in the
/// directory, so the appliance may run. Returns the paths of the files taken along.
pub fn export(
    directory: &DataDirectory,
    environment: Environment,
    file: &Path,
    passphrase: &Secret,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Vec<String>, TransferError> {
    if fs::symlink_metadata(file).is_ok() {
        return Err(TransferError::Exists(file.to_owned()));
    }
    let bundle = collect(directory, environment)?;
    let text = write_archive(&bundle, passphrase, now, entropy).map_err(TransferError::Export)?;
    write_new(file, text.as_bytes(), Access::Private).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => TransferError::Exists(file.to_owned()),
        _ => TransferError::File(file.to_owned(), error),
    })?;
    Ok(bundle.files().map(|(path, _)| path.to_owned()).collect())
}

/// Reads an export.
pub fn read_export(file: &Path, passphrase: &Secret) -> Result<Bundle, TransferError> {
    let bytes =
        read_bounded(file, ARCHIVE_BYTES_MAX).map_err(|error| TransferError::File(file.to_owned(), error))?;
    read_archive(&bytes, passphrase).map_err(|error| TransferError::Archive(file.to_owned(), error))
}

/// Puts an export's files into a data directory, whose lock the caller holds. Everything is checked before anything is
/// written, and the key that seals secrets comes last: cut off before, the same export is taken again.
pub fn install(directory: &DataDirectory, bundle: &Bundle) -> Result<(), TransferError> {
    let missing = check(directory, bundle)?;
    let mut written = Vec::new();
    for (path, text) in missing {
        let target = directory.path().join(path);
        let access = if path == AUTHORITY_CERTIFICATES { Access::Public } else { Access::Private };
        let done = make_parent(directory.path(), &target)
            .and_then(|()| write_new(&target, text.as_bytes(), access))
            .map_err(KeysError::write(&target));
        if let Err(error) = done {
            // What is left would only be in the way of the next try, which says so itself.
            for path in written {
                let _ = fs::remove_file(path);
            }
            return Err(error.into());
        }
        written.push(target);
    }
    Ok(())
}

/// Returns what of an export a data directory lacks, in the order of writing.
fn check<'a>(
    directory: &DataDirectory,
    bundle: &'a Bundle,
) -> Result<Vec<(&'a str, &'a str)>, TransferError> {
    let sealing_key = bundle.find(SEALING_KEY).unwrap_or_default();
    let path = directory.path().join(SEALING_KEY);
    if fs::symlink_metadata(&path).is_ok() {
        return Err(TransferError::Occupied(path, "keys"));
    }
    let key = parse_key(sealing_key.as_bytes()).map_err(|problem| KeysError::Text(path, problem))?;
    match Store::find_sealing_key(directory.disk().as_ref()) {
        Ok(Some(known)) if known != key.id() => {
            return Err(TransferError::OtherDatabase(directory.path().to_owned()));
        }
        Ok(_) | Err(OpenError::Missing) => {}
        Err(error) => return Err(error.into()),
    }
    let mut missing = Vec::new();
    for (path, text) in bundle.files().filter(|(path, _)| *path != SEALING_KEY) {
        let target = directory.path().join(path);
        match read_if_there(&target)? {
            None => missing.push((path, text)),
            Some(present) if present == text => {}
            Some(_) => return Err(TransferError::Occupied(target, folder_of(path))),
        }
    }
    missing.push((SEALING_KEY, sealing_key));
    Ok(missing)
}

/// Reads what an export takes along.
fn collect(directory: &DataDirectory, environment: Environment) -> Result<Bundle, TransferError> {
    let keys = directory.keys();
    if KeyDirectory::new(keys.clone()).load(environment)?.is_none() {
        return Err(TransferError::NoKeys(keys));
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(&keys).map_err(KeysError::read(&keys))? {
        let entry = entry.map_err(KeysError::read(&keys))?;
        if !entry.path().is_file() {
            continue;
        }
        paths.extend(entry.file_name().to_str().map(|name| format!("keys/{name}")));
    }
    // The key is read last: rotated in between, it holds the new authority whole, which mends the certificates' file.
    paths.extend([AUTHORITY_CERTIFICATES, AUTHORITY_KEY].map(str::to_owned));
    paths.retain(|path| is_exported(path));
    if paths.len() > FILES_MAX {
        return Err(TransferError::TooMany(keys));
    }
    let mut files = Vec::new();
    for path in paths {
        let text = read_if_there(&directory.path().join(&path))?;
        files.extend(text.map(|text| (path, text)));
    }
    Ok(files.into_iter().collect())
}

fn read_if_there(path: &Path) -> Result<Option<String>, KeysError> {
    match read_bounded(path, FILE_BYTES_MAX) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes);
            let no_text = |_secret| KeysError::Text(path.to_owned(), "it is not text");
            text.map(Some).map_err(no_text)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(KeysError::read(path)(error)),
    }
}

/// Makes the folder of a key's file within the data directory, durably.
fn make_parent(directory: &Path, file: &Path) -> io::Result<()> {
    create_private_directory(file.parent().unwrap_or(directory))?;
    sync_directory(directory)
}

fn folder_of(path: &str) -> &'static str {
    if path.starts_with("tls/") { "tls" } else { "keys" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::keys::text::write_key;
    use crate::crypto::seal::SealingKey;
    use crate::platform::scratch::ScratchDirectory;

    /// A data directory that goes with its owner.
    struct Place(DataDirectory, ScratchDirectory);

    impl Place {
        fn new() -> Self {
            let scratch = ScratchDirectory::new();
            Self(DataDirectory::create(&scratch).unwrap(), scratch)
        }

        fn holds(&self, path: &str) -> bool {
            fs::symlink_metadata(self.1.join(path)).is_ok()
        }
    }

    fn bundle() -> Bundle {
        let key = write_key(&SealingKey::new([1; 32]));
        let files = [(SEALING_KEY, key.as_str()), ("keys/other.key", "o"), (AUTHORITY_KEY, "a")];
        files.map(|(path, text)| (path.to_owned(), text.to_owned())).into_iter().collect()
    }

    #[test]
    fn an_installation_that_was_cut_off_goes_on() {
        let place = Place::new();
        install(&place.0, &bundle()).unwrap();
        fs::remove_file(place.0.path().join(SEALING_KEY)).unwrap();
        fs::remove_file(place.0.path().join(AUTHORITY_KEY)).unwrap();
        install(&place.0, &bundle()).unwrap();
        assert_eq!(collect(&place.0, Environment::Production).unwrap(), bundle());
    }

    #[test]
    fn an_installation_that_fails_takes_back_what_it_wrote() {
        let place = Place::new();
        fs::write(place.0.keys(), "no directory").unwrap();
        let failed = install(&place.0, &bundle()).unwrap_err();
        assert!(matches!(failed, TransferError::Keys(KeysError::Read(..))), "{failed}");
        fs::remove_file(place.0.keys()).unwrap();
        // A directory stands where the temporary file of the last one goes.
        create_private_directory(&place.0.path().join("keys/.sealing.key.new")).unwrap();
        let failed = install(&place.0, &bundle()).unwrap_err();
        assert!(!failed.is_refusal(), "{failed}");
        for path in [SEALING_KEY, "keys/other.key", AUTHORITY_KEY] {
            assert!(!place.holds(path), "{path}");
        }
    }

    #[test]
    fn a_file_that_differs_is_never_replaced() {
        let place = Place::new();
        fs::create_dir(place.0.tls()).unwrap();
        fs::write(place.0.path().join(AUTHORITY_KEY), "mine").unwrap();
        let refused = install(&place.0, &bundle()).unwrap_err();
        assert!(refused.is_refusal() && refused.to_string().contains("hint: move tls/ away"), "{refused}");
        assert!(!place.0.keys().exists());
    }
}
