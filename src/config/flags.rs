//! `--set KEY=VALUE`.

use crate::config::file::unknown_key;
use crate::config::problem::{Origin, Problem};
use crate::config::raw::{Raw, shortened};
use crate::config::reference;
use crate::config::sources::Assignment;

/// Collects the assignments of all flags.
pub(super) fn read(flags: &[String], assignments: &mut Vec<Assignment>, problems: &mut Vec<Problem>) {
    for flag in flags {
        let Some((key, value)) = flag.split_once('=') else {
            let (key, reason) = (shortened(flag), "no value".to_owned());
            let hint = "write --set KEY=VALUE, such as --set listen.https=127.0.0.1:8443".to_owned();
            problems.push(Problem { key, value: None, origin: Origin::Flag, reason, hint });
            continue;
        };
        match reference::find(key.trim()) {
            Some(entry) => {
                assignments.push(Assignment::new(entry, Raw::Text(value.to_owned()), Origin::Flag));
            }
            None if key.trim().starts_with("schemes.") => {
                let reason = "schemes stand in the configuration file alone".to_owned();
                let hint = "write [schemes.NAME] and its fields into it".to_owned();
                let (key, origin) = (shortened(key.trim()), Origin::Flag);
                problems.push(Problem { key, value: None, origin, reason, hint });
            }
            None => problems.push(unknown_key(key.trim(), Origin::Flag)),
        }
    }
}
