//! What files are called, and what stands in `mod.rs`.

use crate::paths::{group, is_sign, trees, word};
use crate::tree::{Finding, Source};
use proc_macro2::{Delimiter, TokenTree};

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "helpers", "helper", "common", "misc", "types"];

/// Words that start an item with logic or data of its own.
const ITEMS: [&str; 10] =
    ["fn", "struct", "enum", "trait", "impl", "union", "const", "static", "type", "macro_rules"];

fn is_table_of_contents(source: &Source) -> bool {
    source.path.starts_with("src/") && (source.path == "src/lib.rs" || source.path.ends_with("/mod.rs"))
}

fn names(source: &Source) -> Vec<Finding> {
    let parts = source.path.split('/').map(|part| part.trim_end_matches(".rs"));
    let empty = parts.filter(|part| EMPTY_NAMES.contains(part));
    let what = |name| format!("`{name}` says nothing of what is inside; hint: name the idea the file holds");
    empty.map(|name| Finding::new(&source.path, 1, what(name))).collect()
}

fn purpose(source: &Source) -> Option<Finding> {
    let what = "the file does not say what it is for; hint: begin it with a `//!` line";
    (!starts_with_purpose(source)).then(|| Finding::new(&source.path, 1, what))
}

fn starts_with_purpose(source: &Source) -> bool {
    source.text.starts_with("//!")
}

fn contents(source: &Source) -> Vec<Finding> {
    let tokens = trees(&source.tokens);
    let mut findings = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let line = token.span().start().line;
        let Some(word) = word(Some(token)) else { continue };
        if ITEMS.contains(&word.as_str()) {
            let what = format!("`{word}` in a table of contents; hint: give it a file of its own");
            findings.push(Finding::new(&source.path, line, what));
        }
        if word != "mod" {
            continue;
        }
        if !is_sign(tokens.get(at + 2), ';') {
            let what = "a module with a body in a table of contents; hint: give it a file of its own";
            findings.push(Finding::new(&source.path, line, what));
        }
        if !is_documented(&tokens, at) {
            let what = "a `mod` line without a doc comment; hint: say in one line what is there";
            findings.push(Finding::new(&source.path, line, what));
        }
    }
    findings
}

/// Tells whether one of the attributes before the word `mod` is a doc comment.
fn is_documented(tokens: &[TokenTree], at: usize) -> bool {
    let mut before = tokens.iter().take(at).rev().peekable();
    before.next_if(|token| group(Some(token), Delimiter::Parenthesis).is_some());
    before.next_if(|token| word(Some(token)).as_deref() == Some("pub"));
    while let Some(attribute) = before.next().and_then(|token| group(Some(token), Delimiter::Bracket)) {
        let outer = before.next().is_some_and(|token| is_sign(Some(token), '#'));
        if outer && word(attribute.first()).as_deref() == Some("doc") {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_none, sources};

    #[test]
    fn file_names_say_what_is_inside() {
        assert_none(sources().iter().flat_map(names).collect());
    }

    #[test]
    fn every_file_says_first_what_it_is_for() {
        assert_none(sources().iter().filter_map(purpose).collect());
    }

    #[test]
    fn mod_files_hold_documented_mod_lines_and_reexports_alone() {
        let sources = sources();
        let tables = sources.iter().filter(|source| is_table_of_contents(source));
        assert_none(tables.flat_map(contents).collect());
    }

    #[test]
    fn breaches_are_found() {
        let of = |text: &str| contents(&Source::new("src/a/mod.rs", text)).len();
        assert_eq!(of("//! A.\n/// B.\n#[cfg(test)]\npub(crate) mod b;\npub use self::b::C;"), 0);
        assert_eq!(of("//! A.\nmod b;"), 1);
        assert_eq!(of("//! A.\n/// B.\nmod b;\nmod c;"), 1);
        assert_eq!(of("fn f() {}"), 1);
        assert_eq!(of("/// T.\nmod tests { fn f() {} }"), 1);
        assert_eq!(names(&Source::new("src/http/utils.rs", "")).len(), 1);
        assert_eq!(names(&Source::new("tests/common/mod.rs", "")).len(), 1);
        assert!(purpose(&Source::new("src/a.rs", "use b;")).is_some());
    }
}
