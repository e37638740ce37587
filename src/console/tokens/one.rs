//! One token: how it is, its rotation and its end.

use crate::console::form::REQUEST;
use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::making::{fresh_key, repeated};
use crate::console::tokens::made::show_made;
use crate::console::tokens::view::TokenView;
use crate::domain::permission::Permission;
use crate::domain::time::format_duration;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::input::OVERLAP_DEFAULT;
use crate::services::refusal::Refusal;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

/// Where tokens are.
const TOKENS: &str = "/console/tokens/";

#[derive(Template)]
#[template(path = "console/token.html")]
struct TokenPage {
    frame: Frame,
    token: TokenView,
    overlap: String,
    request: String,
    faults: Faults,
}

impl TokenPage {
    fn may_change(&self) -> bool {
        self.frame.may(Permission::Change)
    }
}

/// Shows a token.
pub(super) fn show_token(call: &Call<'_>) -> Result<Response, Problem> {
    show(call, call.param("token"), StatusCode::OK, format_duration(OVERLAP_DEFAULT), Faults::default())
}

fn show(
    call: &Call<'_>,
    id: &str,
    status: StatusCode,
    overlap: String,
    faults: Faults,
) -> Result<Response, Problem> {
    let services = call.services()?;
    let token = TokenView::new(services, &*services.tokens.find(id)?, call.edge.clock.now());
    // Names are anybody's text, and the title is short.
    let frame = Frame::new(call, Section::Tokens, format!("Token {}", token.id));
    page(status, &TokenPage { frame, token, overlap, request: fresh_key(call), faults })
}

/// Gives a token a new secret and shows its text.
pub(super) async fn rotate_token(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["overlap", REQUEST]).await?;
    let tokens = &call.services()?.tokens;
    let token = tokens.find(call.param("token"))?;
    let faults = match form.new_input() {
        Err(faults) => faults,
        Ok(rotation) => match tokens.rotate(form.request(call)?, token.id.as_str(), rotation).await {
            Ok((token, text)) => return show_made(call, &token, text),
            Err(Refusal::Repeated { made }) => return Ok(repeated(&made)),
            Err(refusal) => Faults::of_refusal(&refusal),
        },
    };
    let overlap = form.trimmed("overlap").to_owned();
    show(call, token.id.as_str(), StatusCode::UNPROCESSABLE_ENTITY, overlap, faults)
}

/// Revokes a token whose id was typed once more.
pub(super) async fn revoke_token(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["confirm"]).await?;
    let tokens = &call.services()?.tokens;
    let token = tokens.find(call.param("token"))?;
    if form.trimmed("confirm") != token.id.as_str() {
        let faults = Faults::one("confirm", "That is not the token's id.");
        let overlap = format_duration(OVERLAP_DEFAULT);
        return show(call, token.id.as_str(), StatusCode::UNPROCESSABLE_ENTITY, overlap, faults);
    }
    tokens.revoke(call.actor(), token.id.as_str()).await?;
    Ok(done(&format!("{TOKENS}{}", token.id), "revoked"))
}
