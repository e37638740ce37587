//! The demo's operator.
//!
//! The first run makes it with a password of its own, which stays in a file with mode 0600 beside the data, so that every
//! run can show it again.

use crate::cli::demo::place::Place;
use crate::cli::exit::Failure;
use crate::domain::secret::Secret;
use crate::platform::files::{Access, write_whole};
use crate::services::all::Services;
use crate::services::audit::Actor;

/// Name of the operator.
const NAME: &str = "owner";

/// Who signs in to the demo's console.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) name: &'static str,
    pub(super) password: Secret,
}

/// Returns the login of the demo's operator, who is made if there is none; none where the file is gone or the
/// password is another one by now.
pub(super) async fn open(parts: &Services, place: &Place) -> Result<Option<Login>, Failure> {
    if !parts.operators.is_any() {
        let login = Login { name: NAME, password: parts.operators.draw_password() };
        // The file comes first: a password that nobody knows would lock everybody out.
        let text = format!("{}\n{}\n", login.name, login.password.expose());
        write_whole(&place.login_file(), text.as_bytes(), Access::Private)?;
        let made = parts.operators.create_first(Actor::CommandLine, login.name, &login.password).await;
        made.map_err(|refusal| Failure::from_error(&refusal))?;
        return Ok(Some(login));
    }
    let kept = std::fs::read_to_string(place.login_file()).unwrap_or_default();
    let (name, password) = kept.trim_end().split_once('\n').unwrap_or_default();
    let Some(operator) = parts.operators.find(NAME).ok().filter(|_| name == NAME) else { return Ok(None) };
    let password = Secret::new(password.to_owned());
    let is_right = matches!(parts.logins.confirm(&operator, password.clone()).await, Ok(Some(_)));
    Ok(is_right.then_some(Login { name: NAME, password }))
}
