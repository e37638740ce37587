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

/// Words that name nothing in particular.
const COY_NAMES: [&str; 8] = ["said", "held", "placed", "seam", "glance", "trail", "wish", "clerk"];

/// Words that give a name to what follows.
const NAMING: [&str; 7] = ["fn", "struct", "enum", "trait", "type", "mod", "const"];

/// Returns the names that a source's items give, with their lines.
fn named(source: &Source) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    each_pair(&trees(&source.tokens), &mut |first, second| {
        if word(Some(first)).is_some_and(|first| NAMING.contains(&first.as_str()))
            && let Some(name) = word(Some(second))
        {
            found.push((name, second.span().start().line));
        }
    });
    found
}

fn each_pair(tokens: &[TokenTree], take: &mut impl FnMut(&TokenTree, &TokenTree)) {
    for (first, second) in tokens.iter().zip(tokens.iter().skip(1)) {
        take(first, second);
    }
    for token in tokens {
        if let TokenTree::Group(inner) = token {
            each_pair(&trees(&inner.stream()), take);
        }
    }
}

fn coy_names(source: &Source) -> Vec<Finding> {
    let is_coy = |name: &str| COY_NAMES.contains(&name.to_ascii_lowercase().as_str());
    let what = |name: &str| format!("`{name}` is a coy name; hint: use the field's standard term");
    let coy = named(source).into_iter().filter(|(name, _)| is_coy(name));
    coy.map(|(name, line)| Finding::new(&source.path, line, what(&name))).collect()
}

/// Returns the public types of a source: those that its whole floor or more can name.
fn public_types(source: &Source) -> Vec<(String, usize)> {
    let tokens = trees(&source.tokens);
    let mut types = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_type = word(Some(token))
            .is_some_and(|word| ["struct", "enum", "trait", "type"].contains(&word.as_str()));
        let Some(name) = word(tokens.get(at + 1)).filter(|_| is_type) else { continue };
        let mut before = tokens.iter().take(at).rev();
        let last = before.next();
        let reach = group(last, Delimiter::Parenthesis);
        let is_public = match &reach {
            Some(reach) => word(reach.first()).is_some_and(|first| first != "super"),
            None => word(last).as_deref() == Some("pub"),
        };
        if is_public {
            types.push((name, token.span().start().line));
        }
    }
    types
}

/// Finds public types of one name in a floor.
fn namesakes(sources: &[Source]) -> Vec<Finding> {
    let mut seen = std::collections::HashMap::new();
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("src/")) {
        let floor = source.path.split('/').nth(1).unwrap_or_default().to_owned();
        for (name, line) in public_types(source) {
            if let Some(first) = seen.insert((floor.clone(), name.clone()), source.path.clone()) {
                let what = format!(
                    "`{name}` is the name of a public type in {first} too; hint: name one of them by what is its own"
                );
                findings.push(Finding::new(&source.path, line, what));
            }
        }
    }
    findings
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
    fn names_are_standard_terms() {
        assert_none(
            sources().iter().filter(|source| source.path.starts_with("src/")).flat_map(coy_names).collect(),
        );
    }

    #[test]
    fn no_two_public_types_of_a_floor_have_one_name() {
        assert_none(namesakes(&sources()));
    }

    #[test]
    fn namesakes_and_coy_names_are_found() {
        let of = |text: &str| Source::new("src/a/b.rs", text);
        let twice = [
            of("pub struct A; pub(super) struct C;"),
            of("pub(crate) enum A {} struct C; pub(super) enum C {}"),
        ];
        assert_eq!(namesakes(&twice).len(), 1);
        assert_eq!(coy_names(&of("mod said; impl B { fn held() {} } pub struct Wish;")).len(), 3);
        assert_eq!(coy_names(&of("fn f(held: u8) { said.wish() }")).len(), 0);
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
