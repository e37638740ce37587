//! A directory of the real file system.

use crate::platform::direct::DirectWay;
use crate::platform::disk::{Disk, DiskFile};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The mode of every file the store makes: the data is nobody else's.
const FILE_MODE: u32 = 0o600;

/// A directory of the real file system.
#[derive(Debug, Clone)]
pub struct RealDisk {
    directory: PathBuf,
}

impl RealDisk {
    /// Stands for an existing directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Returns the directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn open_with(&self, name: &str, options: &mut OpenOptions) -> io::Result<RealFile> {
        let file = options.read(true).write(true).mode(FILE_MODE).open(self.directory.join(name))?;
        Ok(RealFile { file, direct: None })
    }
}

impl Disk for RealDisk {
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(self.open_with(name, &mut OpenOptions::new())?))
    }

    fn open_direct(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let direct = DirectWay::open(&self.directory.join(name))?;
        Ok(Arc::new(RealFile { direct, ..self.open_with(name, &mut OpenOptions::new())? }))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(self.open_with(name, OpenOptions::new().create(true).truncate(true))?))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.directory.join(name).try_exists()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.directory.join(from), self.directory.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.directory.join(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let status = rustix::fs::statvfs(&self.directory)?;
        Ok(status.f_bavail.saturating_mul(status.f_frsize))
    }

    fn total_bytes(&self) -> io::Result<u64> {
        let status = rustix::fs::statvfs(&self.directory)?;
        Ok(status.f_blocks.saturating_mul(status.f_frsize))
    }
}

/// A file, written past the cache where there is a way.
#[derive(Debug)]
struct RealFile {
    file: File,
    direct: Option<DirectWay>,
}

impl DiskFile for RealFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let written = self.direct.as_ref().map_or(Ok(0), |direct| direct.write_at(offset, bytes))?;
        let rest = bytes.get(written..).unwrap_or_default();
        self.file.write_all_at(rest, offset + written as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::scratch::ScratchDirectory;

    #[test]
    fn what_is_written_either_way_is_read_back() {
        let directory = ScratchDirectory::new();
        std::fs::write(directory.join("file"), vec![0; 64 * 1024]).unwrap();
        let file = RealDisk::new(&*directory).open_direct("file").unwrap();
        file.write_at(0, &[1; 100]).unwrap();
        file.write_at(512, &[2; 8_192]).unwrap();
        file.write_at(8_704, &[3; 512]).unwrap();
        file.write_at(9_217, &[4; 7]).unwrap();
        file.sync().unwrap();
        let mut all = vec![9; 9_300];
        file.read_at(0, &mut all).unwrap();
        let expected =
            [vec![1; 100], vec![0; 412], vec![2; 8_192], vec![3; 512], vec![0], vec![4; 7]].concat();
        assert_eq!(all[..9_224], expected);
        assert_eq!(file.len().unwrap(), 64 * 1024);
    }
}
