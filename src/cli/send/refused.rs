//! The file of refused records (`--refused`): one a line, as they were, so that they can be corrected and sent alone.

use crate::cli::exit::Failure;
use crate::cli::send::source::{READ_BYTES, Source};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Collects refused records beside the file and puts them in its place at the end; until then there is no file.
#[derive(Debug)]
pub(super) struct RefusedFile {
    path: PathBuf,
    beside: PathBuf,
    lines: BufWriter<File>,
}

impl RefusedFile {
    /// Begins; a file that holds something already is left alone.
    pub(super) fn begin(path: &Path) -> Result<Self, Failure> {
        if fs::metadata(path).is_ok_and(|found| found.len() > 0 || !found.is_file()) {
            return Err(Failure::Usage(format!(
                "{} is there already; hint: --refused takes the name of a new file",
                path.display()
            )));
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let beside = path.with_file_name(name);
        let mut options = OpenOptions::new();
        let file =
            options.write(true).create(true).truncate(true).mode(0o600).open(&beside).map_err(|error| {
                Failure::Failed(format!("{} cannot be written: {error}", beside.display()))
            })?;
        Ok(Self { path: path.to_owned(), beside, lines: BufWriter::new(file) })
    }

    /// Adds a record by its place in its file.
    pub(super) fn add(&mut self, source: &Source, Range { start, end }: Range<u64>) -> io::Result<()> {
        for at in (start..end).step_by(READ_BYTES) {
            let mut piece =
                vec![0; usize::try_from(end - at).map_or(READ_BYTES, |left| left.min(READ_BYTES))];
            source.file.read_exact_at(&mut piece, at)?;
            // An element of an array may hold line breaks, which are white space there.
            piece.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
            self.lines.write_all(&piece)?;
        }
        self.lines.write_all(b"\n")
    }

    pub(super) fn end(mut self) -> io::Result<()> {
        self.lines.flush()?;
        self.lines.get_ref().sync_all()?;
        fs::rename(&self.beside, &self.path)
    }
}
