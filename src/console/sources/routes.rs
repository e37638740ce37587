//! The routes of these pages and their forms.

use crate::console::sources::{create, list, one};
use crate::http::route::{CHANGE, Handler, Route, SEE, handler};

/// The routes.
pub(in crate::console) static ROUTES: &[Route] = &[
    Route::page("/console/sources", SEE, Handler::Now(list::show_sources)),
    Route::page("/console/new-source", CHANGE, Handler::Now(create::show_form)),
    Route::form("/console/new-source", CHANGE, handler!(create::create_source)),
    Route::page("/console/sources/{tenant}/{source}", SEE, Handler::Now(one::show_source)),
    Route::form("/console/sources/{tenant}/{source}/change", CHANGE, handler!(one::change_source)),
    Route::form("/console/sources/{tenant}/{source}/rotate", CHANGE, handler!(one::rotate_source)),
    Route::form("/console/sources/{tenant}/{source}/delete", CHANGE, handler!(one::delete_source)),
];
