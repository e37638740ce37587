//! Dependencies are explained where they are listed, and used.

use crate::paths::{trees, word};
use crate::tree::{Finding, Source};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::HashSet;

/// A dependency and the line that lists it.
#[derive(Debug)]
struct Dependency {
    name: String,
    line: usize,
    explained: bool,
}

fn dependencies(manifest: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut listed = false;
    let mut explained = false;
    for (number, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            listed = line.trim_end_matches(']').ends_with("dependencies");
        } else if let Some((name, _)) =
            line.split_once('=').filter(|_| listed && line.starts_with(char::is_alphabetic))
        {
            let name = name.split('.').next().unwrap_or_default().trim();
            found.push(Dependency { name: name.to_owned(), line: number + 1, explained });
        }
        explained = line.starts_with("# ");
    }
    found
}

fn unexplained(manifest: &str) -> Vec<Finding> {
    let found = dependencies(manifest);
    let without = found.iter().filter(|dependency| !dependency.explained);
    let what =
        |name: &str| format!("`{name}` is not explained; hint: say in a comment above it what it is for");
    without.map(|dependency| Finding::new("Cargo.toml", dependency.line, what(&dependency.name))).collect()
}

fn unused(manifest: &str, sources: &[Source]) -> Vec<Finding> {
    let mut words = HashSet::new();
    for source in sources {
        collect_words(&source.tokens, &mut words);
    }
    let found = dependencies(manifest);
    let without = found.iter().filter(|dependency| !words.contains(&dependency.name.replace('-', "_")));
    let what = |name: &str| format!("no source names `{name}`; hint: remove it from Cargo.toml");
    without.map(|dependency| Finding::new("Cargo.toml", dependency.line, what(&dependency.name))).collect()
}

fn collect_words(tokens: &TokenStream, words: &mut HashSet<String>) {
    for token in trees(tokens) {
        words.extend(word(Some(&token)));
        if let TokenTree::Group(group) = token {
            collect_words(&group.stream(), words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_none, root, sources};

    fn manifest() -> String {
        std::fs::read_to_string(root().join("Cargo.toml")).unwrap()
    }

    #[test]
    fn every_dependency_says_what_it_is_for() {
        assert_none(unexplained(&manifest()));
    }

    #[test]
    fn every_dependency_is_named_in_the_code() {
        assert_none(unused(&manifest(), &sources()));
    }

    #[test]
    fn silent_and_idle_dependencies_are_found() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\n# Why.\nhttp-body = \"1\"\nhttp = \"1\"\n[lints.rust]\na = 1";
        let sources = [Source::new("src/a.rs", "use http_body::Body;")];
        assert_eq!(unexplained(manifest), [Finding::new("Cargo.toml", 6, unexplained_text())]);
        assert_eq!(unused(manifest, &sources).len(), 1);
        assert_eq!(dependencies(manifest).len(), 2);
    }

    fn unexplained_text() -> &'static str {
        "`http` is not explained; hint: say in a comment above it what it is for"
    }
}
