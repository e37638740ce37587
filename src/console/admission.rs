//! Who may see a page, and where everybody else is sent.

use crate::console::cookie;
use crate::console::frame::see_other;
use crate::domain::permission::Permission;
use crate::http::code::Code;
use crate::http::edge::Services;
use crate::http::problem::Problem;
use crate::http::route::Admission;
use http::Method;
use http::request::Parts;

/// Finds out who asks for a page.
pub(crate) fn admit(
    services: &Services,
    parts: &Parts,
    permission: Permission,
) -> Result<Admission, Problem> {
    let known = cookie::read(&parts.headers).and_then(|text| services.sessions.recognize(text));
    let Some(signed_in) = known else {
        return Ok(Admission::Away(see_other(&entrance(services, parts))));
    };
    if !signed_in.operator.role.may(permission) {
        let role = signed_in.operator.role.as_str();
        let detail = format!("operators of the role {role} may not do that; hint: ask an owner");
        return Err(Problem::new(Code::RoleLacking, detail));
    }
    Ok(Admission::Admitted(signed_in))
}

/// Returns where somebody signs in, and then comes back to the page that was asked for.
fn entrance(services: &Services, parts: &Parts) -> String {
    if services.first_run.is_open() {
        return "/setup".to_owned();
    }
    match parts.method {
        Method::GET if parts.uri.path() != "/console" => format!("/login?next={}", parts.uri.path()),
        _ => "/login".to_owned(),
    }
}
