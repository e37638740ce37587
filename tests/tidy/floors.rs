//! A module imports only modules listed above it, in `src/lib.rs` and in every folder.

use crate::paths::{NamedPath, Usage, is_sign, paths, trees, word};
use crate::tree::{Finding, Source};
use std::collections::HashMap;

/// A module as its names from the crate's root; the root is empty.
type Module = Vec<String>;

/// The modules of the library in the order of their `mod` lines, and what they hand on from others.
#[derive(Debug, Default)]
struct Floors {
    children: HashMap<Module, Vec<String>>,
    reexports: HashMap<Module, HashMap<String, Module>>,
}

/// Returns the module that a source holds; nothing outside the library.
fn module_of(source: &Source) -> Option<Module> {
    let path = source.path.strip_prefix("src/").filter(|path| *path != "main.rs")?.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    Some(if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() })
}

/// Returns the names of the `mod name;` lines, in order.
fn mod_lines(source: &Source) -> Vec<String> {
    let tokens = trees(&source.tokens);
    let line = |window: &[_]| match window {
        [first, name, end] if word(Some(first)).as_deref() == Some("mod") && is_sign(Some(end), ';') => {
            word(Some(name))
        }
        _ => None,
    };
    tokens.windows(3).filter_map(line).collect()
}

impl Floors {
    fn read(sources: &[Source]) -> Self {
        let mut floors = Self::default();
        for (source, module) in sources.iter().filter_map(|source| Some((source, module_of(source)?))) {
            floors.children.insert(module, mod_lines(source));
        }
        for (source, module) in sources.iter().filter_map(|source| Some((source, module_of(source)?))) {
            for path in paths(&source.tokens).iter().filter(|path| path.usage == Usage::Reexport) {
                if let (Some(name), Some(target)) = (path.name(), floors.place(&module, path)) {
                    floors.reexports.entry(module.clone()).or_default().insert(name.to_owned(), target);
                }
            }
        }
        floors
    }

    fn is_module(&self, module: &[String]) -> bool {
        let Some((name, parent)) = module.split_last() else { return true };
        self.children.get(parent).is_some_and(|children| children.contains(name))
    }

    /// Returns the module that a path leads into; nothing if it leads out of the crate.
    fn place(&self, from: &[String], path: &NamedPath) -> Option<Module> {
        let mut place: Module = from.iter().chain(&path.inside).cloned().collect();
        let mut words = path.segments.iter();
        match words.next()?.as_str() {
            "crate" => place.clear(),
            "self" => {}
            "super" => {
                place.pop();
            }
            child
                if path.usage == Usage::Reexport && self.is_module(&[from, &[child.to_owned()]].concat()) =>
            {
                place.push(child.to_owned());
            }
            _ => return None,
        }
        for word in words {
            if word == "super" {
                place.pop();
            } else {
                place.push(word.clone());
            }
        }
        Some(self.enclosing(&place, from))
    }

    /// Cuts a path down to its module, following what an ancestor of `from` hands on.
    fn enclosing(&self, place: &[String], from: &[String]) -> Module {
        let mut len = 0;
        while len < place.len() && place.get(..=len).is_some_and(|longer| self.is_module(longer)) {
            len += 1;
        }
        let module = place.get(..len).unwrap_or_default();
        let handed_on = || self.reexports.get(module)?.get(place.get(len)?);
        match handed_on() {
            Some(target) if from.starts_with(module) => target.clone(),
            _ => module.to_vec(),
        }
    }

    /// Says what is wrong with `from` naming something in `to`.
    fn judge(&self, from: &[String], to: &[String]) -> Option<String> {
        if to.starts_with(from) {
            return None;
        }
        if from.starts_with(to) {
            let parent = format!("crate::{}", to.join("::"));
            let parent = parent.trim_end_matches("::");
            return Some(format!(
                "names `{parent}`, which it is part of; hint: name the module that holds the item"
            ));
        }
        if from.first().is_some_and(|floor| ["http", "api", "console"].contains(&floor.as_str()))
            && to.first().is_some_and(|floor| floor == "store")
        {
            return Some("the upper floors never name the store; hint: ask a service".to_owned());
        }
        let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        let (parent, below) = from.split_at(shared);
        let children = self.children.get(parent)?;
        let position = |name: Option<&String>| children.iter().position(|child| Some(child) == name);
        let (mine, other) = (below.first(), to.get(shared));
        (position(other) >= position(mine)).then(|| {
            let (mine, other) = (mine.map_or("", String::as_str), other.map_or("", String::as_str));
            format!("`{mine}` names `{other}`, which is listed below it; hint: move the item down to where both may reach it, or turn the dependency round")
        })
    }

    fn findings(&self, source: &Source) -> Vec<Finding> {
        let Some(module) = module_of(source) else { return Vec::new() };
        if !self.is_module(&module) {
            return vec![Finding::new(
                &source.path,
                1,
                "no `mod` line leads here; hint: add one or remove the file",
            )];
        }
        let judge = |path: &NamedPath| {
            let what = self.judge(&module, &self.place(&module, path)?)?;
            Some(Finding::new(&source.path, path.line, what))
        };
        paths(&source.tokens).iter().filter_map(judge).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_none, sources};

    /// Returns what is found in a small house of two floors when this file says that.
    fn found_in(path: &str, text: &str) -> usize {
        let mut house = vec![
            Source::new("src/lib.rs", "mod store; mod http;"),
            Source::new(
                "src/store/mod.rs",
                "mod keys; mod rows; mod wal; pub use self::wal::Wal; pub use rows::Row;",
            ),
            Source::new("src/http/mod.rs", "mod edge;"),
        ];
        house.push(Source::new(path, text));
        let floors = Floors::read(&house);
        house.iter().map(|source| floors.findings(source).len()).sum()
    }

    #[test]
    fn modules_import_only_what_is_listed_above_them() {
        let sources = sources();
        let floors = Floors::read(&sources);
        assert_none(sources.iter().flat_map(|source| floors.findings(source)).collect());
    }

    #[test]
    fn looking_up_is_allowed() {
        assert_eq!(
            found_in("src/store/rows.rs", "use crate::store::keys::Key; use super::keys; use std::fmt;"),
            0
        );
        assert_eq!(found_in("src/store/wal.rs", "use super::Row; fn f() { crate::store::Row::new() }"), 0);
        assert_eq!(
            found_in("src/store/keys.rs", "mod tests { use super::*; use crate::store::keys::Key; }"),
            0
        );
    }

    #[test]
    fn looking_down_is_found_in_every_spelling() {
        for text in [
            "use crate::store::wal::X;",
            "use super::{keys::K, wal::X};",
            "fn f() { super::wal::x() }",
            "fn f() { info!(\"{}\", crate::http::edge::x()) }",
            "use crate::store::Wal;",
            "use super::Wal;",
            "use super::*;",
            "use crate::store;",
            "mod tests { use super::super::wal::X; }",
        ] {
            assert_eq!(found_in("src/store/rows.rs", text), 1, "{text}");
        }
        assert_eq!(found_in("src/http/edge.rs", "use crate::store::Row;"), 1);
        assert_eq!(found_in("src/store/lost.rs", ""), 1);
    }
}
