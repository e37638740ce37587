//! What the console set, between the defaults and everything else.
//!
//! It stands in the database, which is open only after the rest of the configuration was read. So it is laid over a
//! configuration that is there already: where nothing from outside set a value, the console's holds.

use crate::config::checks;
use crate::config::load::{Loaded, provenance};
use crate::config::problem::{Origin, Problem, Problems, Provenance};
use crate::config::raw::{Raw, shortened};
use crate::config::reference::{self, Entry};
use crate::config::setting::Console;
use crate::config::whole::Config;
use std::collections::BTreeMap;

impl Loaded {
    /// Takes a configuration as if all that differs from the defaults had been set by `--set`.
    pub fn of(config: Config) -> Self {
        let defaults = Config::defaults(config.environment);
        let set = |key: &str| {
            let entry = reference::find(key).filter(|entry| entry.text(&config) != entry.text(&defaults));
            entry.map_or(Origin::Default, |_entry| Origin::Flag)
        };
        Self { provenance: provenance(&config, set), warnings: Vec::new(), config }
    }

    /// Returns who set a setting.
    pub fn origin(&self, key: &str) -> Origin {
        let row = self.provenance.iter().find(|row| row.key == key);
        row.map_or(Origin::Default, |row| row.origin.clone())
    }
}

/// Lays what the console set over a configuration. A value that is not accepted (a newer or older program may have
/// stored it) is left out; warnings say which and why.
pub fn overlay(outside: &Loaded, stored: &BTreeMap<String, String>) -> Loaded {
    let mut loaded = outside.clone();
    for (key, text) in stored {
        match set(&loaded, key, text) {
            Ok(more) => loaded = more,
            Err(Problems(problems)) => {
                let first = problems.into_iter().next();
                loaded.warnings.extend(first.map(|problem| ignored(key, text, problem)));
            }
        }
    }
    loaded
}

/// Checks a value that the console is to set over a configuration that holds what it set before; returns the value as
/// it is to be stored.
pub fn check_stored(present: &Loaded, key: &str, text: &str) -> Result<String, Problems> {
    set(present, key, text)?;
    let (entry, mut alone) = (settable(key, text)?, present.config.clone());
    read(entry, &mut alone, text)?;
    Ok(entry.text(&alone))
}

/// Returns a configuration with one value of the console's more, checked. A value that gives way to one from outside
/// changes nothing.
fn set(present: &Loaded, key: &str, text: &str) -> Result<Loaded, Problems> {
    let entry = settable(key, text)?;
    let mut config = present.config.clone();
    read(entry, &mut config, text)?;
    if !matches!(present.origin(key), Origin::Default | Origin::Console) {
        return Ok(present.clone());
    }
    let origin = |one: &str| if one == key { Origin::Console } else { present.origin(one) };
    let found = checks::accept(&config, &origin)?;
    let mut rows = provenance(&config, origin);
    rows.extend(beside_the_table(present));
    Ok(Loaded { config, provenance: rows, warnings: merged(&present.warnings, found) })
}

fn read(entry: &Entry, config: &mut Config, text: &str) -> Result<(), Problems> {
    let read = entry.read(config, &Raw::Text(text.to_owned()));
    read.map_err(|refusal| refused(entry, text, refusal.reason, refusal.hint))
}

/// Returns the rows of what is no setting of the table: own signature schemes.
fn beside_the_table(loaded: &Loaded) -> impl Iterator<Item = Provenance> {
    loaded.provenance.iter().filter(|row| reference::find(&row.key).is_none()).cloned()
}

fn merged(present: &[Problem], found: Vec<Problem>) -> Vec<Problem> {
    let mut all = present.to_vec();
    all.extend(found.into_iter().filter(|warning| !present.contains(warning)));
    all
}

fn settable(key: &str, text: &str) -> Result<&'static Entry, Problems> {
    let Some(entry) = reference::find(key) else {
        let hint = "`mainstay settings list` shows every setting".to_owned();
        return Err(Problems(vec![problem(key, shortened(text), "no such setting", hint)]));
    };
    match entry.console() {
        Console::Settable => Ok(entry),
        Console::Outside => {
            let reason = "not settable at the console: it is needed before the database is open";
            let hint = format!("set it in the configuration file or by {}", entry.variable());
            Err(refused(entry, text, reason, hint))
        }
    }
}

fn refused(entry: &Entry, text: &str, reason: impl Into<String>, hint: String) -> Problems {
    Problems(vec![problem(entry.key(), entry.hide(shortened(text)), reason, hint)])
}

fn problem(key: &str, value: String, reason: impl Into<String>, hint: String) -> Problem {
    Problem { value: Some(value), ..Problem::new(shortened(key), Origin::Console, reason, hint) }
}

/// Says of a stored value that it is ignored, also where it is another setting that it does not fit to.
fn ignored(key: &str, text: &str, found: Problem) -> Problem {
    let hint = format!("{}, or take it back with `mainstay settings reset {key}`", found.hint);
    let other = if found.key == key { String::new() } else { format!("{}: ", found.key) };
    let value = reference::find(key).map_or_else(|| shortened(text), |entry| entry.hide(shortened(text)));
    problem(key, value, format!("ignored: {other}{}", found.reason), hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::load;
    use crate::config::sources::Sources;
    use std::time::Duration;

    fn outside(flags: &[&str]) -> Loaded {
        load(&Sources::new().with_flags(flags.iter().copied())).unwrap()
    }

    fn stored(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn the_consoles_values_hold_over_defaults_and_give_way_to_everything_else() {
        let outside = outside(&["limits.in_flight_max=7"]);
        let laid =
            overlay(&outside, &stored(&[("limits.in_flight_max", "9"), ("limits.rate_limit_window", "2m")]));
        assert_eq!(laid.config.limits.in_flight_max, 7);
        assert_eq!(laid.config.limits.rate_limit_window, Duration::from_mins(2));
        assert_eq!(laid.origin("limits.in_flight_max"), Origin::Flag);
        assert_eq!(laid.origin("limits.rate_limit_window"), Origin::Console);
        assert_eq!(laid.warnings, []);
        assert!(laid.show().contains("# console"), "{}", laid.show());
    }

    #[test]
    fn what_is_not_accepted_is_left_out_with_a_reason() {
        let outside = outside(&["environment=production"]);
        let laid = overlay(
            &outside,
            &stored(&[
                ("cors.origins", "*"),
                ("limits.body_bytes_max", "64MiB"),
                ("limits.in_flight_max", "0"),
                ("limits.rate_limit_max", "5"),
                ("listen.https", "127.0.0.1:1"),
                ("limits.unheard_of", "1"),
            ]),
        );
        let warned: Vec<_> = laid.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(laid.config.limits.rate_limit_max, 5);
        let changed = laid.provenance.iter().filter(|row| row.origin == Origin::Console).count();
        assert_eq!((changed, warned.len()), (1, 5), "{warned:?}");
        for (line, key) in warned.iter().zip([
            "cors.origins",
            "limits.body_bytes_max",
            "limits.in_flight_max",
            "limits.unheard_of",
            "listen.https",
        ]) {
            assert!(line.starts_with(&format!("console: {key} = `")) && line.contains("ignored: "), "{line}");
            assert!(line.contains(&format!("settings reset {key}")), "{line}");
        }
    }

    #[test]
    fn a_value_is_stored_as_it_is_read_back_or_refused() {
        let present = outside(&["store.journal_segment_bytes=4MiB"]);
        assert_eq!(check_stored(&present, "limits.rate_limit_window", "120s").unwrap(), "2m");
        for (key, text, reason) in [
            ("limits.rate_limit_max", "many", "not a whole number"),
            ("limits.body_bytes_max", "2MiB", "more than a quarter"),
            ("store.cache_bytes", "32MiB", "not settable"),
            ("limits.x", "1", "no such setting"),
        ] {
            let refused = check_stored(&present, key, text).unwrap_err().to_string();
            assert!(refused.contains(reason) && refused.contains("hint: "), "{refused}");
        }
    }
}
