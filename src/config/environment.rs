//! `environment`: development or production.

use crate::config::choice::choice;
use crate::config::kind::Kind;
use crate::config::problem::{Problem, Problems};
use crate::config::setting::{Row, Setting};

choice! {
    /// What the appliance runs for.
    #[derive(Default)]
    pub enum Environment {
        /// Trying and building: what is unsafe is a warning.
        #[default]
        Development = "development",
        /// Real data: what is unsafe stops the start.
        Production = "production",
    }
}

impl Environment {
    /// Returns what is unwise: in development as a warning, in production as an error.
    pub(super) fn judge(self, problem: Problem) -> Result<Option<Problem>, Problems> {
        match self {
            Self::Development => Ok(Some(problem)),
            Self::Production => Err(Problems(vec![problem])),
        }
    }
}

/// The one setting without a section.
pub(super) const SETTINGS: &[Setting<Environment>] = &[Setting {
    key: "environment",
    doc: " What the appliance runs for. In production plain HTTP on an address that others reach, metrics on a\n \
          public address, a well-known secret, a key file that every user can read and a data directory that others may\n \
          write to stop the start; in development they are warnings.",
    row: Row::of(Kind::Choice(Environment::WORDS)).plain_as("NODE_ENV", node_environment),
    field: |environment| environment,
}];

/// Node's `test` is no production.
fn node_environment(text: &str) -> String {
    let text = text.trim();
    if text.eq_ignore_ascii_case("test") {
        Environment::Development.as_str().to_owned()
    } else {
        text.to_owned()
    }
}
