//! Directories for tests.

use crate::platform::entropy::{SystemEntropy, array};
use std::fs::DirBuilder;
use std::ops::Deref;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// An empty directory for its owner alone, which goes with this value.
#[derive(Debug)]
pub(crate) struct ScratchDirectory(PathBuf);

impl ScratchDirectory {
    pub(crate) fn new() -> Self {
        let number = u64::from_le_bytes(array(&SystemEntropy::new()));
        let path = std::env::temp_dir().join(format!("mainstay-test-{number:x}"));
        DirBuilder::new().mode(0o700).create(&path).unwrap();
        Self(path)
    }
}

impl Deref for ScratchDirectory {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for ScratchDirectory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
