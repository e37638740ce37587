//! Agents of all tenants.

use crate::domain::agent::AgentState;
use crate::services::agents::AgentFilter;
use crate::web::api::reading::number;
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::query::Parameters;
use crate::web::wire::agent::{AgentJson, FleetAgentJson, FleetJson};
use axum::response::Response;
use http::StatusCode;

/// Agents of a page when nobody says: an agent with its changes takes about a kilobyte.
const LIMIT_DEFAULT: usize = 100;

/// Most agents of a page.
const LIMIT_MAX: usize = 1_000;

/// Lists agents of all tenants.
pub(in crate::web) fn list_fleet(call: &Call<'_>) -> Result<Response, Problem> {
    let known = ["tenant", "state", "limit", "page"];
    let mut parameters = Parameters::read(call.parts.uri.query(), &known);
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
    let body = FleetJson { agents: agents.collect(), total: found.total };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}
