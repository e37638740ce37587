//! Tenants: whose data it is.

use crate::domain::ids::TenantNumber;
use crate::domain::members;
use crate::domain::names::Slug;
use crate::domain::rate::Quota;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Most tenants an appliance holds: every closed block keeps a row for each tenant in it.
pub const TENANTS_MAX: usize = 4_096;

/// A tenant as the appliance knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Number in the ledger's leaves.
    pub number: TenantNumber,
    /// Short name in addresses and headers.
    pub slug: Slug,
    /// Name for people.
    pub name: String,
    /// Whether its credentials work.
    pub status: TenantStatus,
    /// What differs for it.
    pub settings: TenantSettings,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Tenant {
    /// Returns its place among what is managed, such as `tenants/acme`.
    pub fn place(&self) -> String {
        format!("tenants/{}", self.slug)
    }
}

/// Whether a tenant's credentials work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// Everything works.
    Active,
    /// Requests are refused with 403 `tenant_suspended`; the data stays.
    Suspended,
    /// The tenant is unknown to every request; its events stay in the ledger and its slug is not given again.
    Deleted,
}

/// Settings of one tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantSettings {
    /// What a repeat of a key with another payload is answered.
    pub mismatch: MismatchPolicy,
    /// How long the tenant's keys are remembered; none: as long as `idempotency.retention` says.
    #[serde(rename = "key_retention_seconds")]
    #[serde(serialize_with = "members::seconds", deserialize_with = "members::from_any_seconds")]
    pub key_retention: Option<Duration>,
    /// How often requests may work on the tenant; none: as often as they like.
    pub rate_limit: Option<Quota>,
    /// How often each token may; none: as often as it likes.
    pub token_rate_limit: Option<Quota>,
}

/// What a repeat of a key with another payload is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MismatchPolicy {
    /// 204 with `Idempotency-Mismatch: true`.
    #[default]
    Report,
    /// 422 `idempotency_key_reused` (strict idempotency).
    Refuse,
}
