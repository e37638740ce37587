//! Every table of routes for machines, in the order of the OpenAPI document.

use crate::api::{
    agents, audit, blocks, certificate, clock, diagnostics, docs, events, intake, jobs, limits, local, logs,
    operators, ops, overview, sessions, settings, sources, tenants, tokens, usage,
};
use crate::http::route::{Found, Handler, Route, Told, When, Who};

/// The tables.
pub static TABLES: &[&[Route]] = &[
    intake::ROUTES,
    events::ROUTES,
    tenants::ROUTES,
    tokens::ROUTES,
    sources::ROUTES,
    agents::ROUTES,
    jobs::ROUTES,
    usage::ROUTES,
    blocks::ROUTES,
    logs::ROUTES,
    limits::ROUTES,
    audit::ROUTES,
    settings::ROUTES,
    certificate::ROUTES,
    clock::ROUTES,
    operators::ROUTES,
    sessions::ROUTES,
    overview::ROUTES,
    ops::WHOLE_HEALTH,
    ops::HEALTH,
    ops::REPORT,
    ops::METRICS,
    ops::ABOUT,
    docs::ROUTES,
    diagnostics::ROUTES,
    local::ROUTES,
];

/// Answers any other path.
pub static UNMATCHED: Route = Route::fallback("unmatched", Who::Anyone, Handler::Now(ops::refuse_unmatched))
    .when(When::Started)
    .on(Found::Operations)
    .told(Told::Preferred);

/// Answers every path of the plain listener.
pub static REDIRECT: Route =
    Route::fallback("redirect", Who::InTheClear, Handler::Now(ops::redirect_to_https)).when(When::Always);
