//! Which files are sent: those named, and what lies in named folders.

use crate::cli::exit::Failure;
use crate::cli::send::format::{Format, Shape};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Most files of one command; their names are held in memory.
const FILES_MAX: usize = 1_000_000;

/// What stands for stdin.
const STDIN: &str = "-";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    /// Its path; nothing for stdin.
    pub(super) path: Option<PathBuf>,
    pub(super) shape: Shape,
    /// Its length in bytes as far as it is known.
    pub(super) len: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Inputs {
    /// To send, in order.
    pub(super) files: Vec<Input>,
    /// Files in folders that are left out, with the reason.
    pub(super) skipped: Vec<(PathBuf, &'static str)>,
}

impl Input {
    /// Returns its name as people read it.
    pub(super) fn shown(&self) -> String {
        self.path.as_ref().map_or_else(|| "stdin".to_owned(), |path| path.display().to_string())
    }
}

/// Finds what is to be sent: files as they are named, folders with everything below them by name. Hidden files and
/// symbolic links in folders are left out, and so are files whose name does not tell what they are.
pub(super) fn gather(paths: &[PathBuf], format: Format) -> Result<Inputs, Failure> {
    let mut inputs = Inputs::default();
    let mut stdin = false;
    for path in paths {
        if path == Path::new(STDIN) {
            if std::mem::replace(&mut stdin, true) {
                return Err(Failure::Usage("stdin is named twice".into()));
            }
            inputs.push(None, format.shape(None).unwrap_or(Shape::LinesOrDocument), 0)?;
            continue;
        }
        let found = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if found.is_dir() {
            inputs.gather_folder(path, format)?;
            continue;
        }
        // A pipe has no name that says anything.
        let shape = format.shape(found.is_file().then_some(path)).ok_or_else(|| {
            Failure::Usage(format!(
                "the name of {} does not tell what it holds; hint: --format ndjson if every line is an event, json for one \
                 JSON document, raw to send the file as one event as it is",
                path.display()
            ))
        })?;
        let len = if found.is_file() { found.len() } else { 0 };
        inputs.push(Some(path.clone()), shape, len)?;
    }
    let mut seen = HashSet::new();
    inputs.files.retain(|input| seen.insert(input.path.clone()));
    Ok(inputs)
}

impl Inputs {
    fn push(&mut self, path: Option<PathBuf>, shape: Shape, len: u64) -> Result<(), Failure> {
        if self.files.len() >= FILES_MAX {
            return Err(Failure::Usage(format!(
                "there are more than {FILES_MAX} files; hint: send a part of the folders at a time"
            )));
        }
        self.files.push(Input { path, shape, len });
        Ok(())
    }

    fn gather_folder(&mut self, folder: &Path, format: Format) -> Result<(), Failure> {
        let list = || -> io::Result<Vec<_>> {
            let entries = fs::read_dir(folder)?;
            entries.map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))).collect()
        };
        let mut found = list().map_err(|error| unreadable(folder, &error))?;
        found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (path, kind) in found {
            let hidden = path.file_name().is_some_and(|name| OsStr::as_bytes(name).starts_with(b"."));
            let reason = match format.shape(Some(&path)) {
                _ if hidden => "hidden",
                _ if kind.is_dir() => {
                    self.gather_folder(&path, format)?;
                    continue;
                }
                _ if kind.is_symlink() => "a symbolic link",
                _ if !kind.is_file() => "no regular file",
                None => "its name does not tell what it holds; see --format",
                Some(shape) => {
                    let len = fs::metadata(&path).map_err(|error| unreadable(&path, &error))?.len();
                    self.push(Some(path), shape, len)?;
                    continue;
                }
            };
            self.skipped.push((path, reason));
        }
        Ok(())
    }
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Failed(format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_sent_by_name_without_what_is_hidden_linked_or_unknown() {
        let folder = std::env::temp_dir().join(format!("mainstay-inputs-{}", std::process::id()));
        fs::create_dir_all(folder.join("b/c")).unwrap();
        for name in ["b/c/2.ndjson", "b/1.json", "a.jsonl", ".hidden.json", "notes.txt", "z.json"] {
            fs::write(folder.join(name), "{}").unwrap();
        }
        std::os::unix::fs::symlink(folder.join("z.json"), folder.join("link.json")).unwrap();

        let inputs = gather(&[folder.join("z.json"), folder.clone()], Format::Auto).unwrap();
        let raw = gather(std::slice::from_ref(&folder), Format::Raw).unwrap();
        let unknown = gather(&[folder.join("notes.txt")], Format::Auto);
        let stdin = gather(&["-".into(), "-".into()], Format::Auto);

        let names = |inputs: &Inputs| -> Vec<_> {
            let path = |input: &Input| input.path.clone().unwrap().strip_prefix(&folder).unwrap().to_owned();
            inputs.files.iter().map(path).map(|path| path.display().to_string()).collect()
        };
        assert_eq!(names(&inputs), ["z.json", "a.jsonl", "b/1.json", "b/c/2.ndjson"]);
        assert_eq!(inputs.files[1].shape, Shape::Lines);
        assert_eq!(inputs.files[1].len, 2);
        assert_eq!(inputs.skipped.len(), 3);
        assert_eq!(names(&raw), ["a.jsonl", "b/1.json", "b/c/2.ndjson", "notes.txt", "z.json"]);
        assert!(matches!(unknown, Err(Failure::Usage(_))) && matches!(stdin, Err(Failure::Usage(_))));
        assert!(gather(&[folder.join("none")], Format::Auto).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
