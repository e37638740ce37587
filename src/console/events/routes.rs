//! The routes of these pages and their forms.

use crate::console::events::detail::{download_payload, show_event};
use crate::console::events::explorer::show_events;
use crate::console::events::tail::follow_events;
use crate::http::route::{Handler, Route, SEE, When, handler};

pub(in crate::console) static ROUTES: &[Route] = &[
    Route::page("/console/events", SEE, handler!(show_events)),
    Route::page("/console/events/stream", SEE, Handler::Now(follow_events)).when(When::Streaming),
    Route::page("/console/events/{seq}", SEE, handler!(show_event)),
    Route::page("/console/events/{seq}/payload", SEE, handler!(download_payload)),
];
