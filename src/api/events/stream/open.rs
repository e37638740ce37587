//! Opening a stream.

use super::pipe::{self, Outlet};
use super::reader::{Form, Reader, Right};
use crate::api::events::frame;
use crate::api::events::parameters;
use crate::domain::cursor::Cursor;
use crate::domain::scope::Scope;
use crate::domain::tenant::Tenant;
use crate::http::call::{self, Call, Endless};
use crate::http::problem::Problem;
use crate::http::request::credential;
use crate::http::request::header::X_ACCEL_BUFFERING;
use crate::platform::entropy;
use crate::services::access::{Holder, Reach};
use crate::services::live::LiveFilter;
use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use std::sync::Arc;
use std::time::Duration;

/// Longest time without a byte: shorter than what proxies bear. A shorter `limits.request_timeout_ms` shortens it, because connections on which nothing moves are closed.
const HEARTBEAT_MAX: Duration = Duration::from_secs(15);

/// When a reader that was cut off may come again: at least this, and up to as much more, so that thousands of them do
/// not come at the same moment after a restart.
const RETRY_MS: u16 = 1_000;

pub(crate) struct Following {
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) filter: LiveFilter,
    /// Behind which place; none: from now on.
    pub(crate) after: Option<Cursor>,
    pub(crate) right: Right,
    /// How events are written for them.
    pub(crate) form: Form,
}

pub(crate) fn follow_events(call: &Call<'_>) -> Result<Response, Problem> {
    let (after, filter) = parameters::read_stream(call.query(), &call.parts.headers)?;
    let reach = call.reach();
    let (tenant, right) = (Arc::clone(&reach.tenant), right_of(call, reach)?);
    follow(call, Following { tenant, filter, after, right, form: Form::Shared })
}

/// Returns why the caller may read.
fn right_of(call: &Call<'_>, reach: &Reach) -> Result<Right, Problem> {
    if matches!(reach.holder, Holder::CommandLine) {
        return Ok(Right::CommandLine);
    }
    let access = &call.services()?.access;
    let presented = credential::presented(&call.parts.headers)?.ok_or_else(credential::missing)?;
    let standing = access.standing(presented, reach, Scope::EventsRead).ok_or_else(credential::missing)?;
    Ok(Right::Token(access.clone(), standing))
}

/// Opens a stream of a tenant's events. The head is answered at once; everything else is the task's.
pub(crate) fn follow(call: &Call<'_>, following: Following) -> Result<Response, Problem> {
    let Following { tenant, filter, after, right, form } = following;
    let follower = call.services()?.live.follow(&tenant, filter, after)?;
    let (inlet, outlet) = pipe::pipe();
    if call.parts.method == Method::HEAD {
        return Ok(head(outlet));
    }
    let place = call.enter_stream()?;
    let told = follower.position();
    inlet.put([frame::opening(retry_ms(call).into(), told)]);
    let patience = call.options.request_timeout;
    let reader = Reader {
        endings: follower.endings(),
        follower,
        inlet,
        right: Arc::new(right),
        form,
        pages: call.stream_pages(),
        patience,
        heartbeat: heartbeat(patience),
        id: call.id.clone(),
        told,
        _place: place,
        _counted: call.edge.metrics.http.stream_opened(),
    };
    tokio::spawn(reader.run());
    Ok(head(outlet))
}

/// Returns when a reader that was cut off may come again.
pub(super) fn retry_ms(call: &Call<'_>) -> u16 {
    let [high, low] = entropy::array::<2>(call.edge.entropy.as_ref());
    RETRY_MS + u16::from_be_bytes([high, low]) % RETRY_MS
}

/// Returns the time between two signs of life.
pub(super) fn heartbeat(patience: Duration) -> Duration {
    HEARTBEAT_MAX.min(patience)
}

pub(super) fn head(body: Outlet) -> Response {
    let mut response = Response::new(Body::new(body));
    response.extensions_mut().insert(Endless);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(&X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    call::uncached(response)
}
