//! Agents.

use crate::domain::agent::{RequestMark, Work};
use crate::services::agents::Touched;
use crate::web::api::reading::{actor, read_json};
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::key;
use crate::web::wire::agent::{AgentJson, AgentsJson, NewAgentJson};
use axum::body::Body;
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

/// Where agents are.
const AGENTS: &str = "/api/v1/agents/";

/// Registers an agent: 201 when it is new, 200 when it was known, 204 when the same request came before.
pub(in crate::web) async fn register_agent(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let mark = mark(call, "register")?;
    let new = read_json::<NewAgentJson>(call, body).await?.into();
    let tenant = call.reach().tenant.number;
    Ok(answer(call.services()?.agents.register(actor(call), tenant, new, mark).await?))
}

/// Hears a heartbeat; the answer tells the agent whether it is paused.
pub(in crate::web) fn hear_heartbeat(call: &Call<'_>) -> Result<Response, Problem> {
    let name = call.segment(AGENTS, "/heartbeat");
    let mark = mark(call, "heartbeat")?;
    Ok(answer(call.services()?.agents.hear(call.reach().tenant.number, name, mark)?))
}

/// Pauses an agent: its silence means nothing until it is resumed.
pub(in crate::web) async fn pause_agent(call: &Call<'_>) -> Result<Response, Problem> {
    set_work(call, "pause", Work::Paused).await
}

/// Resumes a paused agent.
pub(in crate::web) async fn resume_agent(call: &Call<'_>) -> Result<Response, Problem> {
    set_work(call, "resume", Work::Wanted).await
}

async fn set_work(call: &Call<'_>, what: &str, work: Work) -> Result<Response, Problem> {
    let name = call.segment(AGENTS, &format!("/{what}"));
    let (mark, tenant) = (mark(call, what)?, call.reach().tenant.number);
    Ok(answer(call.services()?.agents.set_work(actor(call), tenant, name, work, mark).await?))
}

/// Lists the tenant's agents: all of them, because they are few.
pub(in crate::web) fn list_agents(call: &Call<'_>) -> Result<Response, Problem> {
    let agents = call.services()?.agents.list(call.reach().tenant.number);
    let body = AgentsJson { agents: agents.iter().map(AgentJson::from).collect() };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Shows an agent.
pub(in crate::web) fn find_agent(call: &Call<'_>) -> Result<Response, Problem> {
    let name = call.segment(AGENTS, "");
    let seen = call.services()?.agents.find(call.reach().tenant.number, name)?;
    Ok(call::uncached(call::json(StatusCode::OK, &AgentJson::from(&seen))))
}

/// Forgets an agent.
pub(in crate::web) async fn remove_agent(call: &Call<'_>) -> Result<Response, Problem> {
    let name = call.segment(AGENTS, "");
    call.services()?.agents.remove(actor(call), call.reach().tenant.number, name).await?;
    Ok(call::no_content())
}

fn mark(call: &Call<'_>, purpose: &str) -> Result<Option<RequestMark>, Problem> {
    Ok(key::sent(&call.parts.headers)?.map(|key| RequestMark::new(purpose, &key)))
}

fn answer(touched: Touched) -> Response {
    let (status, seen) = match touched {
        Touched::Created(seen) => (StatusCode::CREATED, seen),
        Touched::Changed(seen) => (StatusCode::OK, seen),
        Touched::Repeated(name) => {
            let response = call::no_content();
            return located(response, name.as_str());
        }
    };
    let name = seen.agent.name.clone();
    located(call::uncached(call::json(status, &AgentJson::from(&seen))), name.as_str())
}

fn located(mut response: Response, name: &str) -> Response {
    let location = HeaderValue::from_str(&format!("{AGENTS}{name}")).expect("a slug is plain text");
    response.headers_mut().insert(LOCATION, location);
    response
}
