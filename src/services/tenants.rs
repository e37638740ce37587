//! Tenants: create, change, delete.

use crate::crypto::digest::Digest;
use crate::domain::ids::{DEFAULT_TENANT, SYSTEM_TENANT, TenantNumber};
use crate::domain::names::{Slug, check_label};
use crate::domain::rate::{Quota, QuotaError};
use crate::domain::tenant::{MismatchPolicy, TENANTS_MAX, Tenant, TenantSettings, TenantStatus};
use crate::services::audit::{self, Actor};
use crate::services::once::{Once, is_repeat};
use crate::services::refusal::Refusal;
use crate::store::catalog::Catalog;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Creates, changes and deletes tenants. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tenants {
    store: Store,
    retention_max: Option<Duration>,
}

/// What to change of a tenant; what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantChange {
    /// Name for people.
    pub name: Option<String>,
    /// Active or suspended; `deleted` is what [`Tenants::delete`] does.
    pub status: Option<TenantStatus>,
    /// What a repeat of a key with another payload is answered.
    pub mismatch: Option<MismatchPolicy>,
    /// How long its keys are remembered, in seconds; 0: as long as the appliance's setting says.
    pub key_retention_seconds: Option<u64>,
    /// How often requests may work on it.
    pub rate_limit: Option<Limiting>,
    /// How often each token may.
    pub token_rate_limit: Option<Limiting>,
}

/// What a limit becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limiting {
    /// There is none.
    Off,
    /// So much.
    To(Quota),
}

impl Limiting {
    /// Reads a quota such as `1000/1m`, or `off`.
    pub fn parse(text: &str) -> Result<Self, QuotaError> {
        if text == "off" { Ok(Self::Off) } else { Quota::parse(text).map(Self::To) }
    }

    const fn quota(self) -> Option<Quota> {
        match self {
            Self::Off => None,
            Self::To(quota) => Some(quota),
        }
    }
}

impl Tenants {
    /// Stands on the store; no tenant's keys are remembered longer than `retention_max` (none: for ever).
    pub fn new(store: Store, retention_max: Option<Duration>) -> Self {
        Self { store, retention_max }
    }

    /// Creates a tenant.
    pub async fn create(&self, actor: Actor, slug: &str, name: Option<&str>) -> Result<Arc<Tenant>, Refusal> {
        Ok(self.create_once(actor, slug, name, None).await?.into_parts().0)
    }

    /// The same for a request with an idempotency key, of which the digest is given: a repeat makes nothing.
    pub async fn create_once(
        &self,
        actor: Actor,
        slug: &str,
        name: Option<&str>,
        request: Option<Digest>,
    ) -> Result<Once<Arc<Tenant>>, Refusal> {
        let slug = Slug::parse(slug)?;
        let name = name.unwrap_or(slug.as_str()).to_owned();
        check_label("name", &name)?;
        let created = slug.clone();
        let decided = self.store.execute(move |catalog, now| {
            if let Some(made) = catalog.tenants().find(|tenant| is_repeat(request, tenant.request)) {
                return if made.slug == slug {
                    Ok((Effects::default(), Once::Before(())))
                } else {
                    Err(Refusal::key_reused("tenant", made.slug.as_str()))
                };
            }
            match catalog.tenant_by_slug(slug.as_str()).map(|known| known.status) {
                None => {}
                Some(TenantStatus::Deleted) => {
                    return Err(Refusal::Unacceptable(format!(
                        "the tenant `{slug}` was deleted and its slug is not given again; hint: choose another slug"
                    )));
                }
                Some(_) => return Err(Refusal::exists("tenant", slug.as_str())),
            }
            if catalog.tenants_ever() >= TENANTS_MAX {
                return Err(Refusal::TooMany { what: "tenants", most: TENANTS_MAX });
            }
            let number = TenantNumber(u32::try_from(catalog.tenants_ever()).expect("tenants are few"));
            let status = TenantStatus::Active;
            let settings = TenantSettings::default();
            let tenant = Tenant { number, slug, name, status, settings, created_at: now, request };
            let details = json!({ "slug": tenant.slug, "name": tenant.name });
            let audit = audit::event(&actor, "tenant.created", tenant.slug.as_str(), &details);
            Ok((Effects::default().put(&tenant).audit(audit), Once::Now((), ())))
        });
        let made = decided.await?;
        let tenant = self.find_any(created.as_str())?;
        Ok(made.map(|()| tenant))
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
            return Err(Refusal::Unacceptable(
                "a tenant is deleted by `tenant delete`, not by its status".into(),
            ));
        }
        let retention = change.key_retention_seconds.map(|seconds| self.retention(seconds)).transpose()?;
        let wanted = slug.to_owned();
        let decided = self.store.execute(move |catalog, _now| {
            let before = find(catalog, &wanted)?;
            let mut tenant = Tenant::clone(&before);
            if tenant.number == SYSTEM_TENANT && change.status == Some(TenantStatus::Suspended) {
                return Err(Refusal::Unacceptable("the tenant `system` cannot be suspended".into()));
            }
            tenant.name = change.name.clone().unwrap_or(tenant.name);
            tenant.status = change.status.unwrap_or(tenant.status);
            tenant.settings.mismatch = change.mismatch.unwrap_or(tenant.settings.mismatch);
            tenant.settings.key_retention = retention.unwrap_or(tenant.settings.key_retention);
            let settings = &mut tenant.settings;
            settings.rate_limit = change.rate_limit.map_or(settings.rate_limit, Limiting::quota);
            settings.token_rate_limit =
                change.token_rate_limit.map_or(settings.token_rate_limit, Limiting::quota);
            if tenant == *before {
                return Ok((Effects::default(), ()));
            }
            let details = json!({
                "before": { "name": before.name, "status": before.status, "settings": before.settings },
                "after": { "name": tenant.name, "status": tenant.status, "settings": tenant.settings },
            });
            let audit = audit::event(&actor, "tenant.changed", tenant.slug.as_str(), &details);
            Ok((Effects::default().put(&tenant).audit(audit), ()))
        });
        decided.await?;
        self.find(slug)
    }

    /// Deletes a tenant: its credentials stop working and its slug is not given again; its events stay in the ledger.
    pub async fn delete(&self, actor: Actor, slug: &str) -> Result<(), Refusal> {
        let slug = slug.to_owned();
        let decided = self.store.execute(move |catalog, _now| {
            let mut tenant = Tenant::clone(&*find(catalog, &slug)?);
            if [SYSTEM_TENANT, DEFAULT_TENANT].contains(&tenant.number) {
                return Err(Refusal::Unacceptable(format!("the tenant `{slug}` is reserved and stays")));
            }
            let before = json!({ "name": tenant.name, "status": tenant.status });
            tenant.status = TenantStatus::Deleted;
            let after = json!({ "name": tenant.name, "status": tenant.status });
            let details = json!({ "slug": slug, "before": before, "after": after });
            let audit = audit::event(&actor, "tenant.deleted", &slug, &details);
            Ok((Effects::default().put(&tenant).audit(audit), ()))
        });
        Ok(decided.await?)
    }

    /// Checks a tenant's own retention of keys against the appliance's.
    fn retention(&self, seconds: u64) -> Result<Option<Duration>, Refusal> {
        let wanted = Duration::from_secs(seconds);
        match self.retention_max {
            _ if seconds == 0 => Ok(None),
            Some(most) if wanted > most => Err(Refusal::Unacceptable(format!(
                "keys cannot be remembered for {seconds} s; hint: idempotency.retention is {} s, raise it first",
                most.as_secs()
            ))),
            _ => Ok(Some(wanted)),
        }
    }
}

/// Returns a tenant that is not deleted.
pub(super) fn find(catalog: &Catalog, slug: &str) -> Result<Arc<Tenant>, Refusal> {
    let known = catalog.tenant_by_slug(slug).filter(|tenant| tenant.status != TenantStatus::Deleted);
    known.map(Arc::clone).ok_or_else(|| Refusal::not_found("tenant", slug))
}
