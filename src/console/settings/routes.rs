//! The routes of these pages and their forms.

use crate::console::settings::list::show_settings;
use crate::console::settings::one::{change_setting, reset_setting, show_setting};
use crate::http::route::{CHANGE, Handler, Route, SEE, handler};

/// The routes.
pub(in crate::console) static ROUTES: &[Route] = &[
    Route::page("/console/settings", SEE, Handler::Now(show_settings)),
    Route::page("/console/settings/{key}", SEE, Handler::Now(show_setting)),
    Route::form("/console/settings/{key}", CHANGE, handler!(change_setting)),
    Route::form("/console/settings/{key}/reset", CHANGE, handler!(reset_setting)),
];
