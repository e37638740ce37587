//! The configuration file, flattened to keys and values.

use crate::config::nearest::{meant, nearest};
use crate::config::problem::{Origin, Problem};
use crate::config::raw::{Raw, shortened};
use crate::config::reference::{self, SECTIONS, reference};
use crate::config::scheme_tables::{self, SchemeField, SchemeTable};
use crate::config::sources::{Assignment, SourceFile};
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Longest file that is read: the example with every comment is a tenth of it.
const FILE_LEN_MAX: usize = 256 * 1024;

/// Collects the file's assignments and everything that is wrong with its keys and its form. Tells whether it has the form
/// of TOML; of one that has not nothing is taken.
pub(super) fn read(
    file: &SourceFile,
    assignments: &mut Vec<Assignment>,
    schemes: &mut Vec<SchemeTable>,
    problems: &mut Vec<Problem>,
) -> bool {
    if file.text.len() > FILE_LEN_MAX {
        let reason = format!("longer than {} KiB", FILE_LEN_MAX / 1024);
        problems.push(Problem::new("", origin(file, None), reason, "name the right file"));
        return false;
    }
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    if errors.is_empty() {
        Reader { file, assignments, schemes, problems }.read_root(table.get_ref());
        return true;
    }
    for error in errors {
        let reason = format!("not TOML: {}", error.message());
        let at = origin(file, error.span().map(|span| span.start));
        let problem = Problem::new("", at, reason, "`mainstay config example` prints a file to start from");
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    false
}

struct Reader<'a> {
    file: &'a SourceFile,
    assignments: &'a mut Vec<Assignment>,
    schemes: &'a mut Vec<SchemeTable>,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn read_root(&mut self, root: &DeTable<'_>) {
        for (name, value) in root {
            let at = origin(self.file, Some(name.span().start));
            let is_section = SECTIONS.iter().any(|(section, _)| section == name.get_ref());
            match value.get_ref() {
                // `"listen.https" = …` in quotes is one key with a dot in it, not a key of a section.
                _ if name.get_ref().contains('.') => self.problems.push(unknown_key(name.get_ref(), at)),
                DeValue::Table(tables) if name.get_ref() == scheme_tables::SECTION => {
                    self.read_schemes(tables);
                }
                DeValue::Table(section) if is_section => self.read_section(name.get_ref(), section),
                DeValue::Table(_) if reference::find(name.get_ref()).is_none() => {
                    self.unknown_section(name.get_ref(), at);
                }
                _ if is_section => {
                    let hint = format!("write [{}] and its settings below it", name.get_ref());
                    let key = shortened(name.get_ref());
                    self.problems.push(Problem::new(key, at, "a section, not a setting", hint));
                }
                value => self.assign(name.get_ref(), value, at),
            }
        }
    }

    fn read_section(&mut self, section: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let at = origin(self.file, Some(name.span().start));
            self.assign(&format!("{section}.{}", name.get_ref()), value.get_ref(), at);
        }
    }

    fn read_schemes(&mut self, tables: &DeTable<'_>) {
        for (name, value) in tables {
            let at = origin(self.file, Some(name.span().start));
            let DeValue::Table(table) = value.get_ref() else {
                let key = format!("{}.{}", scheme_tables::SECTION, name.get_ref());
                let hint = "write [schemes.NAME] and the scheme's fields below it";
                self.problems.push(Problem::new(shortened(&key), at, "not a scheme's table", hint));
                continue;
            };
            let field = |(name, value): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| SchemeField {
                name: name.get_ref().to_string(),
                raw: raw(value.get_ref()),
                origin: origin(self.file, Some(name.span().start)),
            };
            let fields = table.iter().map(field).collect();
            self.schemes.push(SchemeTable { name: name.get_ref().to_string(), origin: at, fields });
        }
    }

    fn assign(&mut self, key: &str, value: &DeValue<'_>, at: Origin) {
        match reference::find(key) {
            Some(entry) => self.assignments.push(Assignment::new(entry, raw(value), at)),
            None => self.problems.push(unknown_key(key, at)),
        }
    }

    fn unknown_section(&mut self, name: &str, at: Origin) {
        let sections = SECTIONS.iter().map(|(section, _)| *section).chain([scheme_tables::SECTION]);
        let nearest = nearest(name, sections).map(|section| format!("[{section}]"));
        let hint = meant(nearest, "`mainstay config example` lists every section");
        self.problems.push(Problem::new(shortened(name), at, "no such section", hint));
    }
}

/// Says that a key is none, and which one may have been meant. The value is not shown: it may be a secret under a
/// mistyped name.
pub(super) fn unknown_key(key: &str, at: Origin) -> Problem {
    let nearest = nearest(key, reference().iter().map(reference::Entry::key));
    let hint = meant(nearest, "`mainstay config example` lists every setting");
    Problem::new(shortened(key), at, "no such setting", hint)
}

fn origin(file: &SourceFile, offset: Option<usize>) -> Origin {
    let before = offset.and_then(|offset| file.text.get(..offset));
    let line = before.map(|before| before.matches('\n').count() + 1);
    Origin::File { path: file.path.clone(), line }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.clone().into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Raw::Other("a huge number"), Raw::Number),
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> =
                items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
            texts.map_or(Raw::Other("a list of other things than texts"), Raw::List)
        }
        DeValue::Float(_) => Raw::Other("a number with a fraction"),
        DeValue::Boolean(true) => Raw::Other("true"),
        DeValue::Boolean(false) => Raw::Other("false"),
        DeValue::Datetime(_) => Raw::Other("a date or time"),
        DeValue::Table(_) => Raw::Other("a table"),
    }
}
