//! The demo's own data directory.

use crate::app::directory::DataDirectory;
use crate::cli::exit::Failure;
use crate::platform::files::{Access, write_whole};
use crate::store::database::FILE_NAME;
use std::path::{Path, PathBuf};

/// Where the demo's data is when nobody says.
pub(super) const DEFAULT_DATA: &str = "./mainstay-demo";

/// Holds the demo's credential as a header line, for `curl -H @FILE`; that it is there marks the directory as a demo's.
const HEADER_FILE: &str = "demo.header";

/// Holds the login of the demo's operator.
const LOGIN_FILE: &str = "demo.login";

/// A data directory that belongs to the demo.
#[derive(Clone, Debug)]
pub(super) struct Place(PathBuf);

impl Place {
    /// Stands for a directory that need not be there. Its path becomes absolute, so that commands that are shown work
    /// from every folder.
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        Ok(Self(std::path::absolute(path)?))
    }

    /// Makes the directory, or takes the one of an earlier run. Another appliance's directory is refused: sample
    /// events in a real ledger could never be taken out again.
    pub(super) fn claim(&self) -> Result<(), Failure> {
        DataDirectory::create(&self.0)?;
        let header_file = self.header_file();
        if header_file.exists() {
            return Ok(());
        }
        if [FILE_NAME, "journal.0", "tls", "keys"].iter().any(|name| self.0.join(name).exists()) {
            return Err(Failure::Failed(format!(
                "{} holds the data of another appliance, which the demo leaves alone; hint: name an empty directory with --data-dir",
                self.0.display()
            )));
        }
        Ok(write_whole(&header_file, b"", Access::Private)?)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn header_file(&self) -> PathBuf {
        self.0.join(HEADER_FILE)
    }

    /// Returns the file with the operator's name and password.
    pub(super) fn login_file(&self) -> PathBuf {
        self.0.join(LOGIN_FILE)
    }

    /// Returns where the log goes, so that the terminal shows the demo's own lines.
    pub(super) fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::entropy::{SystemEntropy, array};

    #[test]
    fn a_demo_takes_its_own_directory_again_and_no_other_appliances() {
        let name = u64::from_le_bytes(array(&SystemEntropy::new()));
        let path = std::env::temp_dir().join(format!("mainstay-demo-{name:x}"));
        let place = Place::new(&path).unwrap();
        place.claim().unwrap();
        std::fs::write(path.join(FILE_NAME), b"").unwrap();
        place.claim().unwrap();
        std::fs::remove_file(path.join(HEADER_FILE)).unwrap();
        let refused = place.claim().unwrap_err();
        assert!(refused.to_string().contains("another appliance"));
        std::fs::remove_dir_all(path).unwrap();
    }
}
