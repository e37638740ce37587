//! Reads the repository and reports what breaks a rule.

use proc_macro2::TokenStream;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Folders and files that are made, not written.
const MADE: [&str; 5] = [".git", "target", "mainstay-data", "mainstay-demo", "Cargo.lock"];

/// A text file of the repository.
#[derive(Debug)]
pub(crate) struct TextFile {
    /// Path from the repository's root, with `/`.
    pub(crate) path: String,
    /// Contents.
    pub(crate) text: String,
}

/// A Rust source as tokens.
#[derive(Debug)]
pub(crate) struct Source {
    /// Path from the repository's root, with `/`.
    pub(crate) path: String,
    /// Contents.
    pub(crate) text: String,
    /// The same as tokens.
    pub(crate) tokens: TokenStream,
}

impl Source {
    /// Reads a text as the source of that path.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let tokens = text.parse::<TokenStream>();
        assert!(tokens.is_ok(), "{path} is not Rust; hint: `cargo check` shows where");
        let tokens = tokens.unwrap_or_default();
        Self { path: path.to_owned(), text: text.to_owned(), tokens }
    }

    /// Tells whether it lies under a folder such as `src/http/`, or is that very file.
    pub(crate) fn is_under(&self, place: &str) -> bool {
        self.path == place || (place.ends_with('/') && self.path.starts_with(place))
    }
}

/// A breach of a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    /// Notes a breach; `what` says what is wrong and, after `hint:`, the way out.
    pub(crate) fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

/// Fails the test that found anything, with a list of places.
pub(crate) fn assert_none(mut findings: Vec<Finding>) {
    findings.sort();
    let mut list = String::new();
    for Finding { path, line, what } in &findings {
        writeln!(list, "{path}:{line}: {what}").expect("a string takes any text");
    }
    assert!(findings.is_empty(), "{} places break this rule:\n{list}", findings.len());
}

/// Returns the repository's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every text file of the repository.
pub(crate) fn text_files() -> Vec<TextFile> {
    let mut files = Vec::new();
    collect(&root(), &root(), &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Returns every Rust source of the program, its tests and its benchmarks, which lie among the tests.
pub(crate) fn sources() -> Vec<Source> {
    let of_ours = |path: &str| ["src/", "tests/"].iter().any(|folder| path.starts_with(folder));
    let files = text_files().into_iter();
    files
        .filter(|file| {
            of_ours(&file.path) && Path::new(&file.path).extension().is_some_and(|kind| kind == "rs")
        })
        .map(|file| Source::new(&file.path, &file.text))
        .collect()
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<TextFile>) {
    for entry in std::fs::read_dir(folder).expect("the repository is readable") {
        let entry = entry.expect("the repository is readable");
        let path = entry.path();
        let made = MADE.iter().any(|made| entry.file_name() == *made) || path.join("CACHEDIR.TAG").exists();
        if made {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let relative =
                path.strip_prefix(root).expect("it lies below the root").to_string_lossy().into_owned();
            files.push(TextFile { path: relative, text });
        }
    }
}
