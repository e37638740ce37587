//! The routes of these pages and their forms.

use crate::console::tenants::{first_event, list, one};
use crate::http::route::{CHANGE, Handler, Route, SEE, handler};

pub(in crate::console) static ROUTES: &[Route] = &[
    Route::page("/console/tenants", SEE, handler!(list::show_tenants)),
    Route::page("/console/new-tenant", CHANGE, Handler::Now(list::show_form)),
    Route::form("/console/new-tenant", CHANGE, handler!(list::create_tenant)),
    Route::page("/console/tenants/{tenant}", SEE, handler!(one::show_tenant)),
    Route::form("/console/tenants/{tenant}/settings", CHANGE, handler!(one::change_tenant)),
    Route::form("/console/tenants/{tenant}/status", CHANGE, handler!(one::set_status)),
    Route::form("/console/tenants/{tenant}/delete", CHANGE, handler!(one::delete_tenant)),
    Route::page("/console/tenants/{tenant}/first-event", SEE, handler!(first_event::show_first_event)),
    Route::form("/console/tenants/{tenant}/first-event", CHANGE, handler!(first_event::make_token)),
    Route::page("/console/tenants/{tenant}/first-event/state", SEE, handler!(first_event::show_state)),
];
