//! What every command returns.

use crate::app::directory::DirectoryError;
use crate::app::keys::transfer::TransferError;
use crate::app::offline::OfflineError;
use crate::app::start::StartError;
use crate::config::{Problem, Problems};
use crate::services::refusal::Refusal;
use crate::store::error::ErrorChain;
use serde_json::{Value, json};
use std::fmt;
use std::process::ExitCode;

/// Why a command ends with another code than 0, with the message for people.
#[derive(Debug)]
pub enum Failure {
    /// 1: something failed, or a check found a problem. An empty message: it was said already.
    Failed(String),
    /// 2: the appliance refused; nothing has changed.
    Refused(String),
    /// 64: the command line makes no sense.
    Usage(String),
    /// 78: the configuration is wrong.
    Configuration(String),
    /// 78: settings are wrong, each told by itself.
    Problems(Problems),
}

impl Failure {
    /// Returns the exit code.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Refused(_) => 2,
            Self::Usage(_) => 64,
            Self::Configuration(_) | Self::Problems(_) => 78,
        })
    }

    /// Returns what is wrong with the configuration as scripts read it; none if something else is wrong.
    pub fn problems_json(&self) -> Option<Value> {
        let problems = match self {
            Self::Problems(Problems(problems)) => problems.iter().map(problem_json).collect(),
            Self::Configuration(_) => {
                let (reason, hint) = self.told();
                vec![json!({ "key": null, "value": null, "origin": null, "reason": reason, "hint": hint })]
            }
            Self::Failed(_) | Self::Refused(_) | Self::Usage(_) => return None,
        };
        Some(json!({ "valid": false, "problems": problems }))
    }

    /// Returns the message in two: what is wrong, and what to do about it.
    pub fn told(&self) -> (String, Option<String>) {
        let message = self.to_string();
        match message.split_once(HINT) {
            Some((seen, hint)) => (seen.to_owned(), Some(hint.to_owned())),
            None => (message, None),
        }
    }

    /// Makes a failure of an error with all its causes.
    pub fn from_error(error: &dyn std::error::Error) -> Self {
        Self::Failed(ErrorChain(error).to_string())
    }
}

/// What stands between what is wrong and what to do about it.
const HINT: &str = "; hint: ";

fn problem_json(problem: &Problem) -> Value {
    let Problem { key, value, origin, reason, hint } = problem;
    let key = (!key.is_empty()).then_some(key);
    json!({ "key": key, "value": value, "origin": origin.to_string(), "reason": reason, "hint": hint })
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problems(problems) => problems.fmt(f),
            Self::Failed(message)
            | Self::Refused(message)
            | Self::Usage(message)
            | Self::Configuration(message) => f.write_str(message),
        }
    }
}

impl From<OfflineError> for Failure {
    fn from(error: OfflineError) -> Self {
        match &error {
            OfflineError::Opening(opening) if opening.is_sealing_key() => {
                Self::Configuration(ErrorChain(&error).to_string())
            }
            _ => Self::from_error(&error),
        }
    }
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        Self::from_error(&error)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let message = ErrorChain(&error).to_string();
        // A service manager must not start again and again what only other settings, certificates or keys can mend.
        let lasting = match &error {
            StartError::Tls(_) | StartError::Writable(_) => true,
            StartError::Keys(keys) => keys.is_lasting(),
            StartError::Open(open) => open.is_sealing_key(),
            StartError::WebhookSecret(refusal) => !matches!(refusal, Refusal::Unavailable(_)),
            _ => false,
        };
        if lasting { Self::Configuration(message) } else { Self::Failed(message) }
    }
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        let message = ErrorChain(&error).to_string();
        match error {
            refusal if refusal.is_refusal() => Self::Refused(message),
            TransferError::Keys(keys) if keys.is_lasting() => Self::Configuration(message),
            _ => Self::Failed(message),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::from_error(&error)
    }
}
