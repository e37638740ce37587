//! The routes of these pages and their forms.

use crate::console::overview::show::show_overview;
use crate::http::route::{Route, SEE, handler};

/// The routes.
pub(in crate::console) static ROUTES: &[Route] = &[Route::page("/console", SEE, handler!(show_overview))];
