//! Secrets from the environment that are no settings: the first operator's password, the passphrase of an export of
//! the keys, the first source's secret.

use crate::config::problem::{Origin, Problem, Problems};
use std::ffi::OsString;
use std::io;
use std::path::Path;

/// The variables that hold the password, the first one set holds.
const PASSWORD: [&str; 2] = ["MAINSTAY_OPERATOR_PASSWORD", "ARC_OPERATOR_PASSWORD"];

/// The variable that holds the passphrase.
const PASSPHRASE: [&str; 1] = ["MAINSTAY_KEYS_PASSPHRASE"];

/// The variable that holds the secret of source `default` of tenant `default`.
const WEBHOOK_SECRET: [&str; 1] = ["WEBHOOK_SECRET"];

/// Returns the first operator's password from `MAINSTAY_OPERATOR_PASSWORD` or `ARC_OPERATOR_PASSWORD`, or from the
/// file that one of them with `_FILE` behind it names, without the file's last line ending. Empty variables count as
/// not set.
pub fn operator_password<N, V>(
    environment: impl IntoIterator<Item = (N, V)>,
    read_file: impl Fn(&Path) -> io::Result<String>,
) -> Result<Option<String>, Problems>
where
    N: Into<OsString>,
    V: Into<OsString>,
{
    secret(&PASSWORD, environment, read_file)
}

/// Returns the passphrase of an export of the keys from `MAINSTAY_KEYS_PASSPHRASE`, or from the file that
/// `MAINSTAY_KEYS_PASSPHRASE_FILE` names, likewise.
pub fn keys_passphrase<N, V>(
    environment: impl IntoIterator<Item = (N, V)>,
    read_file: impl Fn(&Path) -> io::Result<String>,
) -> Result<Option<String>, Problems>
where
    N: Into<OsString>,
    V: Into<OsString>,
{
    secret(&PASSPHRASE, environment, read_file)
}

/// Returns the secret of source `default` of tenant `default` from `WEBHOOK_SECRET`, or from the file that
/// `WEBHOOK_SECRET_FILE` names, likewise.
pub fn webhook_secret<N, V>(
    environment: impl IntoIterator<Item = (N, V)>,
    read_file: impl Fn(&Path) -> io::Result<String>,
) -> Result<Option<String>, Problems>
where
    N: Into<OsString>,
    V: Into<OsString>,
{
    secret(&WEBHOOK_SECRET, environment, read_file)
}

fn secret<N, V>(
    names: &[&str],
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
    for name in names {
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
        operator_password(environment.iter().copied(), |path| match path.to_str() {
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
        let given = |name: &str| webhook_secret([(name, "x")], read).unwrap();
        assert_eq!(given("WEBHOOK_SECRET").as_deref(), Some("x"));
        assert_eq!(given("WEBHOOK_SECRET_FILE").as_deref(), Some("from file"));
        assert_eq!(given("OTHER"), None);
    }

    #[test]
    fn the_passphrase_has_a_variable_of_its_own() {
        let environment =
            [("MAINSTAY_OPERATOR_PASSWORD", "other"), ("MAINSTAY_KEYS_PASSPHRASE", "long enough")];
        let found = keys_passphrase(environment, |_| Err(io::ErrorKind::NotFound.into()));
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
