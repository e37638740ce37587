//! Requests that are carried out once, however often they are sent: every POST of management with an `Idempotency-Key`.
//!
//! A repeat is known before the handler runs. Two that come at the same moment both reach it: the store lets one of them
//! through, and the other is answered here with what that one made.

use crate::domain::request::{EarlierRequest, IdempotentRequest};
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::request::key;
use crate::http::route::{Answered, Handler, Repeats, Route};
use crate::services::refusal::Refusal;

/// Has a route's handler answer a call, unless its request came before.
pub(crate) async fn answer(route: &Route, call: &Call<'_>) -> Answered {
    let Some(request) = identify(route, call).await? else { return handle(route, call).await };
    if let Some(earlier) = find(call, request).await? {
        return earlier;
    }
    let _ = call.once.set(request);
    match handle(route, call).await {
        Err(problem) if problem.code == Code::RequestInProgress => {
            find(call, request).await?.unwrap_or(Err(problem))
        }
        answered => answered,
    }
}

async fn handle(route: &Route, call: &Call<'_>) -> Answered {
    match route.handler {
        Handler::Now(answer) => answer(call),
        Handler::Later(answer) => answer(call).await,
    }
}

/// Returns what makes the request known again, if the route remembers requests and this one has a key. The handler finds
/// the body as it came.
async fn identify(route: &Route, call: &Call<'_>) -> Result<Option<IdempotentRequest>, Problem> {
    if route.repeats == Repeats::PassedOver {
        return Ok(None);
    }
    let Some(key) = key::sent(&call.parts.headers)? else { return Ok(None) };
    let bytes = call.peek_small_body().await?;
    let path = call.parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let parts = [call.parts.method.as_str().as_bytes(), path.as_bytes(), &bytes];
    let request = call.services()?.requests.identify(&call.sender(), &key, &parts);
    Ok(Some(request))
}

/// Answers a request that came before; none if it did not.
async fn find(call: &Call<'_>, request: IdempotentRequest) -> Result<Option<Answered>, Problem> {
    let earlier = call.services()?.requests.find(request).await?;
    Ok(earlier.map(|earlier| match earlier {
        EarlierRequest::Done(location) if location.is_empty() => Ok(call::no_content()),
        EarlierRequest::Done(location) => Ok(call::located(call::no_content(), &location)),
        EarlierRequest::Reused => Err(Refusal::Reused.into()),
        EarlierRequest::InProgress => Err(Refusal::InProgress.into()),
    }))
}
