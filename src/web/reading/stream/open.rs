//! Opening a stream.

use super::pipe::{self, Outlet};
use super::reader::Reader;
use crate::domain::scope::Scope;
use crate::platform::entropy;
use crate::web::call::{self, Call, Endless};
use crate::web::code::Code;
use crate::web::problem::{Hint, Problem};
use crate::web::reading::parameters;
use crate::web::request::credential;
use crate::web::request::header::X_ACCEL_BUFFERING;
use crate::web::wire::frame;
use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use std::time::Duration;

/// Longest time without a byte: shorter than what proxies bear, and how soon an idle reader whose token was revoked is
/// cut off. A shorter `limits.request_timeout_ms` shortens it, because connections on which nothing moves are closed.
const HEARTBEAT_MAX: Duration = Duration::from_secs(15);

/// When a reader that was cut off may come again: at least this, and up to as much more, so that thousands of them do
/// not come at the same moment after a restart.
const RETRY_MS: u16 = 1_000;

/// Seconds after which some reader may have left.
const CROWD_RETRY_SECONDS: u32 = 5;

/// Opens a stream of the tenant's events. The head is answered at once; everything else is the task's.
pub(in crate::web) fn follow_events(call: &Call<'_>) -> Result<Response, Problem> {
    let (after, filter) = parameters::read_stream(call.parts.uri.query(), &call.parts.headers)?;
    let (services, reach) = (call.services()?, call.reach());
    let follower = services.live.follow(&reach.tenant, filter, after)?;
    let (inlet, outlet) = pipe::pipe();
    if call.parts.method == Method::HEAD {
        return Ok(head(outlet));
    }
    let place = call.edge.enter_stream(call.options).ok_or_else(too_many)?;
    let presented = credential::presented(&call.parts.headers)?.ok_or_else(credential::missing)?;
    let standing = services.access.standing(presented, reach, Scope::EventsRead);
    let [high, low] = entropy::array::<2>(call.edge.entropy.as_ref());
    let retry_ms = RETRY_MS + u16::from_be_bytes([high, low]) % RETRY_MS;
    let told = follower.position();
    inlet.put([frame::opening(retry_ms.into(), told)]);
    let patience = call.options.request_timeout;
    let reader = Reader {
        endings: follower.endings(),
        follower,
        inlet,
        access: services.access.clone(),
        standing: standing.ok_or_else(credential::missing)?,
        pages: call.edge.stream_pages.clone(),
        patience,
        heartbeat: HEARTBEAT_MAX.min(patience),
        id: call.id.clone(),
        told,
        _place: place,
        _counted: call.edge.metrics.stream_opened(),
    };
    tokio::spawn(reader.run());
    Ok(head(outlet))
}

fn head(body: Outlet) -> Response {
    let mut response = Response::new(Body::new(body));
    response.extensions_mut().insert(Endless);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(&X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    call::uncached(response)
}

fn too_many() -> Problem {
    let detail =
        "as many event streams are open as there may be; hint: come again later, or raise limits.streams_max";
    Problem::new(Code::TooManyStreams, detail).with_hint(Hint::RetryAfter(CROWD_RETRY_SECONDS))
}
