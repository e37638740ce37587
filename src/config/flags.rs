//! `--set KEY=VALUE`.

use crate::config::file::unknown_key;
use crate::config::problem::{Origin, Problem};
use crate::config::raw::{Raw, shortened};
use crate::config::reference;
use crate::config::sources::Assignment;

pub(super) fn read(flags: &[String], assignments: &mut Vec<Assignment>, problems: &mut Vec<Problem>) {
    for flag in flags {
        let Some((key, value)) = flag.split_once('=') else {
            let hint = "write --set KEY=VALUE, such as --set listen.https=127.0.0.1:8443";
            problems.push(Problem::new(shortened(flag), Origin::Flag, "no value", hint));
            continue;
        };
        match reference::find(key.trim()) {
            Some(entry) => {
                assignments.push(Assignment::new(entry, Raw::Text(value.to_owned()), Origin::Flag));
            }
            None if key.trim().starts_with("schemes.") => {
                let reason = "schemes stand in the configuration file alone";
                let hint = "write [schemes.NAME] and its fields into it";
                problems.push(Problem::new(shortened(key.trim()), Origin::Flag, reason, hint));
            }
            None => problems.push(unknown_key(key.trim(), Origin::Flag)),
        }
    }
}
