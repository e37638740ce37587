//! The routes of these pages and their forms.

use crate::console::operators::list::{create_operator, show_operators};
use crate::console::operators::one::{
    change_role, delete_operator, end_sessions_of, reset_password, show_operator,
};
use crate::http::route::{Handler, MANAGE, Route, SEE, handler};

/// The routes.
pub(in crate::console) static ROUTES: &[Route] = &[
    Route::page("/console/operators", SEE, Handler::Now(show_operators)),
    Route::form("/console/operators", MANAGE, handler!(create_operator)),
    Route::page("/console/operators/{operator}", SEE, Handler::Now(show_operator)),
    Route::form("/console/operators/{operator}/role", MANAGE, handler!(change_role)),
    Route::form("/console/operators/{operator}/reset-password", MANAGE, handler!(reset_password)),
    Route::form("/console/operators/{operator}/sessions", MANAGE, handler!(end_sessions_of)),
    Route::form("/console/operators/{operator}/delete", MANAGE, handler!(delete_operator)),
];
