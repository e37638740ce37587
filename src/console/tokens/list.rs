//! The list of tokens, the newest first.

use crate::console::frame::{Frame, Section, page};
use crate::console::listed::{Asked, offered_tenants};
use crate::console::tokens::view::TokenView;
use crate::domain::permission::Permission;
use crate::domain::token::{Token, TokenState};
use crate::http::call::Call;
use crate::http::portion::Portion;
use crate::http::problem::Problem;
use crate::services::tokens::newest_first;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

/// Where the page is.
const ADDRESS: &str = "/console/tokens";

/// What may be asked for, besides all.
const STATES: [(&str, &str); 4] =
    [("", "all"), ("works", "working"), ("expired", "expired"), ("revoked", "revoked")];

#[derive(Template)]
#[template(path = "console/tokens.html")]
struct TokensPage {
    frame: Frame,
    asked: Asked,
    tenants: Vec<String>,
    /// The tenant asked for is not there.
    fault: Option<&'static str>,
    tokens: Vec<TokenView>,
    before: Option<String>,
    after: Option<String>,
}

/// Shows the list.
pub(super) fn show_tokens(call: &Call<'_>) -> Result<Response, Problem> {
    let (services, now, asked) = (call.services()?, call.edge.clock.now(), Asked::read(call));
    let tenant = Some(asked.tenant.as_str()).filter(|slug| !slug.is_empty());
    let listed = services.tokens.list(tenant);
    let fault = listed.is_err().then_some("There is no such tenant.");
    let wanted = |token: &Token| {
        let state = match token.state(now) {
            TokenState::Active => "works",
            TokenState::Expired => "expired",
            TokenState::Revoked => "revoked",
        };
        (asked.state.is_empty() || asked.state == state) && asked.finds(&[&token.name, token.id.as_str()])
    };
    let found: Vec<_> = listed.unwrap_or_default().into_iter().filter(|token| wanted(token)).collect();
    let portion = Portion::of(found, &asked.bounds, |token| newest_first(token));
    let (before, after) = asked.ways(ADDRESS, &portion);
    let shown = TokensPage {
        frame: Frame::new(call, Section::Tokens, "Tokens"),
        tenants: offered_tenants(services),
        fault,
        tokens: portion.things.iter().map(|token| TokenView::new(services, token, now)).collect(),
        before,
        after,
        asked,
    };
    page(StatusCode::OK, &shown)
}

impl TokensPage {
    fn may_change(&self) -> bool {
        self.frame.may(Permission::Change)
    }
}
