//! Limits: what is used of them, whom they refuse, and who is kept out.

use crate::api::limits;
use crate::console::address::with_query;
use crate::console::form::{self, Faults, Form, REQUEST, fresh_key};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::words::{grouped, roughly};
use crate::domain::ban::parse_banned;
use crate::domain::permission::Permission;
use crate::domain::time::format_duration;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{Handler, OPERATE, Route, SEE, handler};
use crate::services::limits::{Applies, Blocked, Bound, By, Sought};
use crate::services::refusal::Refusal;
use crate::telemetry::metrics::LimitScope;
use askama::Template;
use axum::response::Response;
use std::time::Duration;

const ADDRESS: &str = "/console/limits";

/// Blocks on one page: with their buttons they make some 30 KiB.
const PAGE_LEN: usize = 50;

/// Longest text that is searched for: a network and some words.
const SEARCH_LEN_MAX: usize = 200;

#[derive(Template)]
#[template(path = "console/limits.html")]
struct LimitsPage {
    frame: Frame,
    bounds: Vec<Bound>,
    counts: &'static str,
    unapplied: String,
    limited: Vec<(&'static str, String, String)>,
    over: Vec<OverRow>,
    over_more: usize,
    blocks: BlocksView,
    form: Form,
    faults: Faults,
}

struct OverRow {
    scope: &'static str,
    who: String,
    quota: String,
    left: String,
}

struct BlocksView {
    search: String,
    page: usize,
    total: String,
    /// Which of them the page shows, such as `51–100`.
    shown: String,
    rows: Vec<Blocked>,
    before: Option<String>,
    after: Option<String>,
}

/// Which part of the blocks is looked at.
#[derive(Default)]
struct View {
    search: String,
    page: usize,
}

impl View {
    fn new(search: &str, page: &str) -> Self {
        let search = search.trim().chars().take(SEARCH_LEN_MAX).collect();
        Self { search, page: page.parse().unwrap_or(1).max(1) }
    }

    fn address(&self, page: usize) -> String {
        with_query(ADDRESS, [("page", page.to_string().as_str()), ("search", &self.search)])
    }
}

pub(super) fn show_limits(call: &Call<'_>) -> Result<Response, Problem> {
    // What no page knows is no reason to refuse one: links of other versions lead here too.
    let query = Parameters::read(call.query(), &["search", "page", "done"]);
    let text = |name| query.text(name).unwrap_or_default();
    let view = View::new(text("search"), text("page"));
    let form = Form::filled(vec![(REQUEST, fresh_key(call))]);
    show(call, &view, form, Faults::default())
}

fn show(call: &Call<'_>, view: &View, form: Form, faults: Faults) -> Result<Response, Problem> {
    let pressure = limits::look(call)?;
    let over = pressure.over.iter().map(|over| OverRow {
        scope: scope_word(over.scope),
        who: over.who.clone(),
        quota: quota_words(over.quota.max.into(), Some(over.quota.window)),
        left: roughly(over.left),
    });
    let limited = pressure
        .limited
        .iter()
        .map(|limited| (scope_word(limited.scope), grouped(limited.recent), grouped(limited.total)));
    let shown = LimitsPage {
        frame: Frame::new(call, Section::Limits, "Limits and blocks"),
        bounds: pressure.bounds,
        counts: match pressure.applies {
            Applies::Unauthenticated => "requests without valid credentials",
            Applies::All => "all requests",
        },
        unapplied: grouped(pressure.unapplied),
        limited: limited.collect(),
        over_more: pressure.over_total - pressure.over.len(),
        over: over.collect(),
        blocks: blocks(call, view)?,
        form,
        faults,
    };
    page(shown.faults.status(), &shown)
}

fn quota_words(max: u64, window: Option<Duration>) -> String {
    let max = grouped(max);
    window.map_or_else(|| max.clone(), |window| format!("{max} in {}", format_duration(window)))
}

fn most(bound: &Bound) -> String {
    quota_words(bound.max, bound.window)
}

fn scope_word(scope: LimitScope) -> &'static str {
    match scope {
        LimitScope::Address => "Address over its limit",
        LimitScope::Tenant => "Tenant over its limit",
        LimitScope::Token => "Token over its limit",
        LimitScope::BlockedAddress => "Blocked address",
        LimitScope::BlockedSource => "Address blocked at a source",
        LimitScope::SenderPlaces => "No place for a tenant or token",
        LimitScope::StrangerPlaces => "No place without a token",
        LimitScope::SignInPlaces => "No place to sign in",
        LimitScope::SessionPlaces => "No place for an operator",
        LimitScope::OpenStreams => "Too many open streams",
        LimitScope::UntakenAnswers => "Too many untaken answers",
    }
}

fn blocks(call: &Call<'_>, view: &View) -> Result<BlocksView, Problem> {
    let all = &call.services()?.blocks;
    let sought = Sought::parse(&view.search);
    let from = (view.page - 1).saturating_mul(PAGE_LEN);
    let found = all.page(&sought, from, PAGE_LEN);
    let (count, to) = (found.blocked.len(), from.saturating_add(found.blocked.len()));
    Ok(BlocksView {
        search: view.search.clone(),
        page: view.page,
        total: grouped(found.total as u64),
        shown: if count == 0 { String::new() } else { format!("{}–{}", from + 1, to) },
        before: (view.page > 1).then(|| view.address(view.page - 1)),
        after: (to < found.total).then(|| view.address(view.page + 1)),
        rows: found.blocked,
    })
}

pub(super) async fn add_block(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["network", "reason", "for", REQUEST]).await?;
    let new = check_network(call, form.trimmed("network")).and_then(|()| form.new_input());
    let faults = match new {
        Err(faults) => faults,
        Ok(new) => match call.services()?.blocks.ban(form.request(call)?, new).await {
            Ok(_) | Err(Refusal::Repeated { .. }) => return Ok(done(ADDRESS, "blocked")),
            Err(refusal @ Refusal::Unavailable(_)) => return Err(refusal.into()),
            Err(refusal) => Faults::of_refusal(&refusal),
        },
    };
    show(call, &View::new("", ""), form, faults)
}

/// Refuses the network that the operator comes from, who could not lift its block again.
fn check_network(call: &Call<'_>, text: &str) -> Result<(), Faults> {
    match parse_banned(text) {
        Ok(network) if network.contains(&call.gate.origin.address.to_canonical()) => {
            let detail = "This network holds the address you come from, and you could not lift the block; \
                          hint: run mainstay block add on the machine";
            Err(Faults::one("network", detail))
        }
        Ok(_network) => Ok(()),
        Err(error) => Err(Faults::one("network", error.to_string())),
    }
}

/// Lets a network in again, and shows the same part of the list.
pub(super) async fn lift_block(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["network", "search", "page"]).await?;
    let view = View::new(form.text("search"), form.text("page"));
    let lifted = call.services()?.blocks.lift(call.actor(), form.trimmed("network")).await;
    match lifted {
        Ok(_count) => Ok(done(&view.address(view.page), "lifted")),
        // It has ended by itself, or somebody else was faster.
        Err(Refusal::NotFound { .. }) => Ok(done(&view.address(view.page), "unblocked")),
        Err(refusal) => Err(refusal.into()),
    }
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/limits", SEE, Handler::Now(show_limits)),
    Route::form("/console/limits/blocks", OPERATE, handler!(add_block)),
    Route::form("/console/limits/blocks/lift", OPERATE, handler!(lift_block)),
];
