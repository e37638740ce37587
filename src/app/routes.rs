//! The one router: the nouns' tables joined.

use crate::http::route::Routes;
use crate::{api, console};

/// Every route.
pub static ROUTES: Routes = Routes {
    tables: &[api::routes::TABLES, console::routes::TABLES],
    unmatched: &api::routes::UNMATCHED,
    redirect: &api::routes::REDIRECT,
    pages: console::routes::PAGES,
};
