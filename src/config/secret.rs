//! Secrets from the environment that are no settings: the first operator's password, the passphrase of an export of
//! the keys, the first source's secret.

use crate::config::problem::{Origin, Problem, Problems};
use std::ffi::OsString;
use std::io;
use std::path::Path;

/// Which secret is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretVariable {
    /// The first operator's password: `MAINSTAY_OPERATOR_PASSWORD` or `ARC_OPERATOR_PASSWORD`.
    OperatorPassword,
    /// The passphrase of an export of the keys: `MAINSTAY_KEYS_PASSPHRASE`.
    KeysPassphrase,
    /// The secret of source `default` of tenant `default`: `WEBHOOK_SECRET`.
    WebhookSecret,
}

impl SecretVariable {
    /// Returns the variables that may hold it, the first one set does.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::OperatorPassword => &["MAINSTAY_OPERATOR_PASSWORD", "ARC_OPERATOR_PASSWORD"],
            Self::KeysPassphrase => &["MAINSTAY_KEYS_PASSPHRASE"],
            Self::WebhookSecret => &["WEBHOOK_SECRET"],
        }
    }
}

/// Returns a secret from its variable, or from the file that the variable with `_FILE` behind its name names, without
/// the file's last line ending. Empty variables count as not set.
pub fn secret<N, V>(
    variable: SecretVariable,
    environment: impl IntoIterator<Item = (N, V)>,
    read_file: impl Fn(&Path) -> io::Result<String>,
) -> Result<Option<String>, Problems>
where
    N: Into<OsString>,
    V: Into<OsString>,
{
    let named = |(name, value): (N, V)| Some((name.into().into_string().ok()?, value.into()));
    let set: Vec<(String, OsString)> =
        environment.into_iter().filter_map(named).filter(|(_, value)| !value.is_empty()).collect();
    let find = |wanted: &str| set.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    for name in variable.names() {
        let file_name = format!("{name}_FILE");
        match (find(name), find(&file_name)) {
            (None, None) => {}
            (Some(_), Some(_)) => {
                return Err(problem(&file_name, format!("{name} is set too"), "set only one of them"));
            }
            (Some(value), None) => {
                let text = value.to_str().ok_or_else(|| {
                    problem(name, "not UTF-8".to_owned(), "choose one of printable characters")
                })?;
                return Ok(Some(text.to_owned()));
            }
            (None, Some(path)) => return read(&file_name, Path::new(path), &read_file).map(Some),
        }
    }
    Ok(None)
}

fn read(
    name: &str,
    path: &Path,
    read_file: &impl Fn(&Path) -> io::Result<String>,
) -> Result<String, Problems> {
    let unreadable = |error: io::Error| {
        problem(name, format!("cannot read {}: {error}", path.display()), "name a file that can be read")
    };
    let text = read_file(path).map_err(unreadable)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        let reason = format!("{} is empty", path.display());
        return Err(problem(name, reason, "write the secret into it"));
    }
    Ok(line.to_owned())
}

fn problem(name: &str, reason: String, hint: &str) -> Problems {
    let origin = Origin::Environment(name.to_owned());
    let problem = Problem { key: String::new(), value: None, origin, reason, hint: hint.to_owned() };
    Problems(vec![problem])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(environment: &[(&str, &str)]) -> Result<Option<String>, Problems> {
        secret(SecretVariable::OperatorPassword, environment.iter().copied(), |path| match path.to_str() {
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
        let given = |name: &str| secret(SecretVariable::WebhookSecret, [(name, "x")], read).unwrap();
        assert_eq!(given("WEBHOOK_SECRET").as_deref(), Some("x"));
        assert_eq!(given("WEBHOOK_SECRET_FILE").as_deref(), Some("from file"));
        assert_eq!(given("OTHER"), None);
    }

    #[test]
    fn the_passphrase_has_a_variable_of_its_own() {
        let environment =
            [("MAINSTAY_OPERATOR_PASSWORD", "other"), ("MAINSTAY_KEYS_PASSPHRASE", "long enough")];
        let found =
            secret(SecretVariable::KeysPassphrase, environment, |_| Err(io::ErrorKind::NotFound.into()));
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
