//! Tenants: create, change, delete.

use crate::domain::ids::{DEFAULT_TENANT, SYSTEM_TENANT, TenantNumber};
use crate::domain::names::{LABEL_PATTERN, SLUG_PATTERN, Slug, check_label};
use crate::domain::rate::Quota;
use crate::domain::tenant::{MismatchPolicy, TENANTS_MAX, Tenant, TenantSettings, TenantStatus};
use crate::domain::time::{format_duration, parse_duration};
use crate::services::audit::{self, Actor};
use crate::services::input::Change;
use crate::services::refusal::{Refusal, RefusalExt, both};
use crate::services::request::{Request, carry_out};
use crate::store::catalog::Catalog;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Creates, changes and deletes tenants. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tenants {
    store: Store,
    retention_max: Option<Duration>,
}

/// A tenant to be made.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Short name in addresses and headers; it stays for good.
    #[schemars(regex(pattern = SLUG_PATTERN))]
    pub slug: String,
    /// Name for people; the slug without. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    pub name: Option<String>,
}

/// What to change of a tenant; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantChange {
    /// Name for people. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    pub name: Option<String>,
    /// `active` or `suspended`.
    pub status: Option<TenantStatus>,
    /// What a repeat of a key with another payload is answered: `report` is 204 with a header, `refuse` is 422.
    pub mismatch: Option<MismatchPolicy>,
    /// How long its keys are remembered, such as `7d`, at most `idempotency.retention`; null: as long as that.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub key_retention: Change,
    /// How often requests may work on it, such as `1000/1m`; null or `off`: as often as they like.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub rate_limit: Change,
    /// How often each token may, such as `100/1m`; null or `off`: as often as it likes.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub token_rate_limit: Change,
}

impl Tenants {
    /// Stands on the store; no tenant's keys are remembered longer than `retention_max` (none: for ever).
    pub fn new(store: Store, retention_max: Option<Duration>) -> Self {
        Self { store, retention_max }
    }

    /// Creates a tenant.
    pub async fn create(&self, request: impl Into<Request>, new: NewTenant) -> Result<Arc<Tenant>, Refusal> {
        let slug = Slug::parse(&new.slug).at("slug")?;
        let name = new.name.unwrap_or_else(|| slug.to_string());
        check_label("name", &name)?;
        carry_out(&self.store, request, move |actor, catalog, now| {
            match catalog.tenant_by_slug(slug.as_str()).map(|known| known.status) {
                None => {}
                Some(TenantStatus::Deleted) => {
                    let detail = format!(
                        "the tenant `{slug}` was deleted and its slug is not given again; hint: choose another slug"
                    );
                    return Err(Refusal::field_unacceptable("slug", detail));
                }
                Some(_) => return Err(Refusal::exists("tenant", slug.as_str()).at("slug")),
            }
            if catalog.tenants_ever() >= TENANTS_MAX {
                return Err(Refusal::TooMany { what: "tenants", most: TENANTS_MAX });
            }
            let number = TenantNumber(u32::try_from(catalog.tenants_ever()).expect("tenants are few"));
            let (status, settings) = (TenantStatus::Active, TenantSettings::default());
            let tenant = Tenant { number, slug, name, status, settings, created_at: now };
            let details = json!({ "slug": tenant.slug, "name": tenant.name });
            let effects = audit::record(actor, "tenant.created", tenant.slug.as_str(), &details);
            Ok((effects.put(&tenant).made(tenant.place()), Arc::new(tenant)))
        })
        .await
    }

    /// Returns every tenant, deleted ones too, by number.
    pub fn list(&self) -> Vec<Arc<Tenant>> {
        self.store.catalog().tenants().map(Arc::clone).collect()
    }

    /// Returns every tenant that is not deleted, by number.
    pub fn present(&self) -> Vec<Arc<Tenant>> {
        let catalog = self.store.catalog();
        catalog.tenants().filter(|tenant| tenant.status != TenantStatus::Deleted).map(Arc::clone).collect()
    }

    /// Returns a tenant that is not deleted.
    pub fn find(&self, slug: &str) -> Result<Arc<Tenant>, Refusal> {
        find(&self.store.catalog(), slug)
    }

    /// Returns a tenant, also a deleted one: its events stay in the ledger.
    pub fn find_any(&self, slug: &str) -> Result<Arc<Tenant>, Refusal> {
        let catalog = self.store.catalog();
        catalog.tenant_by_slug(slug).map(Arc::clone).ok_or_else(|| Refusal::not_found("tenant", slug))
    }

    /// Returns the tenant of a number, also a deleted one.
    pub fn numbered(&self, number: TenantNumber) -> Option<Arc<Tenant>> {
        self.store.catalog().tenant(number).map(Arc::clone)
    }

    /// Changes a tenant.
    pub async fn change(
        &self,
        actor: Actor,
        slug: &str,
        change: TenantChange,
    ) -> Result<Arc<Tenant>, Refusal> {
        if let Some(name) = &change.name {
            check_label("name", name)?;
        }
        if change.status == Some(TenantStatus::Deleted) {
            let detail = "a tenant is deleted by `tenant delete`, not by its status";
            return Err(Refusal::field_unacceptable("status", detail));
        }
        let retention = change.key_retention.read("key_retention", |text| self.retention(text));
        let rate_limit = change.rate_limit.read("rate_limit", Quota::parse);
        let token_rate_limit = change.token_rate_limit.read("token_rate_limit", Quota::parse);
        let (retention, (rate_limit, token_rate_limit)) =
            both(retention, both(rate_limit, token_rate_limit))?;
        let slug = slug.to_owned();
        carry_out(&self.store, actor, move |actor, catalog, _now| {
            let before = find(catalog, &slug)?;
            let mut tenant = Tenant::clone(&before);
            if tenant.number == SYSTEM_TENANT && change.status == Some(TenantStatus::Suspended) {
                return Err(Refusal::field_unacceptable("status", "the tenant `system` cannot be suspended"));
            }
            tenant.name = change.name.unwrap_or(tenant.name);
            tenant.status = change.status.unwrap_or(tenant.status);
            let settings = &mut tenant.settings;
            settings.mismatch = change.mismatch.unwrap_or(settings.mismatch);
            settings.key_retention = retention.of_value(settings.key_retention);
            settings.rate_limit = rate_limit.of_value(settings.rate_limit);
            settings.token_rate_limit = token_rate_limit.of_value(settings.token_rate_limit);
            if tenant == *before {
                return Ok((Effects::default(), before));
            }
            let details = json!({
                "before": { "name": before.name, "status": before.status, "settings": before.settings },
                "after": { "name": tenant.name, "status": tenant.status, "settings": tenant.settings },
            });
            let effects = audit::record(actor, "tenant.changed", &slug, &details);
            Ok((effects.put(&tenant), Arc::new(tenant)))
        })
        .await
    }

    /// Deletes a tenant: its credentials stop working and its slug is not given again; its events stay in the ledger.
    pub async fn delete(&self, actor: Actor, slug: &str) -> Result<(), Refusal> {
        let slug = slug.to_owned();
        carry_out(&self.store, actor, move |actor, catalog, _now| {
            let mut tenant = Tenant::clone(&*find(catalog, &slug)?);
            if [SYSTEM_TENANT, DEFAULT_TENANT].contains(&tenant.number) {
                return Err(Refusal::Unacceptable(format!("the tenant `{slug}` is reserved and stays")));
            }
            let before = json!({ "name": tenant.name, "status": tenant.status });
            tenant.status = TenantStatus::Deleted;
            let after = json!({ "name": tenant.name, "status": tenant.status });
            let details = json!({ "slug": slug, "before": before, "after": after });
            Ok((audit::record(actor, "tenant.deleted", &slug, &details).put(&tenant), ()))
        })
        .await
    }

    /// Reads a tenant's own retention of keys and checks it against the appliance's.
    fn retention(&self, text: &str) -> Result<Duration, String> {
        let wanted = parse_duration(text).map_err(|error| error.to_string())?;
        if wanted < Duration::from_secs(1) {
            return Err(
                "keys are remembered for at least 1s; hint: `default` for idempotency.retention".to_owned()
            );
        }
        match self.retention_max {
            Some(most) if wanted > most => Err(format!(
                "keys cannot be remembered for {}; hint: idempotency.retention is {}, raise it first",
                format_duration(wanted),
                format_duration(most)
            )),
            _ => Ok(wanted),
        }
    }
}

/// Returns a tenant that is not deleted.
pub(super) fn find(catalog: &Catalog, slug: &str) -> Result<Arc<Tenant>, Refusal> {
    let known = catalog.tenant_by_slug(slug).filter(|tenant| tenant.status != TenantStatus::Deleted);
    known.map(Arc::clone).ok_or_else(|| Refusal::not_found("tenant", slug))
}
