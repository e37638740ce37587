//! Health, metrics and what the appliance tells of itself.

/// `GET /v1`.
mod about;

/// Which form of an answer a prober asks for, and may have.
mod probe;

/// `GET /api/metrics`.
pub(crate) mod summary;

/// Bodies of reports.
pub(crate) mod report_body;

/// Whether the process lives, has started and may take traffic.
mod health;

/// The state of every part of the appliance, and the gates.
mod report;

/// Health as a whole: checks, readiness and gates.
mod whole_health;

/// `GET /metrics`.
mod metrics;

/// `GET /ca.pem`.
mod authority;

/// Paths that lead nowhere.
mod unmatched;

/// Plain HTTP leads to HTTPS.
mod redirect;

pub(super) use self::about::ROUTES as ABOUT;
pub(super) use self::authority::ROUTES as AUTHORITY;
pub(super) use self::health::ROUTES as HEALTH;
pub(super) use self::metrics::ROUTES as METRICS;
pub(super) use self::redirect::redirect_to_https;
pub(super) use self::report::ROUTES as REPORT;
pub(super) use self::summary::ROUTES as SUMMARY;
pub(super) use self::unmatched::refuse_unmatched;
pub(super) use self::whole_health::ROUTES as WHOLE_HEALTH;
