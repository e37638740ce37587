//! A source as pages show it.

use crate::console::words::Moment;
use crate::domain::secret::is_old;
use crate::domain::tenant::TenantStatus;
use crate::domain::time::Timestamp;
use crate::http::edge::Services;
use crate::services::sources::Registered;

/// A source as pages show it.
pub(in crate::console) struct SourceView {
    pub(in crate::console) tenant: String,
    pub(in crate::console) name: String,
    pub(in crate::console) scheme: String,
    /// Path of the address it posts to.
    pub(in crate::console) path: String,
    pub(in crate::console) state: (&'static str, &'static str),
    /// Why it cannot be used as it is.
    pub(in crate::console) fault: Option<String>,
    pub(in crate::console) created: Moment,
    /// Since when the present secret is in use; none: there is no secret.
    pub(in crate::console) since: Option<Moment>,
    /// Whether that secret should give way to a new one.
    pub(in crate::console) is_old: bool,
    /// Until when the secret before works.
    pub(in crate::console) overlaps: Vec<Moment>,
}

impl SourceView {
    /// Looks at a source from now.
    pub(in crate::console) fn new(services: &Services, registered: &Registered, now: Timestamp) -> Self {
        let Registered { tenant, source } = registered;
        let moment = |at: Timestamp| Moment::new(at, now);
        let fault = services.sources.fault(source);
        let present = source.secrets.iter().find(|secret| secret.valid_until.is_none());
        let since = present.map(|secret| secret.created_at);
        let overlaps = source.secrets.iter().filter_map(|secret| secret.valid_until);
        Self {
            tenant: tenant.slug.as_str().to_owned(),
            name: source.name.as_str().to_owned(),
            scheme: source.scheme.as_str().to_owned(),
            path: source.path(&tenant.slug),
            state: match (&fault, tenant.status) {
                (Some(_), _) => ("bad", "cannot be used"),
                (None, TenantStatus::Active) => ("ok", "works"),
                (None, _) => ("warn", "tenant suspended"),
            },
            fault,
            created: moment(source.created_at),
            since: since.map(moment),
            is_old: since.is_some_and(|since| is_old(since, now)),
            overlaps: overlaps.filter(|until| *until > now).map(moment).collect(),
        }
    }

    /// Returns the address of the source's page.
    pub(in crate::console) fn address(&self) -> String {
        format!("/console/sources/{}/{}", self.tenant, self.name)
    }

    /// Returns where a form of the source is sent to.
    pub(in crate::console) fn form(&self, what: &str) -> String {
        format!("{}/{what}", self.address())
    }
}
