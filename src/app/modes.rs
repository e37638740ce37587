//! The data directory's files, and whether other users of the machine may write to them: a start and `doctor` ask here.

use crate::config::Environment;
use std::fmt::Write;
use std::fs::{metadata, read_dir};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Most files of a folder that are looked at; keys and certificates are a handful.
const FILES_MAX: usize = 256;

/// Files of the data directory that hold data or lead to it, besides the journal's and the keys.
const PRIVATE: [&str; 3] = ["mainstay.redb", "admin.sock", "lock"];

/// Bits by which others than the owner may write.
const OTHERS_WRITE: u32 = 0o022;

/// Files and folders whose modes matter; a file need not be there.
#[derive(Debug)]
pub(super) struct Guarded {
    /// The data directory and the folders of keys and certificates in it.
    pub(super) folders: Vec<PathBuf>,
    /// What must be the owner's alone.
    pub(super) private: Vec<PathBuf>,
    /// What everybody may read: certificates.
    pub(super) public: Vec<PathBuf>,
    /// Folders that cannot be listed.
    pub(super) unreadable: Vec<(PathBuf, io::Error)>,
}

/// A file or folder to which others may write.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Writable {
    path: PathBuf,
    mode: u32,
}

/// Others than the appliance's user may write to its files.
#[derive(Debug, thiserror::Error)]
#[error("other users of this machine may write to {}; hint: {}", self.listed(), self.way_out())]
pub struct WritableError(Vec<Writable>);

impl Guarded {
    /// Finds what is there.
    pub(super) fn find(directory: &Path) -> Self {
        let mut private: Vec<PathBuf> = PRIVATE.iter().map(|name| directory.join(name)).collect();
        private.extend((0..4).map(|number| directory.join(format!("journal.{number}"))));
        let (keys, tls) = (directory.join("keys"), directory.join("tls"));
        let mut guarded = Self {
            folders: vec![directory.to_owned(), keys.clone(), tls.clone()],
            private,
            public: Vec::new(),
            unreadable: Vec::new(),
        };
        private_and_public(&mut guarded, &keys, |_name| true);
        private_and_public(&mut guarded, &tls, |name| name.extension().is_some_and(|ending| ending == "key"));
        guarded
    }

    fn writable(&self) -> Vec<Writable> {
        let paths = self.folders.iter().chain(&self.private).chain(&self.public);
        // What is not there is not written to; a link is as open as what it leads to.
        let found = paths.filter_map(|path| Some((path, metadata(path).ok()?)));
        let open = found.filter(|(_, found)| others_may_write(found.mode()));
        open.map(|(path, found)| Writable { path: path.clone(), mode: found.mode() & 0o7777 }).collect()
    }
}

fn private_and_public(guarded: &mut Guarded, folder: &Path, is_private: fn(&Path) -> bool) {
    match read_dir(folder) {
        Ok(entries) => {
            let paths = entries.take(FILES_MAX).filter_map(|entry| Some(entry.ok()?.path()));
            let (private, public): (Vec<_>, Vec<_>) = paths.partition(|path| is_private(path));
            guarded.private.extend(private);
            guarded.public.extend(public);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => guarded.unreadable.push((folder.to_owned(), error)),
    }
}

/// Tells whether a mode lets others than the owner write.
pub(super) const fn others_may_write(mode: u32) -> bool {
    mode & OTHERS_WRITE != 0
}

/// Checks that nobody else may write to the data directory, its keys and its data: an error in production, a warning in
/// development.
pub(super) fn check_writers(directory: &Path, environment: Environment) -> Result<(), WritableError> {
    let writable = Guarded::find(directory).writable();
    if writable.is_empty() {
        return Ok(());
    }
    let error = WritableError(writable);
    match environment {
        Environment::Production => Err(error),
        Environment::Development => {
            tracing::warn!("{error}");
            Ok(())
        }
    }
}

impl WritableError {
    fn listed(&self) -> String {
        let one = |open: &Writable| format!("{} (mode {:04o})", open.path.display(), open.mode);
        self.0.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn way_out(&self) -> String {
        let mut command = String::from("chmod go-w");
        for open in &self.0 {
            write!(command, " {}", open.path.display()).expect("a string takes any text");
        }
        command.push_str(", and make sure that nobody has changed them");
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::files::{Access, create_private_directory, write_whole};
    use crate::platform::scratch::ScratchDirectory;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn what_others_may_write_to_stops_a_start_in_production_alone() {
        let directory = ScratchDirectory::new();
        check_writers(&directory.join("missing"), Environment::Production).unwrap();
        let folders = ["keys", "tls"].map(|name| directory.join(name));
        for folder in &folders {
            create_private_directory(folder).unwrap();
        }
        let files = ["keys/sealing.key", "tls/ca.key", "tls/ca.pem", "mainstay.redb", "journal.3"];
        let files = files.map(|name| directory.join(name));
        for file in &files {
            write_whole(file, b"x", Access::Public).unwrap();
        }
        // A link's own mode says nothing.
        symlink("ca.pem", directory.join("tls/link.pem")).unwrap();
        set_permissions(&*directory, Permissions::from_mode(0o755)).unwrap();
        check_writers(&directory, Environment::Production).unwrap();
        for path in files.iter().chain(&folders).chain([&directory.to_path_buf()]) {
            for mode in [0o720, 0o702] {
                set_permissions(path, Permissions::from_mode(mode)).unwrap();
                let refused = check_writers(&directory, Environment::Production).unwrap_err().to_string();
                let told = format!("{} (mode {mode:04o})", path.display());
                assert!(refused.contains(&told) && refused.contains("; hint: chmod go-w /"), "{refused}");
                check_writers(&directory, Environment::Development).unwrap();
            }
            set_permissions(path, Permissions::from_mode(0o700)).unwrap();
        }
        check_writers(&directory, Environment::Production).unwrap();
    }
}
