//! Blocks: who is kept out.

use crate::domain::time::parse_duration;
use crate::services::limits::{Banned, Sought};
use crate::services::refusal::Refusal;
use crate::web::api::reading::{actor, number, read_json};
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::request::key;
use crate::web::request::query::Parameters;
use crate::web::wire::blocked::{BlockedJson, BlocksJson, LiftedJson, NewBlockJson};
use axum::body::Body;
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use std::time::Duration;

/// Most blocks of a page; without a limit all are given.
const LIMIT_MAX: usize = 1_000;

/// Lists who is kept out now: all, with `?network=` exactly this one, or with `?search=` a page of those looked for.
pub(in crate::web) fn list_blocks(call: &Call<'_>) -> Result<Response, Problem> {
    let query = call.parts.uri.query();
    let mut parameters = Parameters::read(query, &["network", "search", "limit", "page"]);
    let network = parameters.text("network").map(str::to_owned);
    let sought = parameters.text("search").map_or(Sought::All, Sought::parse);
    let limit = parameters.parse("limit", |text| number(text, LIMIT_MAX));
    let page = parameters.parse("page", |text| number(text, usize::MAX)).unwrap_or(1);
    parameters.finish()?;
    let blocks = &call.services()?.blocks;
    let most = limit.filter(|_| network.is_none()).unwrap_or(usize::MAX);
    let mut found = blocks.page(&sought, (page - 1).saturating_mul(most), most);
    if let Some(network) = network {
        found.blocked.retain(|one| one.network == network);
        found.total = found.blocked.len();
    }
    let blocks = found.blocked.iter().map(BlockedJson::from).collect();
    let body = BlocksJson { blocks, total: found.total };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Keeps a network out: 201, or 204 when the same request came before.
pub(in crate::web) async fn add_block(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let key = key::sent(&call.parts.headers)?;
    let new = read_json::<NewBlockJson>(call, body).await?;
    let time = new.time.as_deref().map(parse_duration).transpose();
    let time = time.map_err(|error| Refusal::Unacceptable(format!("for: {error}")))?;
    if time.is_some_and(|time| time < Duration::from_secs(1)) {
        return Err(Refusal::Unacceptable("for: less than a second; hint: write 1s or more".into()).into());
    }
    let blocks = &call.services()?.blocks;
    let banned = blocks.ban_once(actor(call), &new.network, new.reason, time, key.as_ref()).await?;
    Ok(match banned {
        Banned::Made(blocked) => {
            let made = call::json(StatusCode::CREATED, &BlockedJson::from(&blocked));
            located(call::uncached(made), &blocked.network)
        }
        Banned::Repeated(blocked) => {
            let response = call::no_content();
            located(response, &blocked.network)
        }
    })
}

/// Lets a network in again.
pub(in crate::web) async fn lift_block(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.parts.uri.query(), &["network"]);
    let network = parameters.text("network").unwrap_or_default().to_owned();
    if network.is_empty() {
        parameters
            .refuse("network", "missing; hint: name an IP address or a network, such as ?network=192.0.2.1");
    }
    parameters.finish()?;
    let lifted = call.services()?.blocks.lift(actor(call), &network).await?;
    let body = LiftedJson { network: &network, lifted };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

fn located(mut response: Response, network: &str) -> Response {
    let location = HeaderValue::from_str(&format!("/api/v1/blocks?network={network}"));
    response.headers_mut().insert(LOCATION, location.expect("a network is plain text"));
    response
}
