//! What both pages show of a setting.

use crate::config::{Console, Entry, Origin, Reload, Secrecy, find};
use crate::services::settings::Shown;

/// A setting.
pub(super) struct SettingView {
    pub(super) key: &'static str,
    pub(super) section: &'static str,
    pub(super) doc: String,
    pub(super) type_text: String,
    pub(super) bounds: String,
    pub(super) value: String,
    pub(super) default: String,
    /// Who set the value.
    pub(super) origin: String,
    /// What the console set and something from outside overrules.
    pub(super) overruled: Option<String>,
    pub(super) takes_effect: &'static str,
    /// Whether the value is another than the default.
    pub(super) is_changed: bool,
    /// Whether the console set something that can be taken back.
    pub(super) is_stored: bool,
    pub(super) is_secret: bool,
    /// Why the console cannot set it now; none: it can.
    pub(super) closed: Option<String>,
    pub(super) choices: &'static [&'static str],
    /// The environment variables that set it.
    pub(super) variables: String,
}

impl From<Shown> for SettingView {
    fn from(shown: Shown) -> Self {
        let entry = find(shown.key);
        let closed = closed(&shown, entry);
        let overruled = shown.stored.clone().filter(|_| shown.origin != Origin::Console);
        let variables = entry.map(|entry| match entry.plain_variable() {
            Some(plain) => format!("{} or {plain}", entry.variable()),
            None => entry.variable(),
        });
        Self {
            key: shown.key,
            section: entry.map_or("", Entry::section),
            is_changed: shown.value != shown.default || shown.origin != Origin::Default,
            is_stored: shown.stored.is_some(),
            is_secret: entry.is_some_and(|entry| entry.secrecy() == Secrecy::Secret),
            takes_effect: match (shown.console, shown.reload) {
                (Console::Settable, Reload::Live) => "at once",
                (Console::Outside, Reload::Live) => "at reload",
                (_, Reload::Restart) => "at the next start",
            },
            doc: shown.doc,
            type_text: shown.type_text,
            bounds: shown.bounds,
            value: shown.value,
            default: shown.default,
            origin: told(&shown.origin),
            overruled,
            closed,
            choices: entry.map_or(&[], Entry::choices),
            variables: variables.unwrap_or_default(),
        }
    }
}

/// Says who set a value.
fn told(origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::Console => "console".to_owned(),
        Origin::File { .. } => format!("file {origin}"),
        Origin::Environment(name) => format!("environment {name}"),
        Origin::Flag => "flag --set".to_owned(),
    }
}

fn closed(shown: &Shown, entry: Option<&Entry>) -> Option<String> {
    if shown.is_writable() {
        return None;
    }
    if shown.console == Console::Settable {
        let origin = told(&shown.origin);
        return Some(format!("It is set by {origin}: change it there, or take it out there first."));
    }
    let variable = entry.map_or_else(String::new, Entry::variable);
    Some(format!(
        "It is needed before the database is open: set it in the configuration file or by {variable}."
    ))
}
