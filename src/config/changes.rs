//! What changed between two configurations, and what of it a running appliance takes.

use crate::config::checks;
use crate::config::load::Loaded;
use crate::config::problem::Problems;
use crate::config::raw::Raw;
use crate::config::reference::reference;
use crate::config::setting::Reload;
use crate::config::whole::Config;

/// A setting with two values, hidden if it is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: &'static str,
    /// The value before.
    pub old: String,
    /// The value after.
    pub new: String,
}

/// What changed, by when it takes effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What a running appliance takes.
    pub live: Vec<Change>,
    /// What the next start takes.
    pub restart: Vec<Change>,
}

/// Compares a running configuration with one that was read again.
pub(super) fn changes(old: &Config, new: &Config) -> Changes {
    let mut changes = Changes::default();
    for entry in reference().iter().filter(|entry| entry.text(old) != entry.text(new)) {
        let change = Change { key: entry.key(), old: entry.shown(old), new: entry.shown(new) };
        match entry.reload() {
            Reload::Live => changes.live.push(change),
            Reload::Restart => changes.restart.push(change),
        }
    }
    if old.schemes != new.schemes {
        let names = |config: &Config| {
            config.schemes.iter().map(|scheme| scheme.name.as_str()).collect::<Vec<_>>().join(",")
        };
        changes.restart.push(Change { key: "schemes", old: names(old), new: names(new) });
    }
    changes
}

/// Takes of a new configuration what a running one can take, and leaves the rest for the next start. Refused if the
/// two do not fit together, such as a larger body in a journal that grows only at the next start.
pub fn take_live(running: &Loaded, new: &Loaded) -> Result<(Loaded, Changes), Problems> {
    let changes = changes(&running.config, &new.config);
    let mut taken = Loaded { warnings: new.warnings.clone(), ..running.clone() };
    for entry in reference().iter().filter(|entry| entry.reload() == Reload::Live) {
        let read = entry.read(&mut taken.config, &Raw::Text(entry.text(&new.config)));
        read.expect("a setting's own text is read back");
        let fresh = new.provenance.iter().find(|row| row.key == entry.key());
        let row = taken.provenance.iter_mut().find(|row| row.key == entry.key());
        if let (Some(row), Some(fresh)) = (row, fresh) {
            row.clone_from(fresh);
        }
    }
    checks::accept(&taken.config, &|key| taken.origin(key))?;
    Ok((taken, changes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::load;
    use crate::config::logging::LogLevel;
    use crate::config::problem::Origin;
    use crate::config::sources::Sources;

    fn loaded(flags: &[&str]) -> Loaded {
        load(&Sources::new().with_flags(flags.iter().copied())).unwrap()
    }

    #[test]
    fn changes_are_told_apart_by_when_they_take_effect() {
        let old = Config::default();
        let mut new = old.clone();
        assert_eq!(changes(&old, &new), Changes::default());
        new.logging.level = LogLevel::Debug;
        new.ops.allow.clear();
        new.listen.connections_max = 5;

        let changes = changes(&old, &new);

        let keys = |changes: &[Change]| changes.iter().map(|change| change.key).collect::<Vec<_>>();
        assert_eq!(keys(&changes.live), ["logging.level", "ops.allow"]);
        assert_eq!(keys(&changes.restart), ["listen.connections_max"]);
        assert_eq!((changes.restart[0].old.as_str(), changes.restart[0].new.as_str()), ("16384", "5"));
    }

    #[test]
    fn a_running_appliance_takes_what_is_live_and_says_again_what_waits() {
        let new = loaded(&["limits.in_flight_max=5", "listen.connections_max=6"]);
        let (running, changes) = take_live(&loaded(&[]), &new).unwrap();
        assert_eq!((changes.live.len(), changes.restart.len()), (1, 1));
        assert_eq!((running.config.limits.in_flight_max, running.config.listen.connections_max), (5, 16_384));
        assert_eq!(running.origin("limits.in_flight_max"), Origin::Flag);
        assert_eq!(running.origin("listen.connections_max"), Origin::Default);
        let (_, again) = take_live(&running, &new).unwrap();
        assert_eq!((again.live.len(), again.restart.len()), (0, 1));
    }

    #[test]
    fn what_fits_only_after_a_restart_is_refused_before_it() {
        let new = loaded(&["limits.body_bytes_max=8MiB", "store.journal_segment_bytes=32MiB"]);
        let problems = take_live(&loaded(&[]), &new).unwrap_err();
        assert_eq!(problems.0[0].key, "limits.body_bytes_max");
    }
}
