//! What is there from the first start on.

use crate::domain::event::Severity;
use crate::domain::ids::{DEFAULT_TENANT, SYSTEM_TENANT};
use crate::domain::names::Slug;
use crate::domain::tenant::{Tenant, TenantSettings, TenantStatus};
use crate::services::audit::{self, Actor};
use crate::services::refusal::Refusal;
use crate::services::request::carry_out;
use crate::store::effects::Effects;
use crate::store::handle::Store;
use crate::store::sequencer::queue::QueueError;
use serde_json::json;

/// Creates the tenants `system` and `default` unless they are there; however often it is called, once. A store that
/// only reads is left as it is.
pub async fn create_reserved_tenants(store: &Store) -> Result<(), Refusal> {
    if store.is_read_only() {
        return Ok(());
    }
    carry_out(store, Actor::Appliance, move |actor, catalog, now| {
        let mut effects = Effects::default();
        for (number, slug) in [(SYSTEM_TENANT, "system"), (DEFAULT_TENANT, "default")] {
            if catalog.tenant(number).is_some() {
                continue;
            }
            let tenant = Tenant {
                number,
                slug: Slug::parse(slug)?,
                name: slug.to_owned(),
                status: TenantStatus::Active,
                settings: TenantSettings::default(),
                created_at: now,
            };
            let details = json!({ "slug": slug });
            let audit = audit::event(actor, Severity::Info, "tenant.created", slug, &details);
            effects = effects.put(&tenant).audit(audit);
        }
        Ok((effects, ()))
    })
    .await
}

/// Records that the appliance has started, what it recovered and whether a loss was accepted.
pub fn record_start(store: &Store, version: &str) -> Result<(), QueueError> {
    if store.is_read_only() {
        tracing::error!("The disk has no space left even for recovery: events are read, none are taken in");
        return Ok(());
    }
    let details = json!({
        "version": version,
        "epoch": store.epoch(),
        "replayed_entries": store.replayed(),
        "loss_accepted": store.loss_accepted(),
    });
    let severity = if store.loss_accepted() { Severity::Warning } else { Severity::Info };
    let event = audit::event(&Actor::Appliance, severity, "appliance.started", "appliance", &details);
    store.put(Effects::default().audit(event))
}

/// Records that the appliance stops.
pub fn record_stop(store: &Store, reason: &str) -> Result<(), QueueError> {
    if store.is_read_only() {
        return Ok(());
    }
    let details = json!({ "reason": reason });
    store.put(audit::record(&Actor::Appliance, "appliance.stopped", "appliance", &details))
}
