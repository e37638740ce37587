//! What was made just now: the address, the secret once, and how deliveries are signed.

use crate::console::frame::{Frame, Section, page};
use crate::console::snippets::{Snippet, Target, for_source};
use crate::console::sources::view::SourceView;
use crate::domain::secret::Secret;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::sources::Registered;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "console/source-made.html")]
struct MadePage {
    frame: Frame,
    source: SourceView,
    url: String,
    /// The secret, where it was made here.
    secret: Option<String>,
    authority: Option<Snippet>,
    snippets: Vec<Snippet>,
}

/// Shows a source that was made or rotated just now, with the secret that was made for it.
pub(super) fn show_made(
    call: &Call<'_>,
    registered: &Registered,
    secret: Option<&Secret>,
) -> Result<Response, Problem> {
    let source = SourceView::new(call.services()?, registered, call.edge.clock.now());
    let (target, secret) = (Target::of(call), secret.map(|secret| secret.expose().to_owned()));
    let shown_secret = secret.as_deref().unwrap_or("THE SECRET");
    let snippets = for_source(&target, &source.path, &source.scheme, shown_secret);
    let shown = MadePage {
        frame: Frame::new(call, Section::Sources, format!("Source {}", source.name)),
        url: format!("{}{}", target.address, source.path),
        authority: target.authority().filter(|_| !snippets.is_empty()),
        snippets,
        secret,
        source,
    };
    page(StatusCode::OK, &shown)
}
