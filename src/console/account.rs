//! One's own account: password, second factor, sessions.

use crate::console::cookie;
use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page, see_other};
use crate::console::words::Moment;
use crate::domain::operator::Role;
use crate::domain::secret::Secret;
use crate::domain::session::Session;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::route::{Handler, Route, SEE, handler};
use crate::services::operators::{Confirmed, LoginRefusal};
use askama::Template;
use axum::response::Response;
use qrcode::{Color, QrCode};
use std::fmt::Write;

const ADDRESS: &str = "/console/account";

/// So many recovery codes or fewer are few: each lost device and each new phone takes one.
const RECOVERY_LEFT_LOW: usize = 3;

/// Attributes of a field that takes a new password.
const NEW_PASSWORD: &str = "autocomplete=new-password minlength=12 maxlength=256 required";

#[derive(Template)]
#[template(path = "console/account.html")]
struct AccountPage {
    frame: Frame,
    role_text: &'static str,
    created: Moment,
    has_second_factor: bool,
    recovery_left: usize,
    /// Whether few recovery codes are left.
    is_low: bool,
    offer: Option<OfferView>,
    /// Shown once, right after they were made.
    recovery: Vec<String>,
    sessions: Vec<Session>,
    /// What was wrong, by form.
    faults: Faults,
}

struct OfferView {
    secret: String,
    picture: Option<CodePicture>,
}

pub(super) fn show_account(call: &Call<'_>) -> Result<Response, Problem> {
    account(call, Faults::default(), Vec::new())
}

fn account(call: &Call<'_>, faults: Faults, recovery: Vec<String>) -> Result<Response, Problem> {
    let services = call.services()?;
    let name = &call.signed_in().operator.name;
    // As it is after what the request changed.
    let operator = services.operators.find(name)?;
    let offer = operator.totp.is_none().then(|| services.enrolments.offer(&operator));
    let frame = Frame::new(call, Section::Account, "Account");
    let recovery_left = operator.totp.as_ref().map_or(0, |totp| totp.recovery.len());
    let shown = AccountPage {
        sessions: frame.own_first(services.sessions.list(name)),
        created: frame.moment(&operator.created_at),
        frame,
        role_text: match operator.role {
            Role::Owner => "owner: everything",
            Role::Admin => "admin: everything but manage operators and tokens with the scope admin",
            Role::Viewer => "viewer: look",
        },
        has_second_factor: operator.totp.is_some(),
        recovery_left,
        is_low: operator.totp.is_some() && recovery_left <= RECOVERY_LEFT_LOW,
        offer: offer.map(|offer| OfferView { picture: CodePicture::of(&offer.uri), secret: offer.secret }),
        recovery,
        faults,
    };
    page(shown.faults.status(), &shown)
}

/// Takes a new password; all sessions end and a new one begins here.
pub(super) async fn change_password(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["present", "password", "again"]).await?;
    let services = call.services()?;
    let signed_in = call.signed_in();
    let fault = |field: &'static str, detail: String| account(call, Faults::one(field, detail), Vec::new());
    if form.text("password") != form.text("again") {
        return fault("again", "The two new passwords differ.".into());
    }
    let confirmed = match confirmed(call, form.secret("present")).await? {
        Ok(confirmed) => confirmed,
        Err(detail) => return fault("present", detail),
    };
    let password = form.secret("password");
    let operator = match services.operators.set_password(call.actor(), &confirmed, &password).await {
        Ok(operator) => operator,
        Err(refusal) => return fault("password", refusal.to_string()),
    };
    let begun = services.sessions.begin(&operator, call.gate.origin.address, &signed_in.session.agent);
    let response = done(ADDRESS, "saved");
    Ok(match begun {
        Some(begun) => cookie::set(response, &begun.text),
        None => response,
    })
}

/// Keeps the offered secret as second factor, and shows the recovery codes. A person at an
/// unattended browser must not lock the operator out, so it asks for the password.
pub(super) async fn add_second_factor(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["code", "present"]).await?;
    let refused = |field: &'static str, detail: String| account(call, Faults::one(field, detail), Vec::new());
    let confirmed = match confirmed(call, form.secret("present")).await? {
        Ok(confirmed) => confirmed,
        Err(detail) => return refused("factor", detail),
    };
    match call.services()?.enrolments.confirm(call.actor(), &confirmed, form.trimmed("code")).await {
        Ok(recovery) => account(call, Faults::default(), recovery),
        Err(refusal) => refused("code", refusal.to_string()),
    }
}

/// Takes the second factor away.
pub(super) async fn remove_second_factor(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["present"]).await?;
    let refused = |detail: String| account(call, Faults::one("confirm", detail), Vec::new());
    let confirmed = match confirmed(call, form.secret("present")).await? {
        Ok(confirmed) => confirmed,
        Err(detail) => return refused(detail),
    };
    match call.services()?.enrolments.remove(call.actor(), &confirmed).await {
        Ok(()) => Ok(done(ADDRESS, "saved")),
        Err(refusal) => refused(refusal.to_string()),
    }
}

/// Makes new recovery codes and shows them.
pub(super) async fn renew_recovery_codes(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["present"]).await?;
    let refused = |detail: String| account(call, Faults::one("codes", detail), Vec::new());
    let confirmed = match confirmed(call, form.secret("present")).await? {
        Ok(confirmed) => confirmed,
        Err(detail) => return refused(detail),
    };
    match call.services()?.enrolments.renew_codes(call.actor(), &confirmed).await {
        Ok(recovery) => account(call, Faults::default(), recovery),
        Err(refusal) => refused(refusal.to_string()),
    }
}

/// Ends one of the operator's sessions, all others, or all.
pub(super) async fn end_sessions(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["session"]).await?;
    let (sessions, signed_in) = (&call.services()?.sessions, call.signed_in());
    match form.text("session") {
        "others" => sessions.end_others(&signed_in.session),
        "all" => {
            sessions.end_all_of(&signed_in.operator.name);
            return Ok(cookie::clear(see_other("/login")));
        }
        id => drop(sessions.end_named(&signed_in.operator.name, id)),
    }
    Ok(done(ADDRESS, "ended"))
}

/// Asks for the present password once more; the inner error is for the page.
async fn confirmed(call: &Call<'_>, present: Secret) -> Result<Result<Confirmed, String>, Problem> {
    let checked = call.services()?.logins.confirm(&call.signed_in().operator, present).await;
    Ok(match checked {
        Ok(Some(confirmed)) => Ok(confirmed),
        Ok(None) => Err("The present password is wrong.".into()),
        Err(LoginRefusal::TooOften(wait)) => {
            Err(format!("Too many attempts: try again in {} s.", wait.as_secs() + 1))
        }
        Err(refusal) => Err(refusal.to_string()),
    })
}

/// Modules of empty space around the code that readers need.
const MARGIN: usize = 4;

/// A QR code (ISO/IEC 18004) as the outline of an SVG picture.
struct CodePicture {
    /// Modules along each side, the margin included.
    side: usize,
    /// The dark modules as the path of an SVG picture.
    path: String,
}

impl CodePicture {
    /// Draws a text; none if it is too long for any code.
    fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text.as_bytes()).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (place, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (x, y) = (place % width + MARGIN, place / width + MARGIN);
                write!(path, "M{x} {y}h1v1h-1z").expect("a String takes everything");
            }
        }
        Some(Self { side: width + 2 * MARGIN, path })
    }
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/account", SEE, Handler::Now(show_account)),
    Route::form("/console/account/password", SEE, handler!(change_password)),
    Route::form("/console/account/second-factor", SEE, handler!(add_second_factor)),
    Route::form("/console/account/second-factor/remove", SEE, handler!(remove_second_factor)),
    Route::form("/console/account/recovery-codes", SEE, handler!(renew_recovery_codes)),
    Route::form("/console/account/sessions", SEE, handler!(end_sessions)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_square_with_its_three_corners() {
        let picture = CodePicture::of("otpauth://totp/Mainstay:owner?secret=GEZDGNBVGY3TQOJQ").unwrap();
        assert!(picture.side > 30);
        let corner = |x: usize, y: usize| picture.path.contains(&format!("M{x} {y}h1v1h-1z"));
        let far = picture.side - MARGIN - 7;
        assert!(corner(MARGIN, MARGIN) && corner(far, MARGIN) && corner(MARGIN, far));
        assert!(CodePicture::of(&"x".repeat(10_000)).is_none());
    }
}
