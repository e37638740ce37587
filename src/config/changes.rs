//! What changed between two configurations.

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
pub fn reloadable_changes(old: &Config, new: &Config) -> Changes {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::logging::LogLevel;

    #[test]
    fn changes_are_told_apart_by_when_they_take_effect() {
        let old = Config::default();
        let mut new = old.clone();
        assert_eq!(reloadable_changes(&old, &new), Changes::default());
        new.logging.level = LogLevel::Debug;
        new.ops.allow.clear();
        new.listen.connections_max = 5;

        let changes = reloadable_changes(&old, &new);

        let keys = |changes: &[Change]| changes.iter().map(|change| change.key).collect::<Vec<_>>();
        assert_eq!(keys(&changes.live), ["logging.level"]);
        assert_eq!(keys(&changes.restart), ["listen.connections_max", "ops.allow"]);
        assert_eq!((changes.restart[0].old.as_str(), changes.restart[0].new.as_str()), ("16384", "5"));
    }
}
