//! Secrets that the environment, files and the service manager give.

use crate::app::start::GivenSecrets;
use crate::config::{self, Environment, Origin, Problem, Problems, SecretVariable};
use crate::domain::secret::Secret;
use std::path::Path;

/// Returns the name of every secret and where it was given, if it was. None is read.
pub fn origins() -> Result<Vec<(&'static str, Option<Origin>)>, Problems> {
    let origin = |variable: SecretVariable| {
        let found = config::secret_origin(variable, |name| std::env::var_os(name), Path::exists)?;
        Ok((variable.name(), found))
    };
    SecretVariable::ALL.into_iter().map(origin).collect()
}

/// Reads the secrets of a server, and looks whether they are good enough. Returns what is wrong with any of them, all
/// at once, or else them and what is unwise.
pub fn given(environment: Environment) -> Result<(GivenSecrets, Vec<Problem>), Problems> {
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    let mut read = |variable| {
        let found = config::secret(
            variable,
            |name| std::env::var_os(name),
            |path: &Path| std::fs::read_to_string(path),
        );
        let checked = found.and_then(|found| {
            if let Some(text) = &found {
                warnings.extend(config::check_secret(variable, text, environment)?);
            }
            Ok(found)
        });
        match checked {
            Ok(found) => found.map(Secret::new),
            Err(Problems(found)) => {
                problems.extend(found);
                None
            }
        }
    };
    let given = GivenSecrets {
        operator_password: read(SecretVariable::OperatorPassword),
        webhook_secret: read(SecretVariable::WebhookSecret),
        api_key: read(SecretVariable::ApiKey),
    };
    if problems.is_empty() { Ok((given, warnings)) } else { Err(Problems(problems)) }
}
