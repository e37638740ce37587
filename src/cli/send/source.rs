//! An opened file whose digest is known and which must not change until it is sent.

use crate::cli::exit::Failure;
use crate::cli::send::input::{Input, unreadable};
use crate::crypto::digest::{Digest, Sha256};
use crate::platform::entropy::{Entropy, array};
use data_encoding::HEXLOWER;
use indicatif::ProgressBar;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Bytes read at a time.
pub(super) const READ_BYTES: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    /// The file; of a pipe a copy that has no name.
    pub(super) file: File,
    /// SHA-256 of all its bytes.
    pub(super) digest: Digest,
    pub(super) len: u64,
    stamp: Stamp,
}

/// What changes with a file's content: length and time of the last change.
type Stamp = (u64, i64, i64);

fn stamp(file: &File) -> io::Result<Stamp> {
    let found = file.metadata()?;
    Ok((found.len(), found.mtime(), found.mtime_nsec()))
}

impl Source {
    /// Opens an input and reads it through once, which the bar shows. Stdin and other pipes are copied to a nameless private
    /// file in the directory for temporary files first, because keys need the digest of the whole.
    pub(super) fn open(input: &Input, entropy: &dyn Entropy, bar: &ProgressBar) -> Result<Self, Failure> {
        let name = input.shown();
        let failed = |error: io::Error| unreadable(Path::new(&name), &error);
        let file = match &input.path {
            None => spool(&mut io::stdin().lock(), entropy, bar)?,
            Some(path) => {
                let mut file = File::open(path).map_err(failed)?;
                let is_regular = file.metadata().map_err(failed)?.is_file();
                if is_regular { file } else { spool(&mut file, entropy, bar)? }
            }
        };
        Self::of_file(name.clone(), file, bar).map_err(failed)
    }

    fn of_file(name: String, mut file: File, bar: &ProgressBar) -> io::Result<Self> {
        let stamp = stamp(&file)?;
        file.rewind()?;
        let mut hasher = Sha256::default();
        let len = pieces(&mut bar.wrap_read(&file), &mut |piece| {
            hasher.update(piece);
            Ok(())
        })?;
        Ok(Self { name, file, digest: hasher.finish(), len, stamp })
    }

    pub(super) fn reader(&self) -> Result<BufReader<&File>, Failure> {
        (&self.file).rewind().map_err(|error| self.unreadable(&error))?;
        Ok(BufReader::with_capacity(READ_BYTES, &self.file))
    }

    pub(super) fn unreadable(&self, error: &io::Error) -> Failure {
        unreadable(Path::new(&self.name), error)
    }

    /// Fails if the file has changed since it was opened.
    pub(super) fn check_unchanged(&self) -> Result<(), Failure> {
        let now = stamp(&self.file).map_err(|error| self.unreadable(&error))?;
        if now == self.stamp && now.0 == self.len {
            return Ok(());
        }
        Err(Failure::Failed(format!(
            "{} changed while it was being sent, and what was sent so far belongs to its former content; hint: send \
             files that nobody writes to any more, or a copy; the changed file is another one, of which every record is new",
            self.name
        )))
    }
}

/// Copies a stream into a private file that goes with its last handle.
fn spool(stream: &mut impl Read, entropy: &dyn Entropy, bar: &ProgressBar) -> Result<File, Failure> {
    let folder = std::env::temp_dir();
    let mut file = nameless(&folder, entropy)
        .map_err(|error| Failure::Failed(format!("no file can be made in {}: {error}", folder.display())))?;
    pieces(&mut bar.wrap_read(stream), &mut |piece| file.write_all(piece)).map_err(|error| {
        let folder = folder.display();
        Failure::Failed(format!(
            "stdin cannot be copied to {folder}: {error}; hint: TMPDIR names another directory"
        ))
    })?;
    Ok(file)
}

fn nameless(folder: &Path, entropy: &dyn Entropy) -> io::Result<File> {
    let name = format!(".mainstay-send-{}", HEXLOWER.encode(&array::<16>(entropy)));
    let path = folder.join(name);
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    fs::remove_file(path)?;
    Ok(file)
}

fn pieces(reader: &mut impl Read, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<u64> {
    let mut buffer = vec![0; READ_BYTES];
    let mut len = 0;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(len),
            Ok(read) => {
                take(buffer.get(..read).unwrap_or_default())?;
                len += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::digest::sha256;
    use crate::platform::entropy::SeededEntropy;
    use std::io::Cursor;

    #[test]
    fn a_stream_is_copied_to_a_file_without_a_name() {
        let bar = ProgressBar::hidden();
        let bytes = vec![7; READ_BYTES + 1];
        let file = spool(&mut Cursor::new(&bytes), &SeededEntropy::new(1), &bar).unwrap();
        assert_eq!(bar.position(), bytes.len() as u64);
        let source = Source::of_file("x".into(), file, &bar).unwrap();
        assert_eq!(source.len, bytes.len() as u64);
        assert_eq!(source.digest, sha256(&[&bytes]));
        assert_eq!(source.file.metadata().unwrap().nlink(), 0);
    }

    #[test]
    fn a_file_that_grew_is_noticed() {
        let file = nameless(&std::env::temp_dir(), &SeededEntropy::new(2)).unwrap();
        let mut source = Source::of_file("x".into(), file, &ProgressBar::hidden()).unwrap();
        source.check_unchanged().unwrap();
        source.file.write_all(b"more").unwrap();
        assert!(source.check_unchanged().unwrap_err().to_string().contains("x changed"));
    }
}
