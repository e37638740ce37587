//! Health, metrics and what the appliance tells of itself.

/// `GET /v1` and `GET /ca.pem`.
mod about;

/// `GET /metrics` and `GET /api/metrics`.
pub(crate) mod summary;

/// Bodies of reports.
pub(crate) mod report_body;

/// Which form of an answer a prober asks for, and may have.
mod probe;

/// Whether the process lives, has started and may take traffic.
mod health;

/// The state of every part of the appliance, and the gates.
mod report;

/// Answers to what no table has a route for.
mod fallback;

pub(super) use self::about::ROUTES as ABOUT;
pub(super) use self::fallback::{redirect_to_https, refuse_unmatched};
pub(super) use self::health::ROUTES as HEALTH;
pub(super) use self::report::{ROUTES as REPORT, WHOLE_HEALTH};
pub(super) use self::summary::ROUTES as METRICS;
