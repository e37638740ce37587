//! Environment variables that are settings.

use crate::config::nearest::{meant, nearest};
use crate::config::problem::{Origin, Problem};
use crate::config::raw::{Raw, shortened};
use crate::config::reference::{Entry, VARIABLE_PREFIX, reference};
use crate::config::sources::Assignment;
use std::ffi::OsString;

/// Variables that begin like settings and are none: paths, an appliance elsewhere with its authority and token, the first operator and the export of the
/// keys, read where they are used, and switches of the tests.
const OTHERS: [&str; 11] = [
    "MAINSTAY_CONFIG",
    "MAINSTAY_DATA_DIR",
    "MAINSTAY_KEYS_PASSPHRASE",
    "MAINSTAY_KEYS_PASSPHRASE_FILE",
    "MAINSTAY_KILLS",
    "MAINSTAY_OPERATOR_PASSWORD",
    "MAINSTAY_OPERATOR_PASSWORD_FILE",
    "MAINSTAY_REQUIRE_BROWSER",
    "MAINSTAY_CA",
    "MAINSTAY_TOKEN",
    "MAINSTAY_URL",
];

/// Beginnings of what Kubernetes puts into every container beside a service named `mainstay`.
const SERVICE_LINKS: [&str; 3] = ["MAINSTAY_SERVICE_HOST", "MAINSTAY_SERVICE_PORT", "MAINSTAY_PORT"];

/// Collects the assignments of all variables that are settings, plain names first: of a plain name and one with the
/// prefix for the same setting the latter holds.
pub(super) fn read(
    environment: &[(OsString, OsString)],
    assignments: &mut Vec<Assignment>,
    problems: &mut Vec<Problem>,
) {
    let mut variables: Vec<(&str, &OsString)> =
        environment.iter().filter_map(|(name, value)| Some((name.to_str()?, value))).collect();
    variables.sort_unstable();
    let (prefixed, others): (Vec<_>, Vec<_>) =
        variables.into_iter().partition(|(name, _)| name.starts_with(VARIABLE_PREFIX));
    for (name, value) in others {
        let is_plain = |entry: &&Entry| entry.plain_variable() == Some(name);
        // Compose files hand on variables that are not set as empty ones.
        if !value.is_empty()
            && let Some(entry) = reference().iter().find(is_plain)
        {
            assign(name, value, entry, assignments, problems);
        }
    }
    for (name, value) in prefixed.into_iter().filter(|(name, _)| !is_foreign(name)) {
        match reference().iter().find(|entry| entry.variable() == name) {
            Some(entry) => assign(name, value, entry, assignments, problems),
            None => problems.push(unknown(name)),
        }
    }
}

fn assign(
    name: &str,
    value: &OsString,
    entry: &'static Entry,
    assignments: &mut Vec<Assignment>,
    problems: &mut Vec<Problem>,
) {
    let origin = Origin::Environment(name.to_owned());
    let Some(text) = value.to_str() else {
        problems.push(Problem::new(entry.key(), origin, "not UTF-8", "write it in ASCII or UTF-8"));
        return;
    };
    let translated = match entry.plain() {
        Some(plain) if plain.name == name => (plain.translate)(text),
        _ => text.to_owned(),
    };
    let shown = shortened(text);
    assignments.push(Assignment { entry, raw: Raw::Text(translated), shown, origin });
}

fn is_foreign(name: &str) -> bool {
    let is_link = |link: &str| name.strip_prefix(link).is_some_and(|rest| !rest.starts_with("__"));
    OTHERS.contains(&name) || SERVICE_LINKS.iter().any(|link| is_link(link))
}

/// The value is not shown: it may be a secret under a mistyped name.
fn unknown(name: &str) -> Problem {
    let variables: Vec<String> = reference().iter().map(Entry::variable).collect();
    let known = variables.iter().map(String::as_str).chain(OTHERS);
    // What all of them begin with makes no two alike.
    let known = known.filter_map(|known| known.strip_prefix(VARIABLE_PREFIX));
    let nearest = nearest(name.strip_prefix(VARIABLE_PREFIX).unwrap_or(name), known);
    let nearest = nearest.map(|known| format!("{VARIABLE_PREFIX}{known}"));
    let hint = meant(nearest, "variables are MAINSTAY_ and the key in upper case, with __ for its dot");
    Problem::new(shortened(name), Origin::Environment(shortened(name)), "no such setting", hint)
}
