//! Secrets from the environment that are no settings: the first operator's password, the passphrase of an export of
//! the keys, the first source's secret.

use crate::config::environment::Environment;
use crate::config::problem::{Origin, Problem, Problems};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Which secret is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretVariable {
    /// The first operator's password: `MAINSTAY_OPERATOR_PASSWORD` or `ARC_OPERATOR_PASSWORD`.
    OperatorPassword,
    /// The passphrase of an export of the keys: `MAINSTAY_KEYS_PASSPHRASE`.
    KeysPassphrase,
    /// The secret of source `default` of tenant `default`: `WEBHOOK_SECRET`.
    WebhookSecret,
    /// The text of a token of tenant `system` with every scope: `API_KEY`.
    ApiKey,
}

impl SecretVariable {
    /// Every secret.
    pub const ALL: [Self; 4] =
        [Self::OperatorPassword, Self::KeysPassphrase, Self::WebhookSecret, Self::ApiKey];

    /// Returns the name of the variable that holds it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OperatorPassword => "MAINSTAY_OPERATOR_PASSWORD",
            Self::KeysPassphrase => "MAINSTAY_KEYS_PASSPHRASE",
            Self::WebhookSecret => "WEBHOOK_SECRET",
            Self::ApiKey => "API_KEY",
        }
    }

    /// Returns the variables that may hold it, the first one set does.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::OperatorPassword => &["MAINSTAY_OPERATOR_PASSWORD", "ARC_OPERATOR_PASSWORD"],
            Self::KeysPassphrase => &["MAINSTAY_KEYS_PASSPHRASE"],
            Self::WebhookSecret => &["WEBHOOK_SECRET"],
            Self::ApiKey => &["API_KEY"],
        }
    }

    /// Returns the name of the service manager's credential that may hold it (`LoadCredential=` of systemd).
    fn credential(self) -> String {
        self.name().trim_start_matches("MAINSTAY_").to_ascii_lowercase()
    }
}

/// Names the directory of the service manager's credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

enum Place {
    /// In a variable.
    Variable(&'static str, OsString),
    /// In the file that a variable names.
    File(String, PathBuf),
    /// In the service manager's credential, if there is one of its name.
    Credential(PathBuf),
}

/// Finds out where a secret is; empty variables count as not set.
fn place(
    variable: SecretVariable,
    find: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Place>, Problems> {
    let find = |name: &str| find(name).filter(|value| !value.is_empty());
    for name in variable.names() {
        let file_name = format!("{name}_FILE");
        match (find(name), find(&file_name)) {
            (None, None) => {}
            (Some(_), Some(_)) => {
                return Err(problem(&file_name, format!("{name} is set too"), "set only one of them"));
            }
            (Some(value), None) => return Ok(Some(Place::Variable(name, value))),
            (None, Some(path)) => return Ok(Some(Place::File(file_name, path.into()))),
        }
    }
    let credential = |directory| Place::Credential(PathBuf::from(directory).join(variable.credential()));
    Ok(find(CREDENTIALS).map(credential))
}

/// Returns a secret from its variable, or from the file that the variable with `_FILE` behind its name names, or else
/// from the service manager's credential; of files without the last line ending. Empty variables count as not set.
pub fn secret(
    variable: SecretVariable,
    find: impl Fn(&str) -> Option<OsString>,
    read_file: impl Fn(&Path) -> io::Result<String>,
) -> Result<Option<String>, Problems> {
    match place(variable, find)? {
        None => Ok(None),
        Some(Place::Variable(name, value)) => {
            let not_text = || problem(name, "not UTF-8".to_owned(), "choose one of printable characters");
            value.into_string().map(Some).map_err(|_value| not_text())
        }
        Some(Place::File(name, path)) => read(&name, &path, read_file(&path)).map(Some),
        Some(Place::Credential(path)) => match read_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            found => read(CREDENTIALS, &path, found).map(Some),
        },
    }
}

/// Returns where a secret was given, without reading it; none if it was not.
pub fn secret_origin(
    variable: SecretVariable,
    find: impl Fn(&str) -> Option<OsString>,
    is_there: impl Fn(&Path) -> bool,
) -> Result<Option<Origin>, Problems> {
    Ok(place(variable, find)?.and_then(|place| match place {
        Place::Variable(name, _) => Some(Origin::Environment(name.to_owned())),
        Place::File(name, _) => Some(Origin::Environment(name)),
        Place::Credential(path) => is_there(&path).then_some(Origin::File { path, line: None }),
    }))
}

/// Texts that manuals and examples write where a secret belongs.
const PLACEHOLDERS: &[&str] = &[
    "admin",
    "api_key",
    "apikey",
    "change-me",
    "change_me",
    "changeit",
    "changeme",
    "default",
    "default-secret",
    "demo",
    "dev",
    "example",
    "mainstay",
    "password",
    "password123",
    "passwordpassword",
    "placeholder",
    "replace-me",
    "replaceme",
    "secret",
    "test",
    "webhook-secret",
    "webhook_secret",
    "whsec_test",
    "your-secret",
    "your-api-key",
    "your-secret-here",
    "your_api_key",
    "your_secret",
    "xxx",
];

/// Fewest characters of `API_KEY`, and fewest different ones: what is kept of it is a plain digest, so that nobody may
/// be able to try all texts.
const API_KEY_MIN: (usize, usize) = (24, 8);

/// Looks at a secret that was given: a well-known placeholder, or an `API_KEY` that can be guessed, is an error in
/// production, and in development a warning, which is returned.
pub fn check_secret(
    variable: SecretVariable,
    text: &str,
    environment: Environment,
) -> Result<Option<Problem>, Problems> {
    let known = text.trim().to_ascii_lowercase();
    let name = variable.name();
    let (len_min, distinct_min) = API_KEY_MIN;
    let weak = || {
        let distinct = text.chars().collect::<BTreeSet<_>>().len();
        variable == SecretVariable::ApiKey && (text.chars().count() < len_min || distinct < distinct_min)
    };
    let reason = if PLACEHOLDERS.contains(&known.as_str()) {
        "a well-known placeholder, which everybody tries first".to_owned()
    } else if weak() {
        format!("too easy to guess: fewer than {len_min} characters or {distinct_min} different ones")
    } else {
        return Ok(None);
    };
    let hint = "choose one at random, such as `openssl rand -hex 32`";
    environment.judge(Problem::new(name, Origin::Environment(name.to_owned()), reason, hint))
}

fn read(name: &str, path: &Path, found: io::Result<String>) -> Result<String, Problems> {
    let unreadable = |error: io::Error| {
        problem(name, format!("cannot read {}: {error}", path.display()), "name a file that can be read")
    };
    let text = found.map_err(unreadable)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        let reason = format!("{} is empty", path.display());
        return Err(problem(name, reason, "write the secret into it"));
    }
    Ok(line.to_owned())
}

fn problem(name: &str, reason: String, hint: &str) -> Problems {
    Problems(vec![Problem::new("", Origin::Environment(name.to_owned()), reason, hint)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        |wanted| pairs.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.into())
    }

    fn password(environment: &[(&str, &str)]) -> Result<Option<String>, Problems> {
        secret(SecretVariable::OperatorPassword, among(environment), |path| match path.to_str() {
            Some("/secret") => Ok("from file\r\n".to_owned()),
            Some("/empty") => Ok("\n".to_owned()),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        })
    }

    #[test]
    fn the_password_comes_from_a_variable_or_a_file() {
        assert_eq!(password(&[("HOME", "/root"), ("ARC_OPERATOR_PASSWORD", "")]), Ok(None));
        let both = [("ARC_OPERATOR_PASSWORD", "old"), ("MAINSTAY_OPERATOR_PASSWORD", "new")];
        assert_eq!(password(&both), Ok(Some("new".to_owned())));
        assert_eq!(password(&both[..1]), Ok(Some("old".to_owned())));
        let file = [("ARC_OPERATOR_PASSWORD_FILE", "/secret")];
        assert_eq!(password(&file), Ok(Some("from file".to_owned())));
    }

    #[test]
    fn the_first_sources_secret_comes_alike() {
        let read = |_: &Path| Ok("from file\n".to_owned());
        let given = |name: &str| secret(SecretVariable::WebhookSecret, among(&[(name, "x")]), read).unwrap();
        assert_eq!(given("WEBHOOK_SECRET").as_deref(), Some("x"));
        assert_eq!(given("WEBHOOK_SECRET_FILE").as_deref(), Some("from file"));
        assert_eq!(given("OTHER"), None);
    }

    #[test]
    fn a_credential_of_the_service_manager_comes_last() {
        let read = |path: &Path| match path.to_str() {
            Some("/run/c/api_key") => Ok("from credential\n".to_owned()),
            Some("/run/c/webhook_secret") => Ok("\n".to_owned()),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        let given = |variable, pairs: &[(&str, &str)]| secret(variable, among(pairs), read);
        let directory = ("CREDENTIALS_DIRECTORY", "/run/c");
        assert_eq!(given(SecretVariable::ApiKey, &[directory]).unwrap().as_deref(), Some("from credential"));
        let both = [directory, ("API_KEY", "from variable")];
        assert_eq!(given(SecretVariable::ApiKey, &both).unwrap().as_deref(), Some("from variable"));
        assert_eq!(given(SecretVariable::OperatorPassword, &[directory]), Ok(None));
        let empty = given(SecretVariable::WebhookSecret, &[directory]).unwrap_err().to_string();
        assert!(empty.contains("/run/c/webhook_secret is empty"), "{empty}");
    }

    #[test]
    fn where_a_secret_was_given_is_told_without_reading_it() {
        let origin = |pairs: &[(&str, &str)]| {
            let there = |path: &Path| path == Path::new("/run/c/api_key");
            let found = secret_origin(SecretVariable::ApiKey, among(pairs), there).unwrap();
            found.map(|origin| origin.to_string())
        };
        assert_eq!(origin(&[("API_KEY", ""), ("HOME", "/root")]), None);
        assert_eq!(origin(&[("API_KEY", "x")]).as_deref(), Some("environment API_KEY"));
        assert_eq!(origin(&[("API_KEY_FILE", "/none")]).as_deref(), Some("environment API_KEY_FILE"));
        assert_eq!(origin(&[("CREDENTIALS_DIRECTORY", "/run/c")]).as_deref(), Some("/run/c/api_key"));
        assert_eq!(origin(&[("CREDENTIALS_DIRECTORY", "/run/d")]), None);
        for variable in SecretVariable::ALL {
            assert_eq!(variable.names().first(), Some(&variable.name()));
        }
    }

    #[test]
    fn secrets_that_everybody_tries_are_refused_in_production_and_warned_of_in_development() {
        for (variable, text) in [
            (SecretVariable::WebhookSecret, "changeme"),
            (SecretVariable::OperatorPassword, " PasswordPassword"),
            (SecretVariable::ApiKey, "secret"),
            (SecretVariable::ApiKey, "q8Xw3nRt"),
            (SecretVariable::ApiKey, "abababababababababababababababab"),
        ] {
            let refused = check_secret(variable, text, Environment::Production).unwrap_err().to_string();
            assert!(refused.contains("hint: ") && !refused.contains(text), "{refused}");
            assert!(check_secret(variable, text, Environment::Development).unwrap().is_some());
        }
        let good = "7d1f0c9be4a85263f1907d1f0c9be4a8";
        for variable in [SecretVariable::ApiKey, SecretVariable::WebhookSecret] {
            assert_eq!(check_secret(variable, good, Environment::Production), Ok(None));
        }
    }

    #[test]
    fn the_passphrase_has_a_variable_of_its_own() {
        let environment =
            [("MAINSTAY_OPERATOR_PASSWORD", "other"), ("MAINSTAY_KEYS_PASSPHRASE", "long enough")];
        let found = secret(SecretVariable::KeysPassphrase, among(&environment), |_| {
            Err(io::ErrorKind::NotFound.into())
        });
        assert_eq!(found, Ok(Some("long enough".to_owned())));
    }

    #[test]
    fn a_password_that_cannot_be_had_is_a_problem_that_does_not_show_it() {
        let twice =
            [("MAINSTAY_OPERATOR_PASSWORD", "hunter2"), ("MAINSTAY_OPERATOR_PASSWORD_FILE", "/secret")];
        assert!(!password(&twice).unwrap_err().to_string().contains("hunter2"));
        assert!(password(&[("MAINSTAY_OPERATOR_PASSWORD_FILE", "/none")]).is_err());
        assert!(password(&[("MAINSTAY_OPERATOR_PASSWORD_FILE", "/empty")]).is_err());
    }
}
