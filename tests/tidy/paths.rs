//! Finds the paths that a source names, macros and `use` trees included.
//!
//! It reads tokens rather than syntax, because what stands in a macro call has no syntax until the macro is known.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// One path, such as `crate::domain::ids::Seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPath {
    /// Its words; a glob ends in `*`.
    pub(crate) segments: Vec<String>,
    /// Line of its first word.
    pub(crate) line: usize,
    /// Inline modules around it, outermost first.
    pub(crate) inside: Vec<String>,
    /// Whether a `use` names it, and for whom.
    pub(crate) usage: Usage,
    /// The name it gets by `as`.
    alias: Option<String>,
}

/// How a path is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// In code.
    Inline,
    /// By `use`.
    Import,
    /// By `pub use`.
    Reexport,
}

impl NamedPath {
    /// Returns the name it is known by where it is imported.
    pub(crate) fn name(&self) -> Option<&str> {
        self.alias.as_deref().or(self.segments.last().map(String::as_str))
    }

    /// Tells whether these words stand in it in a row.
    pub(crate) fn contains(&self, words: &[&str]) -> bool {
        self.segments.windows(words.len()).any(|window| window.iter().eq(words))
    }

    /// Tells whether it starts with these words.
    pub(crate) fn starts_with(&self, words: &[&str]) -> bool {
        self.segments.iter().take(words.len()).eq(words)
    }
}

/// Returns every path of two words or more, and those of one word that a `use` names.
pub(crate) fn paths(tokens: &TokenStream) -> Vec<NamedPath> {
    let mut found = Vec::new();
    walk(&trees(tokens), &[], &mut found);
    found
}

/// Returns the tokens of a stream as a slice can hold them.
pub(crate) fn trees(tokens: &TokenStream) -> Vec<TokenTree> {
    tokens.clone().into_iter().collect()
}

/// Returns the word, if the token is one.
pub(crate) fn word(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string().trim_start_matches("r#").to_owned()),
        _ => None,
    }
}

/// Tells whether the token is this sign.
pub(crate) fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

/// Returns what stands in the brackets of that kind, if the token is such a group.
pub(crate) fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<Vec<TokenTree>> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(trees(&group.stream())),
        _ => None,
    }
}

fn walk(tokens: &[TokenTree], inside: &[String], found: &mut Vec<NamedPath>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = word(tokens.get(at + 1));
        at = match (word(Some(token)).as_deref(), next) {
            (Some("mod"), Some(name)) => {
                if let Some(body) = group(tokens.get(at + 2), Delimiter::Brace) {
                    walk(&body, &[inside, &[name]].concat(), found);
                }
                at + 3
            }
            // The brackets of `pub(in crate::store)` grant, they do not import.
            (Some("pub"), None) if group(tokens.get(at + 1), Delimiter::Parenthesis).is_some() => at + 2,
            (Some("use"), _) => {
                let usage = if is_public(tokens, at) { Usage::Reexport } else { Usage::Import };
                let first = if is_colons(tokens, at + 1) { at + 3 } else { at + 1 };
                read(tokens, first, &[], &Context { inside, usage }, found)
            }
            (Some(_), _) if is_start(tokens, at) => {
                read(tokens, at, &[], &Context { inside, usage: Usage::Inline }, found)
            }
            _ => {
                if let TokenTree::Group(group) = token {
                    walk(&trees(&group.stream()), inside, found);
                }
                at + 1
            }
        };
    }
}

struct Context<'a> {
    inside: &'a [String],
    usage: Usage,
}

/// Reads the path, or the tree of a `use`, that starts here and returns the place behind it.
fn read(
    tokens: &[TokenTree],
    start: usize,
    prefix: &[String],
    context: &Context<'_>,
    found: &mut Vec<NamedPath>,
) -> usize {
    let mut segments = prefix.to_vec();
    let mut at = start;
    loop {
        if let Some(word) = word(tokens.get(at)) {
            segments.push(word);
        } else if is_sign(tokens.get(at), '*') {
            segments.push("*".to_owned());
        } else if let Some(tree) = group(tokens.get(at), Delimiter::Brace) {
            for branch in tree.split(|token| is_sign(Some(token), ',')).filter(|branch| !branch.is_empty()) {
                read(branch, 0, &segments, context, found);
            }
            return at + 1;
        } else {
            // A turbofish: its types are paths of their own.
            break;
        }
        at += 1;
        if !is_colons(tokens, at) {
            break;
        }
        at += 2;
    }
    let line = tokens.get(start).map_or(0, |token| token.span().start().line);
    let alias = if word(tokens.get(at)).as_deref() == Some("as") { word(tokens.get(at + 1)) } else { None };
    if segments.last().is_some_and(|last| last == "self") && segments.len() > 1 {
        segments.pop();
    }
    if segments.len() > 1 || context.usage != Usage::Inline {
        found.push(NamedPath {
            segments,
            line,
            inside: context.inside.to_vec(),
            usage: context.usage,
            alias,
        });
    }
    at.max(start + 1)
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let joint = matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint);
    joint && is_sign(tokens.get(at), ':') && is_sign(tokens.get(at + 1), ':')
}

fn is_public(tokens: &[TokenTree], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|place| tokens.get(place));
    let public = |token: Option<&TokenTree>| word(token).as_deref() == Some("pub");
    public(before(1)) || (group(before(1), Delimiter::Parenthesis).is_some() && public(before(2)))
}

/// Tells whether a word starts a path: it is no method or field, and no associated item behind `<T>::`.
fn is_start(tokens: &[TokenTree], at: usize) -> bool {
    let before = |back: usize, sign: char| {
        let token = at.checked_sub(back).and_then(|place| tokens.get(place));
        is_sign(token, sign)
    };
    let method = before(1, '.') && !before(2, '.');
    let associated = before(1, ':') && before(2, ':') && before(3, '>');
    !method && !associated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        paths(&text.parse().unwrap()).iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn use_trees_are_spread_out() {
        let text = "pub use crate::a::{b::C, d::{self, E as F}, *}; use redb; use ::ring::hmac;";
        assert_eq!(
            found(text),
            ["crate::a::b::C", "crate::a::d", "crate::a::d::E", "crate::a::*", "redb", "ring::hmac"]
        );
        let all = paths(&text.parse().unwrap());
        assert_eq!((all[2].name(), all[2].usage), (Some("F"), Usage::Reexport));
    }

    #[test]
    fn paths_in_code_macros_attributes_and_types_are_found() {
        let text = "#[derive(clap::Parser)] fn f(x: Vec<super::g::H>) -> [u8; crate::i::N] {
            info!(seq, \"{}\", crate::j::k(toml::from_str::<crate::l::M>(x)));
            x.toml::<u8>(); <T as crate::o::P>::q(); ..crate::r::S }";
        assert_eq!(
            found(text),
            [
                "clap::Parser",
                "super::g::H",
                "crate::i::N",
                "crate::j::k",
                "toml::from_str",
                "crate::l::M",
                "crate::o::P",
                "crate::r::S"
            ]
        );
    }

    #[test]
    fn inline_modules_and_visibility_are_told_apart() {
        let text = "pub(in crate::store) fn f() {} mod tests { use super::*; }";
        let all = paths(&text.parse().unwrap());
        assert_eq!(all.len(), 1);
        assert_eq!(
            (all[0].segments.join("::"), all[0].inside.as_slice()),
            ("super::*".to_owned(), &["tests".to_owned()][..])
        );
    }
}
