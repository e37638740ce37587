//! Health, metrics and what the appliance says of itself.

/// `GET /v1`.
mod about;

/// What a prober wants to see, and may.
mod wish;

/// Whether the process lives, has started and may take traffic.
mod health;

/// How every part of the appliance is, and which gates are open.
mod report;

/// `GET /metrics`.
mod metrics;

/// `GET /api/metrics`.
mod summary;

/// `GET /ca.pem`.
mod authority;

/// Paths that lead nowhere.
mod unmatched;

/// Plain HTTP leads to HTTPS.
mod redirect;

pub(super) use self::about::show_about;
pub(super) use self::authority::show_authority;
pub(super) use self::health::{
    show_alive, show_check, show_database_ready, show_health, show_ready, show_started,
};
pub(super) use self::metrics::show_metrics;
pub(super) use self::redirect::redirect_to_https;
pub(super) use self::report::{show_gates, show_report};
pub(super) use self::summary::show_summary;
pub(super) use self::unmatched::refuse_unmatched;
