//! The one router: the nouns' tables joined.

use crate::api;
use crate::console;
use crate::http::route::Routes;

/// Every route.
pub static ROUTES: Routes = Routes {
    tables: &[api::routes::TABLES, console::routes::TABLES],
    unmatched: &api::routes::UNMATCHED,
    redirect: &api::routes::REDIRECT,
    pages: console::routes::PAGES,
};
