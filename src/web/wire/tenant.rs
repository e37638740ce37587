//! Tenants.

use crate::domain::ids::TenantNumber;
use crate::domain::names::Slug;
use crate::domain::rate::Quota;
use crate::domain::tenant::{MismatchPolicy, Tenant, TenantSettings, TenantStatus};
use crate::domain::time::Timestamp;
use crate::services::refusal::Refusal;
use crate::services::tenants::{Limiting, TenantChange};
use crate::web::wire::schema::{LABEL_PATTERN, SLUG_PATTERN};
use serde::{Deserialize, Serialize};

/// A tenant.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Tenant")]
pub struct TenantJson<'a> {
    slug: &'a Slug,
    /// Name for people.
    name: &'a str,
    status: TenantStatus,
    /// Its number in the ledger's leaves, never given again.
    number: TenantNumber,
    settings: TenantSettingsJson,
    created_at: Timestamp,
}

/// What differs for a tenant.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "TenantSettings")]
pub struct TenantSettingsJson {
    /// What a repeat of a key with another payload is answered: `report` is 204 with a header, `refuse` is 422.
    mismatch: MismatchPolicy,
    /// How long keys are remembered; null: as long as `idempotency.retention` says.
    key_retention_seconds: Option<u64>,
    /// How often requests may work on it; null: as often as they like.
    rate_limit: Option<Quota>,
    /// How often each token may; null: as often as it likes.
    token_rate_limit: Option<Quota>,
}

impl<'a> From<&'a Tenant> for TenantJson<'a> {
    fn from(tenant: &'a Tenant) -> Self {
        Self {
            slug: &tenant.slug,
            name: &tenant.name,
            status: tenant.status,
            number: tenant.number,
            settings: tenant.settings.into(),
            created_at: tenant.created_at,
        }
    }
}

impl From<TenantSettings> for TenantSettingsJson {
    fn from(settings: TenantSettings) -> Self {
        let TenantSettings { mismatch, key_retention, rate_limit, token_rate_limit } = settings;
        let key_retention_seconds = key_retention.map(|retention| retention.as_secs());
        Self { mismatch, key_retention_seconds, rate_limit, token_rate_limit }
    }
}

/// A portion of the tenants.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Tenants")]
pub(crate) struct TenantsJson<'a> {
    pub(crate) tenants: Vec<TenantJson<'a>>,
    /// Give this as `after` for what follows; null at the end.
    pub(crate) next: Option<String>,
}

/// A tenant to be made.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewTenant")]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTenantJson {
    /// Short name in addresses and headers; it stays for good.
    #[schemars(regex(pattern = SLUG_PATTERN))]
    pub(crate) slug: String,
    /// Name for people; the slug without. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    pub(crate) name: Option<String>,
}

/// What to change of a tenant; what is left out or null stays.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "TenantChange")]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantChangeJson {
    /// Name for people. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    name: Option<String>,
    /// `active` or `suspended`.
    status: Option<TenantStatus>,
    /// What a repeat of a key with another payload is answered.
    mismatch: Option<MismatchPolicy>,
    /// How long its keys are remembered, at most `idempotency.retention`; 0: as long as that.
    key_retention_seconds: Option<u64>,
    /// How often requests may work on it, such as `1000/1m`, or `off`.
    rate_limit: Option<String>,
    /// How often each token may, such as `100/1m`, or `off`.
    token_rate_limit: Option<String>,
}

impl TryFrom<TenantChangeJson> for TenantChange {
    type Error = Refusal;

    fn try_from(json: TenantChangeJson) -> Result<Self, Refusal> {
        let limiting = |member: &str, text: Option<String>| {
            let read = |text: String| {
                Limiting::parse(&text).map_err(|error| Refusal::Unacceptable(format!("{member}: {error}")))
            };
            text.map(read).transpose()
        };
        Ok(Self {
            name: json.name,
            status: json.status,
            mismatch: json.mismatch,
            key_retention_seconds: json.key_retention_seconds,
            rate_limit: limiting("rate_limit", json.rate_limit)?,
            token_rate_limit: limiting("token_rate_limit", json.token_rate_limit)?,
        })
    }
}
