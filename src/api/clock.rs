//! The machine's clock.

use crate::api::tags;
use crate::domain::believed_time::{ClockStanding, ClockState};
use crate::domain::time::Timestamp;
use crate::http::call::{self, Call};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::clock::PLACE;
use axum::response::Response;
use serde::Serialize;

/// The machine's clock, and what is believed of it.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Clock")]
pub(crate) struct ClockJson {
    /// What the clock shows.
    shown: Timestamp,
    /// The time by which keys, requests and blocks expire: what the clock shows, unless it is doubted.
    believed: Timestamp,
    /// The time that the next event gets. It never goes back.
    next_event_at: Timestamp,
    /// `right`; `ahead`: the clock is doubted; `behind`: it was set back, and events wait for it.
    standing: &'static str,
    /// How far it is ahead or behind, in whole seconds.
    off_by_seconds: u64,
    /// Why a clock that is ahead is doubted: it jumped (`jump`), or the machine was off for longer than is believed
    /// across a reboot (`reboot`). Null otherwise.
    doubt: Option<&'static str>,
    /// Seconds until a clock that is ahead is believed without a confirmation. Null otherwise.
    believed_in_seconds: Option<u64>,
    /// What is wrong and what to do, in sentences. Null while the clock is right.
    problem: Option<String>,
}

impl From<&ClockState> for ClockJson {
    fn from(state: &ClockState) -> Self {
        let (standing, off_by, doubt, left) = match state.standing {
            ClockStanding::Right => ("right", None, None, None),
            ClockStanding::Ahead { by, left, over_reboot } => {
                ("ahead", Some(by), Some(if over_reboot { "reboot" } else { "jump" }), Some(left))
            }
            ClockStanding::Behind { by } => ("behind", Some(by), None, None),
        };
        Self {
            shown: state.shown,
            believed: state.believed,
            next_event_at: state.newest,
            standing,
            off_by_seconds: off_by.unwrap_or_default().as_secs(),
            doubt,
            believed_in_seconds: left.map(|left| left.as_secs()),
            problem: state.problem().map(|problem| format!("{problem} {}", state.way_out())),
        }
    }
}

/// Shows the clock.
pub(crate) fn show_clock(call: &Call<'_>) -> Result<Response, Problem> {
    Ok(call::shown(&ClockJson::from(&call.services()?.clock.state())))
}

/// Believes the clock.
async fn confirm_clock(call: &Call<'_>) -> Result<Response, Problem> {
    let state = call.services()?.clock.confirm(call.request()).await?;
    Ok(call::changed(&ClockJson::from(&state), PLACE))
}

static SHOW_CLOCK: Operation =
    Operation::new(&tags::MANAGEMENT, "showClock", "Shows the machine's clock and the time that is believed")
        .answers::<ClockJson>("The clock.");

static CONFIRM_CLOCK: Operation =
    Operation::new(&tags::MANAGEMENT, "confirmClock", "Confirms that the machine's clock is right")
        .detail("The present time of the clock is believed at once: what has expired by it is forgotten.")
        .answers::<ClockJson>("The clock as it stands now.");

/// The routes.
pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/clock", ADMIN, Handler::Now(show_clock), &SHOW_CLOCK),
    Route::post("/api/v1/clock/confirm", ADMIN, handler!(confirm_clock), &CONFIRM_CLOCK),
];
