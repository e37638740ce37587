//! What somebody who helps from afar needs to know. It goes into mails and tickets, so nothing in it is a secret, a
//! tenant's own, or the address of a client.

use crate::config::find;
use crate::domain::ids::SYSTEM_TENANT;
use crate::domain::tenant::TenantStatus;
use crate::platform::process::ProcessUsage;
use crate::platform::system::System;
use crate::services::agents::Agents;
use crate::services::health::{Health, Report};
use crate::services::operators::Sessions;
use crate::services::settings::Settings;
use crate::store::handle::Store;
use crate::telemetry::summary::Summary;
use schemars::JsonSchema;
use serde::Serialize;

/// Gathers it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    store: Store,
    settings: Settings,
    health: Health,
    agents: Agents,
    sessions: Sessions,
}

/// What was gathered.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// The program's version.
    pub version: &'static str,
    /// How it was built: `release` or `debug`.
    pub build: &'static str,
    /// What it runs on.
    pub system: System,
    /// Memory and files of the process.
    pub process: ProcessUsage,
    /// How every part is, since when, and how requests fared.
    pub report: Report,
    /// What differs from the defaults: key, value, and the kind of who set it.
    pub settings: Vec<Differing>,
    /// How many there are of what.
    pub counts: Vec<(&'static str, u64)>,
    /// The database's schema version, and how many steps are due; none if the database does not say.
    pub schema: Option<(u32, usize)>,
    /// Sizes in bytes.
    pub sizes: Vec<(&'static str, u64)>,
}

/// A setting that differs from its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DifferingSetting")]
pub struct Differing {
    /// The key.
    pub key: &'static str,
    /// The value; of what may tell who the clients are only how much there is.
    pub value: String,
    /// Who set it: `default`, `console`, `file`, `environment` or `flag`.
    pub origin: &'static str,
}

impl Diagnostics {
    /// Stands on what knows it.
    pub fn new(store: Store, settings: Settings, health: Health, agents: Agents, sessions: Sessions) -> Self {
        Self { store, settings, health, agents, sessions }
    }

    /// Gathers what there is; the summary says how requests fared. What cannot be had is left out: this is asked for
    /// when something is wrong.
    pub async fn gather(&self, summary: &Summary) -> Gathered {
        let report = self.health.report(summary).await;
        let known = self.clone();
        let looked = tokio::task::spawn_blocking(move || (known.schema(), known.sizes())).await;
        let (schema, sizes) = looked.unwrap_or_default();
        Gathered {
            version: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            system: System::read(),
            process: ProcessUsage::read(),
            report,
            settings: self.differing(),
            counts: self.counts(),
            schema,
            sizes,
        }
    }

    /// Asks the database for its version. Blocks.
    fn schema(&self) -> Option<(u32, usize)> {
        let steps = self.store.migrations().ok()?;
        let done = steps.iter().filter(|step| step.done_at.is_some()).map(|step| step.version);
        Some((done.clone().max().unwrap_or(0), steps.len() - done.count()))
    }

    /// Measures the files. Blocks.
    fn sizes(&self) -> Vec<(&'static str, u64)> {
        let segment = self.settings.running().config.store.journal_segment_bytes;
        let sizes = [
            ("database", self.store.database_bytes().ok()),
            ("journal_segment", Some(segment)),
            ("disk_free", self.store.free_bytes().ok()),
            ("disk_total", self.store.total_bytes().ok()),
        ];
        sizes.into_iter().filter_map(|(name, size)| Some((name, size?))).collect()
    }

    fn differing(&self) -> Vec<Differing> {
        let running = self.settings.running();
        let rows = running.differences().filter_map(|row| Some((find(&row.key)?, row)));
        let shown = rows.map(|(entry, row)| {
            let count = row.value.split(',').filter(|item| !item.is_empty()).count();
            Differing {
                key: entry.key(),
                value: match count {
                    1 if entry.tells_of_others() => "(1 item)".to_owned(),
                    _ if entry.tells_of_others() => format!("({count} items)"),
                    _ => row.value.clone(),
                },
                origin: row.origin.kind(),
            }
        });
        shown.collect()
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        let catalog = self.store.catalog();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let tenants = || catalog.tenants().filter(|tenant| tenant.status != TenantStatus::Deleted);
        let agents = tenants().map(|tenant| self.agents.list(tenant.number).len()).sum();
        vec![
            ("events", self.store.last_seq()),
            ("tenants", count(tenants().filter(|tenant| tenant.number != SYSTEM_TENANT).count())),
            ("tokens", count(catalog.tokens().count())),
            ("sources", count(catalog.sources().count())),
            ("agents", count(agents)),
            ("operators", count(catalog.operators().count())),
            ("sessions", count(self.sessions.list_all().len())),
            ("bans", count(catalog.bans().iter().count())),
            ("settings_of_the_console", count(catalog.settings().len())),
            ("replayed_entries", count(self.store.replayed())),
        ]
    }
}
