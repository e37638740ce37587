//! What tenants use.

use crate::domain::usage::Totals;
use serde::Serialize;

/// What tenants used on a day.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Usage")]
pub struct UsageJson {
    /// The day, such as `2026-03-01`.
    pub day: String,
    /// Tenants that used anything, by number.
    pub tenants: Vec<TenantUsageJson>,
}

/// What a tenant used.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "TenantUsage")]
pub struct TenantUsageJson {
    /// Its slug.
    pub tenant: String,
    /// Events stored.
    pub events: u64,
    /// Repeats of stored events.
    pub repeats: u64,
    /// Bytes of the payloads stored.
    pub bytes: u64,
    /// Milliseconds its requests took to be answered.
    pub processing_ms: u64,
}

impl TenantUsageJson {
    /// Shows what a tenant used.
    pub fn new(tenant: String, totals: Totals) -> Self {
        let Totals { events, repeats, bytes, micros } = totals;
        Self { tenant, events, repeats, bytes, processing_ms: micros / 1_000 }
    }
}
