//! Agents of all tenants: how they are, what became of them, pausing and forgetting one.

use crate::console::address::{own_address, with_query};
use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::words::{Moment, grouped};
use crate::domain::agent::{AgentState, StateChange, Work};
use crate::domain::permission::Permission;
use crate::domain::time::{Timestamp, format_duration};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{CHANGE, Handler, OPERATE, Route, SEE, handler};
use crate::services::agents::{AgentFilter, Seen};
use crate::services::refusal::Refusal;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

const AGENTS: &str = "/console/agents";

/// Agents on one page: with their texts they stay below 100 KiB.
const PAGE_LEN: usize = 50;

#[derive(Template)]
#[template(path = "console/agents.html")]
struct AgentsPage {
    frame: Frame,
    tenant: String,
    /// Every state, how many are in it, and whether it is looked for.
    states: Vec<(&'static str, String, bool)>,
    faults: Faults,
    rows: Vec<AgentRow>,
    /// Which of how many.
    shown: String,
    is_filtered: bool,
    before: Option<String>,
    after: Option<String>,
    /// What registers a first one.
    example: String,
}

#[derive(Template)]
#[template(path = "console/agent.html")]
struct AgentPage {
    frame: Frame,
    agent: AgentRow,
    registered: Moment,
    /// Where the form that forgets it leads.
    removal: String,
    is_paused: bool,
    changes: Vec<((&'static str, &'static str), Moment)>,
    faults: Faults,
}

struct AgentRow {
    tenant: String,
    name: String,
    kind: String,
    version: Option<String>,
    state: (&'static str, &'static str),
    since: Moment,
    heard: Moment,
    interval: String,
}

fn state_view(state: AgentState) -> (&'static str, &'static str) {
    match state {
        AgentState::Active => ("ok", "up"),
        AgentState::Late => ("warn", "late"),
        AgentState::Down => ("bad", "down"),
        AgentState::Paused => ("", "paused"),
    }
}

fn row(seen: &Seen, tenant: &str, now: Timestamp) -> AgentRow {
    let agent = &seen.agent;
    AgentRow {
        tenant: tenant.to_owned(),
        name: agent.name.to_string(),
        kind: agent.kind.clone(),
        version: agent.version.clone(),
        state: state_view(seen.state),
        since: Moment::new(seen.since, now),
        heard: Moment::new(agent.last_heartbeat, now),
        interval: format_duration(agent.interval),
    }
}

/// Shows agents of all tenants, or those that are looked for.
pub(super) fn show_agents(call: &Call<'_>) -> Result<Response, Problem> {
    let (services, now) = (call.services()?, call.edge.clock.now());
    let query = Parameters::read(call.query(), &["tenant", "state", "page", "done"]);
    let text = |name| query.text(name).unwrap_or_default().trim();
    let (slug, wanted) = (text("tenant"), AgentState::parse(text("state")).ok());
    let number: usize = text("page").parse().unwrap_or(1).max(1);
    let mut faults = Faults::default();
    let tenant = (!slug.is_empty()).then(|| services.tenants.find(slug)).transpose();
    let tenant = tenant.unwrap_or_else(|refusal| {
        faults.add("tenant", refusal.to_string());
        None
    });
    let filter = AgentFilter { tenant: tenant.map(|tenant| tenant.number), state: wanted };
    let from = (number - 1).saturating_mul(PAGE_LEN);
    let found = services.agents.page(filter, from, PAGE_LEN);
    let tenants = services.tenants.list();
    let slug_of = |number| {
        let tenant = tenants.iter().find(|tenant| tenant.number == number);
        tenant.map_or("?", |tenant| tenant.slug.as_str())
    };
    let rows: Vec<_> = found.agents.iter().map(|seen| row(seen, slug_of(seen.agent.tenant), now)).collect();
    let to = from.saturating_add(rows.len());
    let state = wanted.map_or("", AgentState::as_str);
    let address = |page: usize| {
        with_query(AGENTS, [("tenant", slug), ("state", state), ("page", page.to_string().as_str())])
    };
    let states = AgentState::ALL.iter().zip(found.by_state);
    let shown = AgentsPage {
        frame: Frame::new(call, Section::Agents, "Agents"),
        tenant: slug.chars().take(80).collect(),
        states: states
            .map(|(one, count)| (one.as_str(), grouped(count as u64), wanted == Some(*one)))
            .collect(),
        faults,
        shown: format!("{}–{to} of {}", from + 1, grouped(found.total as u64)),
        is_filtered: !slug.is_empty() || wanted.is_some() || number > 1,
        before: (number > 1).then(|| address(number - 1)),
        after: (to < found.total).then(|| address(number + 1)),
        example: if rows.is_empty() { example(call) } else { String::new() },
        rows,
    };
    page(StatusCode::OK, &shown)
}

/// Returns the command that registers an agent.
fn example(call: &Call<'_>) -> String {
    let address = own_address(call);
    let body = r#"{"name":"printer-1"}"#;
    format!(
        "curl --cacert ca.pem {address}/api/v1/agents \\\n  -H \"Authorization: Bearer $TOKEN\" -d '{body}'"
    )
}

fn named<'a>(call: &Call<'a>) -> (&'a str, &'a str) {
    (call.param("tenant"), call.param("agent"))
}

fn found(call: &Call<'_>, slug: &str, name: &str) -> Result<Seen, Refusal> {
    let Ok(services) = call.services() else {
        return Err(Refusal::NotFound { what: "agent", name: name.into() });
    };
    let tenant = services.tenants.find(slug)?;
    services.agents.find(tenant.number, name)
}

/// Shows an agent with the last changes of its state.
pub(super) fn show_agent(call: &Call<'_>) -> Result<Response, Problem> {
    let (slug, name) = named(call);
    show_found(call, slug, &found(call, slug, name)?, Faults::default())
}

fn show_found(call: &Call<'_>, slug: &str, seen: &Seen, faults: Faults) -> Result<Response, Problem> {
    let now = call.edge.clock.now();
    let frame = Frame::new(call, Section::Agents, format!("Agent {}", seen.agent.name));
    let change = |change: &StateChange| (state_view(change.state), Moment::new(change.at, now));
    let shown = AgentPage {
        frame,
        agent: row(seen, slug, now),
        registered: Moment::new(seen.agent.registered_at, now),
        removal: format!("{AGENTS}/{slug}/{}/remove", seen.agent.name),
        is_paused: seen.agent.work == Work::Paused,
        changes: seen.agent.changes.iter().rev().map(change).collect(),
        faults,
    };
    page(shown.faults.status(), &shown)
}

pub(super) async fn pause_agent(call: &Call<'_>) -> Result<Response, Problem> {
    set_work(call, Work::Paused).await
}

/// Lets a paused agent work on.
pub(super) async fn resume_agent(call: &Call<'_>) -> Result<Response, Problem> {
    set_work(call, Work::Wanted).await
}

async fn set_work(call: &Call<'_>, work: Work) -> Result<Response, Problem> {
    form::read(call, &[]).await?;
    let (slug, name) = named(call);
    let seen = found(call, slug, name)?;
    // Twice is as good as once, and no second change.
    if seen.agent.work != work {
        call.services()?.agents.set_work(call.actor(), seen.agent.tenant, name, work).await?;
    }
    let word = if work == Work::Paused { "paused" } else { "resumed" };
    Ok(done(&format!("{AGENTS}/{slug}/{}", seen.agent.name), word))
}

/// Forgets an agent, once its name was typed.
pub(super) async fn remove_agent(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["confirm"]).await?;
    let (slug, name) = named(call);
    let seen = found(call, slug, name)?;
    if form.trimmed("confirm") != seen.agent.name.as_str() {
        let faults = Faults::one("confirm", "This is not the name of the agent.");
        return show_found(call, slug, &seen, faults);
    }
    call.services()?.agents.remove(call.actor(), seen.agent.tenant, name).await?;
    Ok(done(AGENTS, "removed"))
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/agents", SEE, Handler::Now(show_agents)),
    Route::page("/console/agents/{tenant}/{agent}", SEE, Handler::Now(show_agent)),
    Route::form("/console/agents/{tenant}/{agent}/pause", OPERATE, handler!(pause_agent)),
    Route::form("/console/agents/{tenant}/{agent}/resume", OPERATE, handler!(resume_agent)),
    Route::form("/console/agents/{tenant}/{agent}/remove", CHANGE, handler!(remove_agent)),
];
