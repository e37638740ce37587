//! Agents, of a tenant and of all.

use crate::api::parameters::{AGENT_STATE, LIMIT_OF_AGENTS, OF_TENANT, PAGE, number};
use crate::api::tags;
use crate::domain::agent::{AgentState, StateChange, Work};
use crate::domain::names::Slug;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, AGENTS, Handler, Route, handler};
use crate::services::agents::{AgentFilter, NewAgent, Registered, Seen};
use axum::response::Response;
use serde::Serialize;

/// An agent.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Agent")]
pub(crate) struct AgentJson<'a> {
    /// Its name.
    pub name: &'a Slug,
    /// What it is.
    pub kind: &'a str,
    /// Which version of it runs.
    pub version: Option<&'a str>,
    /// `active`, `late`, `down` or `paused`.
    pub state: AgentState,
    /// Whether it is paused.
    pub paused: bool,
    /// How many seconds it means to wait between heartbeats.
    pub interval_seconds: u64,
    /// When it was registered first.
    pub registered_at: Timestamp,
    /// When it was heard of last.
    pub last_heartbeat: Timestamp,
    /// Since when it is in its state.
    pub state_since: Timestamp,
    /// The last changes of its state, newest first; at most twenty are kept.
    pub changes: Vec<StateChangeJson>,
}

/// A state of an agent and when it began.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "StateChange")]
pub(crate) struct StateChangeJson {
    /// `active`, `late`, `down` or `paused`.
    pub state: AgentState,
    /// When it began.
    pub at: Timestamp,
}

impl<'a> From<&'a Seen> for AgentJson<'a> {
    fn from(seen: &'a Seen) -> Self {
        let agent = &seen.agent;
        let change = |change: &StateChange| StateChangeJson { state: change.state, at: change.at };
        Self {
            name: &agent.name,
            kind: &agent.kind,
            version: agent.version.as_deref(),
            state: seen.state,
            paused: agent.work == Work::Paused,
            interval_seconds: agent.interval.as_secs(),
            registered_at: agent.registered_at,
            last_heartbeat: agent.last_heartbeat,
            state_since: seen.since,
            changes: agent.changes.iter().rev().map(change).collect(),
        }
    }
}

/// An agent of any tenant.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "FleetAgent")]
pub(crate) struct FleetAgentJson<'a> {
    /// Slug of its tenant.
    pub tenant: &'a str,
    /// The agent.
    #[serde(flatten)]
    pub agent: AgentJson<'a>,
}

/// Agents of all tenants.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Fleet")]
pub(crate) struct FleetJson<'a> {
    /// By tenant, in the order in which tenants were made, and name.
    pub agents: Vec<FleetAgentJson<'a>>,
    /// How many there are of those that were looked for, on this page or another.
    pub total: usize,
}

/// A tenant's agents, by name.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Agents")]
pub(crate) struct AgentsJson<'a> {
    /// All of them.
    pub agents: Vec<AgentJson<'a>>,
}

/// Registers an agent: 201 when it is new, 200 when it was known.
async fn register_agent(call: &Call<'_>) -> Result<Response, Problem> {
    let new = call.json().await?;
    let tenant = call.reach().tenant.number;
    Ok(match call.services()?.agents.register(call.request(), tenant, new).await? {
        Registered::New(seen) => call::created(&AgentJson::from(&seen), &seen.agent.place()),
        Registered::Known(seen) => changed(&seen),
    })
}

/// Hears a heartbeat; the answer tells the agent whether it is paused.
fn hear_heartbeat(call: &Call<'_>) -> Result<Response, Problem> {
    let (tenant, name) = (call.reach().tenant.number, call.param("name"));
    Ok(changed(&call.services()?.agents.hear(call.request(), tenant, name)?))
}

async fn pause_agent(call: &Call<'_>) -> Result<Response, Problem> {
    set_work(call, Work::Paused).await
}

async fn resume_agent(call: &Call<'_>) -> Result<Response, Problem> {
    set_work(call, Work::Wanted).await
}

async fn set_work(call: &Call<'_>, work: Work) -> Result<Response, Problem> {
    let (tenant, name) = (call.reach().tenant.number, call.param("name"));
    Ok(changed(&call.services()?.agents.set_work(call.request(), tenant, name, work).await?))
}

fn changed(seen: &Seen) -> Response {
    call::changed(&AgentJson::from(seen), &seen.agent.place())
}

/// Lists the tenant's agents: all of them, because they are few.
pub(crate) fn list_agents(call: &Call<'_>) -> Result<Response, Problem> {
    let agents = call.services()?.agents.list(call.reach().tenant.number);
    Ok(call::shown(&AgentsJson { agents: agents.iter().map(AgentJson::from).collect() }))
}

pub(crate) fn find_agent(call: &Call<'_>) -> Result<Response, Problem> {
    let name = call.param("name");
    let seen = call.services()?.agents.find(call.reach().tenant.number, name)?;
    Ok(call::shown(&AgentJson::from(&seen)))
}

pub(crate) async fn remove_agent(call: &Call<'_>) -> Result<Response, Problem> {
    let name = call.param("name");
    call.services()?.agents.remove(call.actor(), call.reach().tenant.number, name).await?;
    Ok(call::no_content())
}

/// Agents of a page when nobody says: an agent with its changes takes about a kilobyte.
const LIMIT_DEFAULT: usize = 100;

const LIMIT_MAX: usize = 1_000;

pub(crate) fn list_fleet(call: &Call<'_>) -> Result<Response, Problem> {
    let known = ["tenant", "state", "limit", "page"];
    let mut parameters = Parameters::read(call.query(), &known);
    let services = call.services()?;
    let find = |slug: &str| services.tenants.find(slug).map(|tenant| tenant.number);
    let tenant = parameters.parse("tenant", find);
    let state = parameters.parse("state", AgentState::parse);
    let limit = parameters.parse("limit", |text| number(text, LIMIT_MAX)).unwrap_or(LIMIT_DEFAULT);
    let page = parameters.parse("page", |text| number(text, usize::MAX)).unwrap_or(1);
    parameters.finish()?;
    let from = (page - 1).saturating_mul(limit);
    let found = services.agents.page(AgentFilter { tenant, state }, from, limit);
    let tenants = services.tenants.list();
    let slug = |number| {
        let tenant = tenants.iter().find(|tenant| tenant.number == number);
        tenant.map_or("?", |tenant| tenant.slug.as_str())
    };
    let agents = found.agents.iter();
    let agents =
        agents.map(|seen| FleetAgentJson { tenant: slug(seen.agent.tenant), agent: AgentJson::from(seen) });
    Ok(call::shown(&FleetJson { agents: agents.collect(), total: found.total }))
}

static REGISTER: Operation = Operation::new(&tags::AGENTS, "registerAgent", "Registers an agent")
    .detail("One that is known keeps its state and gets the new values.")
    .body::<NewAgent>()
    .answers::<AgentJson<'static>>("It was known and is as sent.")
    .creates::<AgentJson<'static>>("It is new.")
    .refuses(&[Code::InvalidSlug, Code::InvalidAttribute, Code::TooMany, Code::Unacceptable]);

static LIST: Operation = Operation::new(&tags::AGENTS, "listAgents", "Lists the tenant's agents")
    .answers::<AgentsJson<'static>>("All of them, by name.");

static FLEET: Operation = Operation::new(&tags::AGENTS, "listFleet", "Lists agents of all tenants")
    .parameters(&[OF_TENANT, AGENT_STATE, LIMIT_OF_AGENTS, PAGE])
    .answers::<FleetJson<'static>>("A page of them.");

static FIND: Operation =
    Operation::new(&tags::AGENTS, "findAgent", "Shows an agent").answers::<AgentJson<'static>>("The agent.");

static REMOVE: Operation =
    Operation::new(&tags::AGENTS, "removeAgent", "Forgets an agent").done("It is forgotten.");

static HEAR: Operation = Operation::new(&tags::AGENTS, "hearHeartbeat", "Takes a heartbeat")
    .detail("The answer tells the agent whether it is paused.")
    .answers::<AgentJson<'static>>("The agent as it is now.");

static PAUSE: Operation = Operation::new(&tags::AGENTS, "pauseAgent", "Pauses an agent")
    .detail("Its silence means nothing until it is resumed.")
    .answers::<AgentJson<'static>>("The agent as it is now.");

static RESUME: Operation = Operation::new(&tags::AGENTS, "resumeAgent", "Resumes a paused agent")
    .answers::<AgentJson<'static>>("The agent as it is now.");

pub(crate) static ROUTES: &[Route] = &[
    Route::post("/api/v1/agents", AGENTS, handler!(register_agent), &REGISTER),
    Route::get("/api/v1/agents", AGENTS, Handler::Now(list_agents), &LIST),
    Route::get("/api/v1/agents/{name}", AGENTS, Handler::Now(find_agent), &FIND),
    Route::post("/api/v1/agents/{name}/heartbeat", AGENTS, Handler::Now(hear_heartbeat), &HEAR),
    Route::post("/api/v1/agents/{name}/pause", AGENTS, handler!(pause_agent), &PAUSE),
    Route::post("/api/v1/agents/{name}/resume", AGENTS, handler!(resume_agent), &RESUME),
    Route::delete("/api/v1/agents/{name}", AGENTS, handler!(remove_agent), &REMOVE),
    Route::get("/api/v1/fleet", ADMIN, Handler::Now(list_fleet), &FLEET),
];
