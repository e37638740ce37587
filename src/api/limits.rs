//! The limits in force, how much of them is used now, and whom they refuse.

use crate::api::tags;
use crate::domain::rate::Quota;
use crate::http::call::{self, Call};
use crate::http::edge::Services;
use crate::http::operation::Operation;
use crate::http::places::Class;
use crate::http::problem::Problem;
use crate::http::route::{ADMIN, Handler, Route};
use crate::services::limits::{Bound, Over, Pressure};
use crate::telemetry::metrics::LimitScope;
use axum::response::Response;

/// Most of those over a limit that are named: who lets in more sees that there are more.
const OVER_MAX: usize = 50;

pub(crate) fn look(call: &Call<'_>) -> Result<Pressure, Problem> {
    let services = call.services()?;
    let (over, over_total) = over(services, call.options.rate_limit);
    Ok(Pressure {
        bounds: bounds(call, services),
        applies: call.options.rate_limit_applies,
        unapplied: call.edge.metrics.present().unapplied,
        limited: call.edge.metrics.http.limited_by_scope(),
        over,
        over_total,
    })
}

fn bounds(call: &Call<'_>, services: &Services) -> Vec<Bound> {
    let options = call.options;
    let present = call.edge.metrics.present();
    let at_once =
        |what, setting, used, max: usize| Bound { what, setting, used, max: max as u64, window: None };
    let places = |what, class| {
        let (taken, max) = call.edge.places.used(class);
        at_once(what, "limits.in_flight_max", Some(taken as u64), max)
    };
    let streams = Some(call.edge.streams.used().0 as u64);
    let connections = Some(present.connections);
    let queue = services.settings.running().config.store.queue_events_max;
    let per_address = "listen.connections_per_address_max";
    vec![
        Bound {
            what: "Requests of one address",
            setting: "limits.rate_limit_max",
            used: None,
            max: options.rate_limit.max.into(),
            window: Some(options.rate_limit.window),
        },
        places("Requests with a token", Class::Sender),
        places("Requests without a token", Class::Stranger),
        places("Sign-ins", Class::SignIn),
        places("Requests of operators", Class::Session),
        at_once("Open event streams", "limits.streams_max", streams, options.streams_max),
        at_once("Connections", "listen.connections_max", connections, options.connections_max),
        at_once("Connections of one address", per_address, None, options.connections_per_address_max),
        at_once("Events waiting for the journal", "store.queue_events_max", Some(present.waiting), queue),
    ]
}

/// Returns who is over a limit, those first who are refused longest; and how many they are.
fn over(services: &Services, by_address: Quota) -> (Vec<Over>, usize) {
    let limits = &services.rate_limit;
    let clients = limits.clients_over(&by_address).into_iter();
    let over = |scope, who, quota, left| Over { scope, who, quota, left };
    let mut all: Vec<_> = clients
        .map(|(client, left)| over(LimitScope::Address, client.to_string(), by_address, left))
        .collect();
    for tenant in services.tenants.list() {
        if let Some(quota) = tenant.settings.rate_limit
            && let Some(left) = limits.tenant_over(tenant.number, &quota)
        {
            all.push(over(LimitScope::Tenant, tenant.slug.to_string(), quota, left));
        }
        let Some(quota) = tenant.settings.token_rate_limit else { continue };
        for token in services.tokens.list(Some(tenant.slug.as_str())).unwrap_or_default() {
            if let Some(left) = limits.token_over(&token.id, &quota) {
                let who = format!("{} of {}", token.id.as_str(), tenant.slug);
                all.push(over(LimitScope::Token, who, quota, left));
            }
        }
    }
    let total = all.len();
    all.sort_unstable_by(|one, other| (other.left, &one.who).cmp(&(one.left, &other.who)));
    all.truncate(OVER_MAX);
    (all, total)
}

pub(crate) fn show_limits(call: &Call<'_>) -> Result<Response, Problem> {
    Ok(call::shown(&look(call)?))
}

static LIMITS: Operation = Operation::new(
    &tags::MANAGEMENT,
    "showLimits",
    "Shows the limits in force, how much of them is used, and whom they refuse",
)
.answers::<Pressure>("As they are now.");

pub(crate) static ROUTES: &[Route] =
    &[Route::get("/api/v1/limits", ADMIN, Handler::Now(show_limits), &LIMITS)];
