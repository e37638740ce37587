//! How everything is, at a glance.

/// Charts of what was kept.
mod charts;

/// What stands on the page as words.
mod figures;

/// The page.
mod show;

pub(super) use self::figures::{overall, part, state};
pub(super) use self::show::ROUTES;
