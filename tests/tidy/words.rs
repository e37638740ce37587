//! Words that have no place in the repository: notes to oneself, switched-off tests, papers and folders that a reader
//! does not have.

use crate::tree::{Finding, TextFile};

/// Words, each broken in two so that this file does not hold it, with the way out.
const WORDS: &[(&str, &str, &str)] = &[
    ("TO", "DO", "do it now, or write an issue"),
    ("FIX", "ME", "fix it now, or write an issue"),
    ("XX", "X", "do it now, or write an issue"),
    ("DES", "IGN", "say it here; the reader has no other paper"),
    ("PROTO", "COLS.md", "cite the standard itself"),
    ("STYLE", ".md", "say it here; the reader has no other paper"),
];

/// Parts of words, likewise.
const PARTS: &[(&str, &str, &str)] = &[
    ("to", "do!", "write it"),
    ("#[ig", "nore", "make the test pass everywhere, or remove it"),
    ("issue", " #", "say what it is about; numbers move"),
    ("/wo", "rk/", "name no folder of one machine"),
    ("/ro", "ot/", "name no folder of one machine"),
];

/// Folders that only sources must not name: scripts and manuals may have to.
const PARTS_IN_SOURCES: &[(&str, &str, &str)] = &[("/tm", "p/", "ask the standard library for the folder")];

fn findings(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        let mut note = |word: &str, way_out: &str| {
            findings.push(Finding::new(&file.path, number + 1, format!("holds `{word}`; hint: {way_out}")));
        };
        for (head, tail, way_out) in WORDS {
            let word = [*head, *tail].concat();
            if holds_word(line, &word) {
                note(&word, way_out);
            }
        }
        let in_source = if file.path.starts_with("src/") { PARTS_IN_SOURCES } else { &[] };
        for (head, tail, way_out) in PARTS.iter().chain(in_source) {
            let part = [*head, *tail].concat();
            if line.contains(&part) {
                note(&part, way_out);
            }
        }
    }
    findings
}

/// Tells whether the word stands in the line with no letter, digit or underscore beside it.
fn holds_word(line: &str, word: &str) -> bool {
    let joins = |character: Option<char>| character.is_some_and(|one| one.is_alphanumeric() || one == '_');
    let alone = |(at, _): (usize, &str)| {
        let (before, rest) = line.split_at(at);
        !joins(before.chars().next_back()) && !joins(rest.chars().nth(word.chars().count()))
    };
    line.match_indices(word).any(alone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_none, text_files};

    #[test]
    fn no_file_holds_a_word_that_has_no_place_here() {
        assert_none(text_files().iter().flat_map(findings).collect());
    }

    #[test]
    fn such_words_are_found_alone_but_not_within_others() {
        let count = |path: &str, text: &str| {
            findings(&TextFile { path: path.to_owned(), text: text.to_owned() }).len()
        };
        assert_eq!(count("README.md", concat!("a TO", "DO: b\n(FIX", "ME)")), 2);
        assert_eq!(count("README.md", concat!("XX", "XX DES", "IGNED _TO", "DO")), 0);
        assert_eq!(count("src/a.rs", concat!("// /tm", "p/x and DES", "IGN 4")), 2);
        assert_eq!(count("README.md", concat!("cd /tm", "p/x")), 0);
    }
}
