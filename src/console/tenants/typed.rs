//! What of a tenant can be set, as it stands in forms.

use crate::console::form::Form;
use crate::domain::tenant::{MismatchPolicy, Tenant, TenantStatus};
use crate::domain::time::format_duration;

/// The fields of what is typed.
pub(super) const FIELDS: [&str; 5] = ["name", "mismatch", "key_retention", "rate_limit", "token_rate_limit"];

/// What a repeat of a key with another payload is answered.
pub(super) const MISMATCHES: [(&str, &str); 2] =
    [("report", "204, and says so in a header"), ("refuse", "422: it is refused")];

/// What is typed about a tenant; an empty limit is none.
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) mismatch: String,
    pub(super) key_retention: String,
    pub(super) rate_limit: String,
    pub(super) token_rate_limit: String,
}

impl From<&Tenant> for Typed {
    fn from(tenant: &Tenant) -> Self {
        let settings = tenant.settings;
        let mismatch = match settings.mismatch {
            MismatchPolicy::Report => "report",
            MismatchPolicy::Refuse => "refuse",
        };
        Self {
            name: tenant.name.clone(),
            mismatch: mismatch.to_owned(),
            key_retention: settings.key_retention.map(format_duration).unwrap_or_default(),
            rate_limit: settings.rate_limit.map(|quota| quota.to_string()).unwrap_or_default(),
            token_rate_limit: settings.token_rate_limit.map(|quota| quota.to_string()).unwrap_or_default(),
        }
    }
}

impl Typed {
    pub(super) fn read(form: &Form) -> Self {
        let text = |name: &str| form.trimmed(name).to_owned();
        Self {
            name: text("name"),
            mismatch: text("mismatch"),
            key_retention: text("key_retention"),
            rate_limit: text("rate_limit"),
            token_rate_limit: text("token_rate_limit"),
        }
    }

    /// Returns what a repeat of a key with another payload is answered.
    pub(super) fn mismatch_words(&self) -> &'static str {
        MISMATCHES.iter().find(|(value, _)| *value == self.mismatch).map_or("", |(_, words)| words)
    }
}

/// Returns how a tenant is, for people.
pub(super) fn state(status: TenantStatus) -> (&'static str, &'static str) {
    match status {
        TenantStatus::Active => ("ok", "active"),
        TenantStatus::Suspended => ("warn", "suspended"),
        TenantStatus::Deleted => ("off", "deleted"),
    }
}
