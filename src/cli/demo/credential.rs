//! The demo's tenant and its token.
//!
//! One token serves all runs: its header line stays in a file with mode 0600, so that a command copied from an earlier
//! run still works and the list of tokens does not grow. A token whose text is lost gets a new one; one that was
//! revoked is replaced.

use crate::cli::demo::place::Place;
use crate::cli::exit::Failure;
use crate::domain::scope::Scope;
use crate::domain::time::Timestamp;
use crate::domain::token::{ID_BYTES, MintedToken, SECRET_BYTES, Token, split};
use crate::platform::entropy::{Entropy, array};
use crate::platform::files::{Access, write_whole};
use crate::services::all::Services;
use crate::services::audit::Actor;
use crate::services::refusal::Refusal;
use crate::services::tenants::NewTenant;
use crate::services::tokens::{NewToken, TokenRotation};

/// Slug of the demo's tenant.
pub(super) const TENANT: &str = "demo";

/// Name of the demo's tenant for people.
const TENANT_NAME: &str = "Demo Stores";

/// Name of the demo's token.
const TOKEN_NAME: &str = "demo feed";

/// What the token may do.
pub(super) const SCOPES: [Scope; 2] = [Scope::EventsWrite, Scope::EventsRead];

/// What stands before the token in the header line.
const HEADER_PREFIX: &str = "Authorization: Bearer ";

/// Returns the text of the demo's token; tenant and token are made if they are missing.
pub(super) async fn open(parts: &Services, place: &Place, now: Timestamp) -> Result<String, Failure> {
    let kept = std::fs::read_to_string(place.header_file()).unwrap_or_default();
    let kept = kept.trim_end().strip_prefix(HEADER_PREFIX);
    let made = find_or_make(parts, kept, now).await.map_err(|refusal| {
        let refusal = Failure::from_error(&refusal);
        Failure::Failed(format!(
            "the demo's tenant cannot be used: {refusal}; hint: remove {} or name an empty directory with --data-dir",
            place.path().display()
        ))
    })?;
    let Some(made) = made else { return Ok(kept.unwrap_or_default().to_owned()) };
    write_whole(&place.header_file(), format!("{HEADER_PREFIX}{made}\n").as_bytes(), Access::Private)?;
    Ok(made)
}

/// Returns a token's text that opens nothing.
pub(super) fn unknown(entropy: &dyn Entropy) -> String {
    MintedToken::new(&array::<ID_BYTES>(entropy), &array::<SECRET_BYTES>(entropy)).text
}

/// Returns the text of a token that was made now; none if the one that was kept works.
async fn find_or_make(
    parts: &Services,
    kept: Option<&str>,
    now: Timestamp,
) -> Result<Option<String>, Refusal> {
    if parts.tenants.find(TENANT).is_err() {
        let new = NewTenant { slug: TENANT.to_owned(), name: Some(TENANT_NAME.to_owned()) };
        parts.tenants.create(Actor::CommandLine, new).await?;
    }
    let known = parts.tokens.list(Some(TENANT))?.into_iter().find(|token| is_ours(token, now));
    let Some(known) = known else {
        let new = NewToken {
            tenant: TENANT.to_owned(),
            name: TOKEN_NAME.to_owned(),
            scopes: SCOPES.into_iter().collect(),
            expires_in: None,
        };
        return Ok(Some(parts.tokens.create(Actor::CommandLine, new).await?.1));
    };
    let works = |(id, secret): (&str, &str)| id == known.id.as_str() && known.check(secret, now).is_ok();
    if kept.and_then(split).is_some_and(works) {
        return Ok(None);
    }
    let at_once = TokenRotation { overlap: Some("0s".to_owned()) };
    let rotated = parts.tokens.rotate(Actor::CommandLine, known.id.as_str(), at_once).await?;
    Ok(Some(rotated.1))
}

/// Tells whether a token is the demo's own and may still be used.
fn is_ours(token: &Token, now: Timestamp) -> bool {
    token.name == TOKEN_NAME
        && token.revoked_at.is_none()
        && token.expires_at.is_none_or(|end| now < end)
        && SCOPES.iter().all(|scope| token.scopes.allow(*scope))
}
