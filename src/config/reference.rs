//! The table of all settings: reading, showing, the example file and the README walk it.

use crate::config::cors::CorsConfig;
use crate::config::environment;
use crate::config::field::Field;
use crate::config::idempotency::IdempotencyConfig;
use crate::config::kind::Kind;
use crate::config::limits::LimitsConfig;
use crate::config::listen::ListenConfig;
use crate::config::logging::LoggingConfig;
use crate::config::ops::OpsConfig;
use crate::config::raw::{Raw, Refusal};
use crate::config::schemes::SchemeConfig;
use crate::config::setting::{Console, PlainName, Reload, Row, Secrecy, Setting};
use crate::config::shutdown::ShutdownConfig;
use crate::config::store::StoreConfig;
use crate::config::tls::TlsConfig;
use crate::config::whole::Config;
use std::sync::LazyLock;

/// One setting as the reference tells it.
pub struct Entry {
    key: &'static str,
    doc: &'static str,
    row: &'static Row,
    field: Box<dyn Send + Sync + Fn(&mut Config) -> &mut dyn Field>,
}

/// Stands for the value of a secret.
const HIDDEN: &str = "(hidden)";

/// What the names of all variables that are settings begin with.
pub(super) const VARIABLE_PREFIX: &str = "MAINSTAY_";

/// Returns every setting, section by section.
pub fn reference() -> &'static [Entry] {
    static REFERENCE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        let mut entries = Vec::new();
        lift(&mut entries, environment::SETTINGS, |config| &mut config.environment);
        lift(&mut entries, ListenConfig::SETTINGS, |config| &mut config.listen);
        lift(&mut entries, TlsConfig::SETTINGS, |config| &mut config.tls);
        lift(&mut entries, LimitsConfig::SETTINGS, |config| &mut config.limits);
        lift(&mut entries, IdempotencyConfig::SETTINGS, |config| &mut config.idempotency);
        lift(&mut entries, StoreConfig::SETTINGS, |config| &mut config.store);
        lift(&mut entries, LoggingConfig::SETTINGS, |config| &mut config.logging);
        lift(&mut entries, ShutdownConfig::SETTINGS, |config| &mut config.shutdown);
        lift(&mut entries, OpsConfig::SETTINGS, |config| &mut config.ops);
        lift(&mut entries, CorsConfig::SETTINGS, |config| &mut config.cors);
        entries
    });
    &REFERENCE
}

/// Name and documentation of every section of the file, in the reference's order.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    ListenConfig::ABOUT,
    TlsConfig::ABOUT,
    LimitsConfig::ABOUT,
    IdempotencyConfig::ABOUT,
    StoreConfig::ABOUT,
    LoggingConfig::ABOUT,
    ShutdownConfig::ABOUT,
    OpsConfig::ABOUT,
    CorsConfig::ABOUT,
];

/// Makes a section's settings settings of the whole.
fn lift<S: 'static>(
    entries: &mut Vec<Entry>,
    settings: &'static [Setting<S>],
    section: fn(&mut Config) -> &mut S,
) {
    entries.extend(settings.iter().map(|setting| Entry {
        key: setting.key,
        doc: setting.doc,
        row: &setting.row,
        field: Box::new(move |config| (setting.field)(section(config))),
    }));
}

impl Entry {
    /// Returns the key, such as `listen.https`.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// Returns the section's name, empty for a setting without one.
    pub fn section(&self) -> &'static str {
        self.key.split_once('.').map_or("", |(section, _)| section)
    }

    /// Returns the key within its section.
    pub fn name(&self) -> &'static str {
        self.key.split_once('.').map_or(self.key, |(_, name)| name)
    }

    /// Returns what the setting does, in one line.
    pub fn doc(&self) -> String {
        in_one_line(self.doc)
    }

    /// Returns the type in words.
    pub fn type_text(&self) -> String {
        self.row.kind.words()
    }

    /// Returns the words that the value may be; empty where it is no choice among a few.
    pub fn choices(&self) -> &'static [&'static str] {
        match self.row.kind {
            Kind::Choice(words) => words,
            _ => &[],
        }
    }

    /// Tells whether the value may name machines and people besides the appliance: networks, names, other sites, paths.
    pub fn tells_of_others(&self) -> bool {
        [Kind::NETWORKS, Kind::NAMES, Kind::ORIGINS, Kind::OPTIONAL_PATH].contains(&self.row.kind)
    }

    /// Returns the bounds in words, empty where there are none.
    pub fn bounds_text(&self) -> String {
        let bounds = self.row.kind.bounds().unwrap_or_default();
        join_given([&bounds, self.row.bounds_note], ", ")
    }

    /// Returns the default as it is written with `--set`.
    pub fn default_text(&self) -> String {
        self.text(&Config::default())
    }

    /// Returns what the default depends on or stands for, empty for most.
    pub fn default_note(&self) -> &'static str {
        self.row.default_note
    }

    /// Returns the default as `show` writes it, and the note to it.
    pub(super) fn default_shown(&self, show: impl Fn(&str) -> String) -> String {
        join_given([&show(&self.default_text().replace(',', ", ")), self.default_note()], "; ")
    }

    /// Tells whether a running appliance takes a change.
    pub fn reload(&self) -> Reload {
        self.row.reload
    }

    /// Tells whether the console may set it.
    pub fn console(&self) -> Console {
        match self.row.reload {
            Reload::Live => Console::Settable,
            Reload::Restart => Console::Outside,
        }
    }

    /// Tells whether the value may be shown.
    pub fn secrecy(&self) -> Secrecy {
        self.row.secrecy
    }

    /// Returns the environment variable, such as `MAINSTAY_LISTEN__HTTPS`.
    pub fn variable(&self) -> String {
        format!("{VARIABLE_PREFIX}{}", self.key.replace('.', "__").to_uppercase())
    }

    /// Returns the plain environment variable, such as `LOG_LEVEL`, if there is one.
    pub fn plain_variable(&self) -> Option<&'static str> {
        self.row.plain.map(|plain| plain.name)
    }

    /// Returns the value in a configuration as it is written with `--set`.
    pub fn text(&self, config: &Config) -> String {
        // One accessor per setting serves reading and writing; the copy is what that costs here.
        let mut config = config.clone();
        (self.field)(&mut config).text(&self.row.kind)
    }

    /// Returns the value in a configuration, hidden if it is a secret.
    pub fn shown(&self, config: &Config) -> String {
        self.hide(self.text(config))
    }

    /// Returns how the value is written in the file, hidden if it is a secret.
    pub fn toml(&self, config: &Config) -> String {
        self.row.kind.toml(&self.shown(config))
    }

    /// Returns a text of the value, hidden if it is a secret.
    pub fn hide(&self, text: String) -> String {
        match self.row.secrecy {
            Secrecy::Public => text,
            Secrecy::Secret => HIDDEN.to_owned(),
        }
    }

    pub(super) fn plain(&self) -> Option<PlainName> {
        self.row.plain
    }

    pub(super) fn read(&self, config: &mut Config, raw: &Raw) -> Result<(), Refusal> {
        (self.field)(config).read(&self.row.kind, raw)
    }
}

/// Returns the setting of a key.
pub fn find(key: &str) -> Option<&'static Entry> {
    reference().iter().find(|entry| entry.key == key)
}

/// Returns what a section is about, in one line; empty for the settings without one.
pub fn section_about(name: &str) -> String {
    SECTIONS
        .iter()
        .find(|(section, _)| *section == name)
        .map_or_else(String::new, |(_, doc)| in_one_line(doc))
}

/// Returns documentation without its line breaks.
pub(super) fn in_one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the reference as a table in Markdown.
pub fn reference_markdown() -> String {
    let mut table = String::from(
        "| Setting | Does | Type | Default | Bounds | Plain variable | Takes effect | Console |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for entry in reference() {
        push_row(
            &mut table,
            [
                code(entry.key),
                entry.doc(),
                entry.type_text(),
                entry.default_shown(code),
                entry.bounds_text(),
                code(entry.plain_variable().unwrap_or_default()),
                match entry.reload() {
                    Reload::Restart => "at start".to_owned(),
                    Reload::Live => "at reload".to_owned(),
                },
                match entry.console() {
                    Console::Settable => "yes".to_owned(),
                    Console::Outside => "no".to_owned(),
                },
            ],
        );
    }
    table
}

/// Returns the fields of an own signature scheme as a table in Markdown.
pub fn schemes_markdown() -> String {
    let mut table = String::from("| Field | Does | Type | Default | Bounds |\n|---|---|---|---|---|\n");
    for setting in SchemeConfig::SETTINGS {
        let default = (setting.field)(&mut SchemeConfig::default()).text(&setting.row.kind);
        let bounds = setting.row.kind.bounds().unwrap_or_default();
        let type_text = setting.row.kind.words();
        let cells = [code(setting.name()), in_one_line(setting.doc), type_text, code(&default), bounds];
        push_row(&mut table, cells);
    }
    table
}

fn push_row<const N: usize>(table: &mut String, cells: [String; N]) {
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    table.extend(["| ", cells.join(" | ").as_str(), " |\n"]);
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

fn join_given(texts: [&str; 2], separator: &str) -> String {
    let given: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    given.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::environment::Environment;
    use std::collections::HashSet;

    #[test]
    fn every_setting_is_documented_and_named_once() {
        let mut names = HashSet::new();
        for entry in reference() {
            assert!(entry.doc().ends_with('.') && entry.doc().len() > 20, "{}", entry.key);
            assert!(names.insert(entry.key.to_owned()), "{}", entry.key);
            assert!(names.insert(entry.variable()), "{}", entry.key);
            assert!(entry.plain_variable().is_none_or(|name| names.insert(name.to_owned())), "{}", entry.key);
            let in_section = SECTIONS.iter().any(|(name, _)| *name == entry.section());
            assert!(in_section || entry.section().is_empty(), "{}", entry.key);
        }
    }

    #[test]
    fn every_default_is_read_back_from_its_own_text() {
        for environment in [Environment::Development, Environment::Production] {
            let defaults = Config::defaults(environment);
            for entry in reference() {
                let mut config = Config::default();
                entry.read(&mut config, &Raw::Text(entry.text(&defaults))).unwrap();
                assert_eq!(entry.text(&config), entry.text(&defaults), "{}", entry.key);
            }
        }
    }

    #[test]
    fn what_the_console_may_set_takes_effect_at_once() {
        for entry in reference().iter().filter(|entry| entry.console() == Console::Settable) {
            assert_eq!(entry.reload(), Reload::Live, "{}", entry.key);
        }
    }

    #[test]
    fn the_table_has_a_row_for_every_setting() {
        let table = reference_markdown();
        assert_eq!(table.lines().count(), reference().len() + 2);
        assert!(table.lines().all(|line| line.replace("\\|", "").matches('|').count() == 9), "{table}");
    }
}
