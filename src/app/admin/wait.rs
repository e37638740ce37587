//! Waiting for events.

use crate::api::events::event::EventJson;
use crate::app::admin::outcome::{Failure, raw};
use crate::app::admin::protocol::{AwaitRequest, EventsAnswer};
use crate::domain::cursor::Cursor;
use crate::services::all::Services;
use crate::services::live::{Ending, LiveFilter, News};
use crate::services::reading::{Page, ReadError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Longest wait: then the command is told how far the ledger was looked at and asks again.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Most events of one answer.
const EVENTS_MAX: usize = 256;

/// Pause while too many read at once.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// Waits for events behind the request's cursor.
pub(super) async fn for_events(parts: &Services, request: AwaitRequest) -> Result<EventsAnswer, Failure> {
    let tenant = parts.tenants.find_any(&request.tenant)?;
    let after = request.after.as_deref().map(Cursor::parse).transpose();
    let after = after.map_err(|error| Failure::Refused(error.to_string()))?;
    let AwaitRequest { event_type, source, trace, .. } = request;
    let filter = LiveFilter { event_type, source, trace_id: trace };
    let mut follower = parts.live.follow(&tenant, filter, after)?;
    let deadline = Instant::now() + WAIT_MAX;
    let mut events = Vec::new();
    while after.is_some() && events.is_empty() && Instant::now() < deadline {
        if follower.is_behind() {
            let texts = |page: &Page| Ok(page.events.iter().map(|event| raw(&EventJson(event))).collect());
            events = match follower.read(EVENTS_MAX, texts).await {
                Err(ReadError::Busy) => {
                    sleep(BUSY_PAUSE).await;
                    continue;
                }
                read => read?,
            };
            continue;
        }
        match timeout_at(deadline, follower.news()).await {
            Ok(News::Events(found)) => {
                events = found.iter().map(|live| raw(&EventJson(live.event()))).collect();
            }
            Ok(News::Behind) => {}
            Ok(News::Ended(Ending::Failed)) => return Err(ReadError::Stopped.into()),
            // The command asks again, and learns that nobody is there.
            Ok(News::Ended(Ending::Draining)) => break,
            Err(_elapsed) => {
                follower.rest();
                break;
            }
        }
    }
    let events = events.into_iter().collect::<Result<_, _>>()?;
    Ok(EventsAnswer { events, next: Some(follower.position().to_string()) })
}
