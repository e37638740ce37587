//! The routes of these pages and their forms.

use crate::console::tokens::{create, list, one};
use crate::http::route::{CHANGE, Handler, Route, SEE, handler};

/// The routes.
pub(in crate::console) static ROUTES: &[Route] = &[
    Route::page("/console/tokens", SEE, Handler::Now(list::show_tokens)),
    Route::page("/console/new-token", CHANGE, Handler::Now(create::show_form)),
    Route::form("/console/new-token", CHANGE, handler!(create::create_token)),
    Route::page("/console/tokens/{token}", SEE, Handler::Now(one::show_token)),
    Route::form("/console/tokens/{token}/rotate", CHANGE, handler!(one::rotate_token)),
    Route::form("/console/tokens/{token}/revoke", CHANGE, handler!(one::revoke_token)),
];
