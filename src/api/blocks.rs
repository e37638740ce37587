//! Blocked networks.

use crate::api::parameters::{NETWORK, NETWORK_FILTER, PAGE, PAGE_LIMIT, SEARCH_BLOCKS, number};
use crate::api::tags;
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::limits::{Blocked, By, NewBlock, Sought};
use axum::response::Response;
use serde::Serialize;

/// A blocked network.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Blocked")]
pub(crate) struct BlockedJson<'a> {
    network: &'a str,
    /// `TENANT/SOURCE` that it is kept from; null: it is kept out altogether.
    source: Option<String>,
    /// `appliance` or `operator`.
    by: &'static str,
    reason: Option<&'a str>,
    since: Timestamp,
    /// Null: it stays until it is lifted.
    until: Option<Timestamp>,
    /// How many blocks there have been in a row, this one among them.
    times: u32,
}

impl<'a> From<&'a Blocked> for BlockedJson<'a> {
    fn from(blocked: &'a Blocked) -> Self {
        Self {
            network: &blocked.network,
            source: blocked.source.as_ref().map(|(tenant, source)| format!("{tenant}/{source}")),
            by: match blocked.by {
                By::Appliance => "appliance",
                By::Operator => "operator",
            },
            reason: blocked.reason.as_deref(),
            since: blocked.since,
            until: blocked.until,
            times: blocked.times,
        }
    }
}

/// Everybody who is kept out.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Blocks")]
pub(crate) struct BlocksJson<'a> {
    pub(crate) blocks: Vec<BlockedJson<'a>>,
    /// How many are kept out of those that were looked for, on this page or another.
    pub(crate) total: usize,
}

/// Who was let in again.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Lifted")]
pub(crate) struct LiftedJson<'a> {
    pub(crate) network: &'a str,
    /// How many blocks there were.
    pub(crate) lifted: usize,
}

/// Most blocks of a page; without a limit all are given.
const LIMIT_MAX: usize = 1_000;

/// Lists who is kept out now: all, with `?network=` exactly this one, or with `?search=` a page of those looked for.
pub(crate) fn list_blocks(call: &Call<'_>) -> Result<Response, Problem> {
    let query = call.query();
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
    Ok(call::shown(&BlocksJson { blocks, total: found.total }))
}

async fn add_block(call: &Call<'_>) -> Result<Response, Problem> {
    let new = call.json().await?;
    let blocked = call.services()?.blocks.ban(call.request(), new).await?;
    Ok(call::created(&BlockedJson::from(&blocked), &blocked.place()))
}

pub(crate) async fn lift_block(call: &Call<'_>) -> Result<Response, Problem> {
    let mut parameters = Parameters::read(call.query(), &["network"]);
    let network = parameters.text("network").unwrap_or_default().to_owned();
    if network.is_empty() {
        parameters
            .refuse("network", "missing; hint: name an IP address or a network, such as ?network=192.0.2.1");
    }
    parameters.finish()?;
    let lifted = call.services()?.blocks.lift(call.actor(), &network).await?;
    Ok(call::shown(&LiftedJson { network: &network, lifted }))
}

static LIST_BLOCKS: Operation = Operation::new(&tags::MANAGEMENT, "listBlocks", "Lists who is kept out now")
    .detail("All of them, or a page of those that are looked for.")
    .parameters(&[NETWORK_FILTER, SEARCH_BLOCKS, PAGE_LIMIT, PAGE])
    .answers::<BlocksJson<'static>>("In the order of their networks.");

static ADD_BLOCK: Operation = Operation::new(&tags::MANAGEMENT, "addBlock", "Keeps a network out")
    .detail("Loopback can never be kept out.")
    .body::<NewBlock>()
    .creates::<BlockedJson<'static>>("It is kept out.")
    .refuses(&[Code::InvalidAttribute, Code::TooMany, Code::Unacceptable]);

static LIFT_BLOCK: Operation = Operation::new(&tags::MANAGEMENT, "liftBlock", "Lets a network in again")
    .detail("It does not matter who added it.")
    .parameters(&[NETWORK])
    .answers::<LiftedJson<'static>>("It is let in.")
    .refuses(&[Code::NotFound, Code::Unacceptable]);

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/blocks", ADMIN, Handler::Now(list_blocks), &LIST_BLOCKS),
    Route::post("/api/v1/blocks", ADMIN, handler!(add_block), &ADD_BLOCK),
    Route::delete("/api/v1/blocks", ADMIN, handler!(lift_block), &LIFT_BLOCK),
];
