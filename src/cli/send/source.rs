//! An opened file whose digest is known and which must not change until it is sent.

use crate::cli::exit::Failure;
use crate::cli::send::input::{Input, unreadable};
use crate::crypto::digest::{Digest, Sha256};
use crate::platform::entropy::{Entropy, array};
use data_encoding::HEXLOWER;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Bytes read at a time.
pub(super) const READ_BYTES: usize = 256 * 1024;

/// An opened file.
#[derive(Debug)]
pub(super) struct Source {
    /// The file; of a pipe a copy that has no name.
    pub(super) file: File,
    /// SHA-256 of all its bytes.
    pub(super) digest: Digest,
    /// Its length in bytes.
    pub(super) len: u64,
    stamp: Stamp,
}

/// What changes with a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    len: u64,
    changed: (i64, i64),
}

impl Stamp {
    fn of(file: &File) -> io::Result<Self> {
        let found = file.metadata()?;
        Ok(Self { len: found.len(), changed: (found.mtime(), found.mtime_nsec()) })
    }
}

impl Source {
    /// Opens an input and reads it through once. Stdin and other pipes are copied to a nameless private file in the
    /// directory for temporary files first, because keys need the digest of the whole. `progress` hears of every
    /// piece that was read.
    pub(super) fn open(
        input: &Input,
        entropy: &dyn Entropy,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, Failure> {
        let shown = input.path.as_deref().unwrap_or(Path::new("stdin"));
        let read = |error: io::Error| unreadable(shown, &error);
        let file = match &input.path {
            None => spool(&mut io::stdin().lock(), entropy, progress)?,
            Some(path) => {
                let mut file = File::open(path).map_err(read)?;
                let regular = file.metadata().map_err(read)?.is_file();
                if regular { file } else { spool(&mut file, entropy, progress)? }
            }
        };
        Self::of_file(file, progress).map_err(read)
    }

    fn of_file(mut file: File, progress: &mut dyn FnMut(usize)) -> io::Result<Self> {
        let stamp = Stamp::of(&file)?;
        file.rewind()?;
        let mut hasher = Sha256::new();
        let len = pieces(&mut file, &mut |piece| {
            hasher.update(piece);
            progress(piece.len());
            Ok(())
        })?;
        Ok(Self { file, digest: hasher.finish(), len, stamp })
    }

    /// Fails if the file has changed since it was opened.
    pub(super) fn check_unchanged(&self, shown: &str) -> Result<(), Failure> {
        let now = Stamp::of(&self.file).map_err(|error| unreadable(Path::new(shown), &error))?;
        if now == self.stamp && now.len == self.len {
            return Ok(());
        }
        Err(Failure::Failed(format!(
            "{shown} changed while it was being sent, and what was sent so far belongs to its former content; hint: send \
             files that nobody writes to any more, or a copy; the changed file is another one, of which every record is new"
        )))
    }
}

/// Copies a stream into a private file that goes with its last handle.
fn spool(
    stream: &mut impl Read,
    entropy: &dyn Entropy,
    progress: &mut dyn FnMut(usize),
) -> Result<File, Failure> {
    let folder = std::env::temp_dir();
    let mut file = nameless(&folder, entropy)
        .map_err(|error| Failure::Failed(format!("no file can be made in {}: {error}", folder.display())))?;
    pieces(stream, &mut |piece| {
        progress(piece.len());
        file.write_all(piece)
    })
    .map_err(|error| {
        let folder = folder.display();
        Failure::Failed(format!(
            "stdin cannot be copied to {folder}: {error}; hint: TMPDIR names another directory"
        ))
    })?;
    Ok(file)
}

/// Makes a private file without a name.
pub(super) fn nameless(folder: &Path, entropy: &dyn Entropy) -> io::Result<File> {
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
        let mut seen = 0;
        let bytes = vec![7; READ_BYTES + 1];
        let file =
            spool(&mut Cursor::new(&bytes), &SeededEntropy::new(1), &mut |piece| seen += piece).unwrap();
        let source = Source::of_file(file, &mut |_| {}).unwrap();
        assert_eq!((seen, source.len), (bytes.len(), bytes.len() as u64));
        assert_eq!(source.digest, sha256(&[&bytes]));
        assert_eq!(source.file.metadata().unwrap().nlink(), 0);
    }

    #[test]
    fn a_file_that_grew_is_noticed() {
        let file = nameless(&std::env::temp_dir(), &SeededEntropy::new(2)).unwrap();
        let mut source = Source::of_file(file, &mut |_| {}).unwrap();
        source.check_unchanged("x").unwrap();
        source.file.write_all(b"more").unwrap();
        assert!(source.check_unchanged("x").unwrap_err().to_string().contains("x changed"));
    }
}
