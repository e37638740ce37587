//! Who may see a page, where everybody else is sent, logging in and out.

use crate::console::frame::{Files, page, see_other};
use crate::console::{cookie, form};
use crate::domain::permission::Permission;
use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::edge::Services;
use crate::http::gate::LoginNote;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{Admission, Handler, Route, SEE, When, Who, handler};
use crate::services::operators::{Attempt, LoginRefusal, SignedIn};
use askama::Template;
use axum::response::Response;
use http::header::{RETRY_AFTER, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

/// Where somebody comes who asked for nothing else.
const HOME: &str = "/console";

#[derive(Template)]
#[template(path = "console/login.html")]
struct LoginPage {
    files: Files,
    name: String,
    next: String,
    /// What was wrong with the last attempt.
    fault: Option<String>,
    asks_code: bool,
}

/// Finds out who asks for a page.
pub(crate) fn admit(
    services: &Services,
    parts: &Parts,
    permission: Permission,
) -> Result<Admission, Problem> {
    let Some(signed_in) = present(services, parts) else {
        return Ok(Admission::Away(see_other(&entrance(services, parts))));
    };
    if !signed_in.operator.role.may(permission) {
        let role = signed_in.operator.role.as_str();
        let detail = format!("operators of the role {role} may not do that; hint: ask an owner");
        return Err(Problem::new(Code::RoleLacking, detail));
    }
    Ok(Admission::Admitted(signed_in))
}

/// Returns the address of the sign-in page, which leads back to the page that was asked for.
fn entrance(services: &Services, parts: &Parts) -> String {
    if services.first_run.is_open() {
        return "/setup".to_owned();
    }
    match parts.method {
        Method::GET if parts.uri.path() != "/console" => format!("/login?next={}", parts.uri.path()),
        _ => "/login".to_owned(),
    }
}

/// Returns who has signed in with the browser that asks.
fn present(services: &Services, parts: &Parts) -> Option<SignedIn> {
    cookie::read(&parts.headers).and_then(|text| services.sessions.recognize(text))
}

pub(super) fn show_login(call: &Call<'_>) -> Result<Response, Problem> {
    let services = call.services()?;
    if services.first_run.is_open() {
        return Ok(see_other("/setup"));
    }
    let query = Parameters::read(call.query(), &["next"]);
    let next = own_page(query.text("next").unwrap_or_default());
    if present(services, call.parts).is_some() {
        return Ok(see_other(&next));
    }
    let (files, name, fault) = (Files::new(), String::new(), None);
    page(StatusCode::OK, &LoginPage { files, name, next, fault, asks_code: false })
}

/// Signs an operator in; the session is always a new one.
pub(super) async fn log_in(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["name", "password", "code", "next"]).await?;
    let services = call.services()?;
    let attempt = Attempt {
        name: form.trimmed("name").to_owned(),
        password: form.secret("password"),
        code: form.trimmed("code").to_owned(),
        address: call.gate.origin.address,
    };
    let next = own_page(form.text("next"));
    let agent = call.parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let attempted = services.logins.attempt(&attempt).await;
    call.gate.note_login(match &attempted {
        Ok(_operator) => LoginNote::Right,
        Err(LoginRefusal::Wrong) => LoginNote::Wrong,
        Err(_unjudged) => LoginNote::Unjudged,
    })?;
    let begun = attempted.and_then(|operator| {
        let begun = services.sessions.begin(&operator, attempt.address, agent);
        begun.ok_or(LoginRefusal::Wrong)
    });
    let refusal = match begun {
        Ok(begun) => {
            if let Some(former) = present(services, call.parts) {
                services.sessions.end(&former.session.digest);
            }
            return Ok(cookie::set(see_other(&next), &begun.text));
        }
        Err(refusal) => refusal,
    };
    let (status, fault, wait) = told(refusal);
    let asks_code = refusal == LoginRefusal::CodeMissing || !attempt.code.is_empty();
    let shown = LoginPage { files: Files::new(), name: attempt.name, next, fault: Some(fault), asks_code };
    let mut response = page(status, &shown)?;
    if let Some(seconds) = wait {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

fn told(refusal: LoginRefusal) -> (StatusCode, String, Option<u64>) {
    match refusal {
        LoginRefusal::Wrong => (StatusCode::FORBIDDEN, "Name, password or code is wrong.".into(), None),
        LoginRefusal::CodeMissing => {
            (StatusCode::FORBIDDEN, "Type your password once more, and the code your app shows.".into(), None)
        }
        LoginRefusal::TooOften(wait) => {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let told = format!("Too many attempts for this name: try again in {seconds} s.");
            (StatusCode::TOO_MANY_REQUESTS, told, Some(seconds))
        }
        LoginRefusal::Crowded(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many logins at once: try again in a few seconds.".into(),
            Some(5),
        ),
    }
}

pub(super) async fn log_out(call: &Call<'_>) -> Result<Response, Problem> {
    form::read(call, &[]).await?;
    call.services()?.sessions.end(&call.signed_in().session.digest);
    Ok(cookie::clear(see_other("/login")))
}

/// Keeps an address only if it is one of the console's pages.
fn own_page(next: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    let is_own = next == HOME || next.starts_with("/console/");
    if is_own && next.bytes().all(plain) && !next.contains("//") && !next.contains("..") {
        next.to_owned()
    } else {
        HOME.to_owned()
    }
}

/// Leads from the appliance's own address to the console, or to the first owner's setup.
fn show_root(call: &Call<'_>) -> Result<Response, Problem> {
    let first = call.services()?.first_run.is_open();
    Ok(see_other(if first { "/setup" } else { "/console" }))
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/", Who::Anyone, Handler::Now(show_root)).when(When::Started),
    Route::page("/login", Who::Anyone, Handler::Now(show_login)),
    Route::form("/login", Who::Anyone, handler!(log_in)),
    Route::form("/logout", SEE, handler!(log_out)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_pages_of_the_console_alone() {
        assert_eq!(own_page("/console/tenants/acme"), "/console/tenants/acme");
        for foreign in [
            "",
            "//evil.example",
            "/consoles",
            "https://evil.example/console/",
            "/console//a",
            "/console/../logout",
            "/console/\r\nX: y",
        ] {
            assert_eq!(own_page(foreign), HOME, "{foreign}");
        }
    }
}
