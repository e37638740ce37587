//! One tenant with everything that belongs to it.

use crate::console::form::{self, Faults, Form};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::sources::SourceView;
use crate::console::tenants::lately::{Lately, lately};
use crate::console::tokens::TokenView;
use crate::console::words::{Moment, grouped};
use crate::domain::ids::{DEFAULT_TENANT, SYSTEM_TENANT};
use crate::domain::permission::Permission;
use crate::domain::rate::Quota;
use crate::domain::tenant::{MismatchPolicy, Tenant, TenantStatus};
use crate::domain::time::format_duration;
use crate::http::call::Call;
use crate::http::portion::{Bounds, Portion};
use crate::http::problem::Problem;
use crate::services::tenants::TenantChange;
use crate::services::tokens::newest_first;
use askama::Template;
use axum::response::Response;

const TENANTS: &str = "/console/tenants/";

/// Tokens and sources on a tenant's page; their own pages have the rest.
const FEW: usize = 10;

#[derive(Template)]
#[template(path = "console/tenant.html")]
struct TenantPage {
    frame: Frame,
    slug: String,
    state: (&'static str, &'static str),
    status: TenantStatus,
    created: Moment,
    form: Form,
    /// Whether it is there for good: `system` or `default`.
    is_reserved: bool,
    /// Whether it is the appliance's own: it is not suspended and nothing is sent to it.
    is_system: bool,
    lately: Lately,
    tokens: Vec<TokenView>,
    tokens_total: String,
    sources: Vec<SourceView>,
    sources_total: String,
    faults: Faults,
}

impl TenantPage {
    fn may_change(&self) -> bool {
        self.frame.may(Permission::Change) && self.status != TenantStatus::Deleted
    }

    /// Returns what a repeat of a key with another payload is answered.
    fn mismatch_words(&self) -> &'static str {
        let mismatch = self.form.trimmed("mismatch");
        MISMATCHES.iter().find(|(value, _)| *value == mismatch).map_or("", |(_, words)| words)
    }

    fn address(&self, what: &str) -> String {
        format!("{TENANTS}{}/{what}", self.slug)
    }
}

/// Shows a tenant, also a deleted one: its events stay in the ledger.
pub(super) async fn show_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let tenant = call.services()?.tenants.find_any(call.param("tenant"))?;
    show(call, &tenant, form_of(&tenant), Faults::default()).await
}

async fn show(call: &Call<'_>, tenant: &Tenant, form: Form, faults: Faults) -> Result<Response, Problem> {
    let (services, now, slug) = (call.services()?, call.edge.clock.now(), tenant.slug.as_str());
    let is_there = tenant.status != TenantStatus::Deleted;
    let tokens = if is_there { services.tokens.list(Some(slug))? } else { Vec::new() };
    let sources = if is_there { services.sources.list(Some(slug))? } else { Vec::new() };
    let (tokens_total, sources_total) = (grouped(tokens.len() as u64), grouped(sources.len() as u64));
    let few = Bounds { limit: FEW, ..Bounds::default() };
    let tokens = Portion::of(tokens, &few, |token| newest_first(token)).things;
    let shown = TenantPage {
        frame: Frame::new(call, Section::Tenants, format!("Tenant {slug}")),
        slug: slug.to_owned(),
        state: state(tenant),
        status: tenant.status,
        created: Moment::new(tenant.created_at, now),
        form,
        is_reserved: [SYSTEM_TENANT, DEFAULT_TENANT].contains(&tenant.number),
        is_system: tenant.number == SYSTEM_TENANT,
        lately: lately(call, tenant).await?,
        tokens: tokens.iter().map(|token| TokenView::new(services, token, now)).collect(),
        tokens_total,
        sources: sources.iter().take(FEW).map(|source| SourceView::new(services, source, now)).collect(),
        sources_total,
        faults,
    };
    page(shown.faults.status(), &shown)
}

/// Changes a tenant's name and settings, or shows what was typed again.
pub(super) async fn change_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &FIELDS).await?;
    let tenants = &call.services()?.tenants;
    let tenant = tenants.find(call.param("tenant"))?;
    let faults = match form.change_input() {
        Err(faults) => faults,
        Ok(change) => match tenants.change(call.actor(), tenant.slug.as_str(), change).await {
            Ok(tenant) => return Ok(done(&format!("{TENANTS}{}", tenant.slug), "saved")),
            Err(refusal) => Faults::of_refusal(&refusal),
        },
    };
    show(call, &tenant, form, faults).await
}

pub(super) async fn set_status(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["status"]).await?;
    let tenants = &call.services()?.tenants;
    let tenant = tenants.find(call.param("tenant"))?;
    let (status, notice) = match form.text("status") {
        "suspended" => (TenantStatus::Suspended, "suspended"),
        _ => (TenantStatus::Active, "active"),
    };
    let change = TenantChange { status: Some(status), ..TenantChange::default() };
    let changed = tenants.change(call.actor(), tenant.slug.as_str(), change).await?;
    Ok(done(&format!("{TENANTS}{}", changed.slug), notice))
}

/// Deletes a tenant whose slug was typed once more.
pub(super) async fn delete_tenant(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["confirm"]).await?;
    let tenants = &call.services()?.tenants;
    let tenant = tenants.find(call.param("tenant"))?;
    if form.trimmed("confirm") != tenant.slug.as_str() {
        let faults = Faults::one("confirm", "That is not the tenant's short name.");
        let form = form_of(&tenant);
        return show(call, &tenant, form, faults).await;
    }
    tenants.delete(call.actor(), tenant.slug.as_str()).await?;
    Ok(done("/console/tenants", "deleted"))
}

/// The fields of what is typed.
const FIELDS: [&str; 5] = ["name", "mismatch", "key_retention", "rate_limit", "token_rate_limit"];

/// What a repeat of a key with another payload is answered.
const MISMATCHES: [(&str, &str); 2] =
    [("report", "204, and says so in a header"), ("refuse", "422: it is refused")];

/// Fills the form of a tenant as it is; an empty limit is none.
fn form_of(tenant: &Tenant) -> Form {
    let settings = tenant.settings;
    let mismatch = match settings.mismatch {
        MismatchPolicy::Report => "report",
        MismatchPolicy::Refuse => "refuse",
    };
    let quota = |quota: Option<Quota>| quota.map(|quota| quota.to_string()).unwrap_or_default();
    Form::filled(vec![
        ("name", tenant.name.clone()),
        ("mismatch", mismatch.to_owned()),
        ("key_retention", settings.key_retention.map(format_duration).unwrap_or_default()),
        ("rate_limit", quota(settings.rate_limit)),
        ("token_rate_limit", quota(settings.token_rate_limit)),
    ])
}

/// Returns how a tenant is, for people.
pub(super) fn state(tenant: &Tenant) -> (&'static str, &'static str) {
    match tenant.status {
        TenantStatus::Active => ("ok", "active"),
        TenantStatus::Suspended => ("warn", "suspended"),
        TenantStatus::Deleted => ("off", "deleted"),
    }
}
