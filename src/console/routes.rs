//! Every table of routes for people.

use crate::console::fault::show_fault;
use crate::console::{
    about, account, agents, audit, certificate, events, health, help, jobs, limits, login, logs, operators,
    overview, settings, setup, sources, tenants, tokens,
};
use crate::http::route::{Pages, Route};

pub(crate) static TABLES: &[&[Route]] = &[
    login::ROUTES,
    setup::ROUTES,
    overview::ROUTES,
    events::ROUTES,
    tenants::ROUTES,
    tokens::ROUTES,
    sources::ROUTES,
    agents::ROUTES,
    jobs::ROUTES,
    health::ROUTES,
    limits::ROUTES,
    audit::ROUTES,
    logs::ROUTES,
    operators::ROUTES,
    settings::ROUTES,
    certificate::ROUTES,
    about::ROUTES,
    help::ROUTES,
    account::ROUTES,
];

/// What the machinery of HTTP needs for pages.
pub(crate) const PAGES: Pages = Pages { admit: login::admit, show_problem: show_fault };
