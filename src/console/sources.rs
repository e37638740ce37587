//! Sources: all of them, a new one, and one with its address, its scheme, its secrets and its end.

use crate::console::form::{self, Faults, Form, REQUEST, fresh_key};
use crate::console::frame::{Frame, Section, done, page, repeated};
use crate::console::listed::{Asked, offered_tenants};
use crate::console::snippets::{Snippet, Target, for_source};
use crate::console::words::Moment;
use crate::domain::scheme::builtin::DEFAULT;
use crate::domain::scheme::definition::Scheme;
use crate::domain::scheme::place::HeaderName;
use crate::domain::secret::{Secret, is_old};
use crate::domain::source::{AutomaticKeys, Source, Unsigned};
use crate::domain::tenant::TenantStatus;
use crate::domain::time::{Timestamp, format_duration};
use crate::http::call::Call;
use crate::http::edge::Services;
use crate::http::portion::Portion;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{CHANGE, Handler, Route, SEE, handler};
use crate::services::input::OVERLAP_DEFAULT;
use crate::services::refusal::Refusal;
use crate::services::sources::{NewSource, SourceChange, TenantSource};
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

const ADDRESS: &str = "/console/sources";

#[derive(Template)]
#[template(path = "console/sources.html")]
struct SourcesPage {
    frame: Frame,
    asked: Asked,
    tenants: Vec<String>,
    /// The tenant asked for is not there.
    fault: Option<&'static str>,
    sources: Vec<SourceView>,
    before: Option<String>,
    after: Option<String>,
}

fn show_sources(call: &Call<'_>) -> Result<Response, Problem> {
    let (services, now, asked) = (call.services()?, call.edge.clock.now(), Asked::read(call));
    let tenant = Some(asked.tenant.as_str()).filter(|slug| !slug.is_empty());
    let listed = services.sources.list(tenant);
    let fault = listed.is_err().then_some("There is no such tenant.");
    let mut found = listed.unwrap_or_default();
    found.retain(|one| asked.finds(&[one.source.name.as_str(), one.source.scheme.as_str()]));
    let portion = Portion::of(found, &asked.bounds, TenantSource::key);
    let (before, after) = asked.ways(ADDRESS, &portion);
    let shown = SourcesPage {
        frame: Frame::new(call, Section::Sources, "Sources"),
        tenants: offered_tenants(services),
        fault,
        sources: portion.things.iter().map(|source| SourceView::new(services, source, now)).collect(),
        before,
        after,
        asked,
    };
    page(StatusCode::OK, &shown)
}

#[derive(Template)]
#[template(path = "console/new-source.html")]
struct NewSourcePage {
    frame: Frame,
    tenants: Vec<String>,
    schemes: Vec<Offered>,
    form: Form,
    faults: Faults,
}

/// Shows the form, for the tenant that the address names.
fn show_form(call: &Call<'_>) -> Result<Response, Problem> {
    let query = Parameters::read(call.query(), &["tenant"]);
    let tenant = query.text("tenant").unwrap_or_default().to_owned();
    let (scheme, keys) = (DEFAULT.to_owned(), "on".to_owned());
    let fields =
        [("tenant", tenant), ("scheme", scheme), ("automatic_keys", keys), (REQUEST, fresh_key(call))];
    show_new(call, Form::filled(fields.into()), Faults::default())
}

fn show_new(call: &Call<'_>, form: Form, faults: Faults) -> Result<Response, Problem> {
    let services = call.services()?;
    let shown = NewSourcePage {
        frame: Frame::new(call, Section::Sources, "New source"),
        tenants: offered_tenants(services),
        schemes: schemes(services, form.trimmed("scheme")),
        form,
        faults,
    };
    page(shown.faults.status(), &shown)
}

/// Makes the source and shows its secret, or shows the form again.
async fn create_source(call: &Call<'_>) -> Result<Response, Problem> {
    let fields: Vec<_> = FIELDS.into_iter().chain(["tenant", "name", "secret", REQUEST]).collect();
    let form = form::read(call, &fields).await?;
    let faults = match form.new_input::<NewSource>() {
        Err(faults) => faults,
        Ok(mut new) => {
            // A box that is not ticked is not sent.
            new.automatic_keys.get_or_insert(AutomaticKeys::Off);
            match call.services()?.sources.create(form.request(call)?, new).await {
                Ok((source, secret)) => return show_made(call, &source, secret.as_ref()),
                Err(Refusal::Repeated { made }) => return Ok(repeated(&made)),
                Err(refusal) => Faults::of_refusal(&refusal),
            }
        }
    };
    show_new(call, form, faults)
}

#[derive(Template)]
#[template(path = "console/source.html")]
struct SourcePage {
    frame: Frame,
    source: SourceView,
    /// The whole address it posts to.
    url: String,
    form: Form,
    schemes: Vec<Offered>,
    overlap: String,
    request: String,
    authority: Option<Snippet>,
    snippets: Vec<Snippet>,
    faults: Faults,
}

fn named<'a>(call: &Call<'a>) -> (&'a str, &'a str) {
    (call.param("tenant"), call.param("source"))
}

fn show_source(call: &Call<'_>) -> Result<Response, Problem> {
    let (tenant, name) = named(call);
    let source = call.services()?.sources.find(tenant, name)?;
    page(StatusCode::OK, &shown(call, &source, form_of(&source.source), Faults::default())?)
}

fn shown(
    call: &Call<'_>,
    registered: &TenantSource,
    form: Form,
    faults: Faults,
) -> Result<SourcePage, Problem> {
    let (services, target) = (call.services()?, Target::of(call));
    let source = SourceView::new(services, registered, call.edge.clock.now());
    let snippets = for_source(&target, &source.path, &source.scheme, "THE SECRET");
    Ok(SourcePage {
        frame: Frame::new(call, Section::Sources, format!("Source {}", source.name)),
        url: format!("{}{}", target.address, source.path),
        schemes: schemes(services, form.trimmed("scheme")),
        form,
        overlap: format_duration(OVERLAP_DEFAULT),
        request: fresh_key(call),
        authority: target.authority().filter(|_| !snippets.is_empty()),
        snippets,
        source,
        faults,
    })
}

/// Changes a source, or shows what was typed again.
async fn change_source(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &FIELDS).await?;
    let (sources, (tenant, name)) = (&call.services()?.sources, named(call));
    let source = sources.find(tenant, name)?;
    let faults = match form.change_input::<SourceChange>() {
        Err(faults) => faults,
        Ok(mut change) => {
            // Boxes that are not ticked are not sent.
            change.automatic_keys.get_or_insert(AutomaticKeys::Off);
            change.unsigned.get_or_insert(Unsigned::Refused);
            match sources.change(call.actor(), tenant, name, change).await {
                Ok(source) => return Ok(done(&format!("/console/{}", source.place()), "saved")),
                Err(refusal) => Faults::of_refusal(&refusal),
            }
        }
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &shown(call, &source, form, faults)?)
}

/// Gives a source a new secret and shows it, if it was made here.
async fn rotate_source(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["secret", "overlap", REQUEST]).await?;
    let (sources, (tenant, name)) = (&call.services()?.sources, named(call));
    let source = sources.find(tenant, name)?;
    let faults = match form.new_input() {
        Err(faults) => faults,
        Ok(rotation) => match sources.rotate(form.request(call)?, tenant, name, rotation).await {
            Ok((source, secret)) => return show_made(call, &source, secret.as_ref()),
            Err(Refusal::Repeated { made }) => return Ok(repeated(&made)),
            Err(refusal) => Faults::of_refusal(&refusal),
        },
    };
    let mut again = shown(call, &source, form_of(&source.source), faults)?;
    form.trimmed("overlap").clone_into(&mut again.overlap);
    page(StatusCode::UNPROCESSABLE_ENTITY, &again)
}

/// Deletes a source whose name was typed once more.
async fn delete_source(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["confirm"]).await?;
    let (sources, (tenant, name)) = (&call.services()?.sources, named(call));
    let source = sources.find(tenant, name)?;
    if form.trimmed("confirm") != source.source.name.as_str() {
        let faults = Faults::one("confirm", "That is not the source's name.");
        let again = shown(call, &source, form_of(&source.source), faults)?;
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    }
    sources.delete(call.actor(), tenant, name).await?;
    Ok(done(&format!("/console/sources?tenant={tenant}"), "deleted"))
}

#[derive(Template)]
#[template(path = "console/source-made.html")]
struct MadePage {
    frame: Frame,
    source: SourceView,
    url: String,
    /// The secret, where it was made here.
    secret: Option<String>,
    authority: Option<Snippet>,
    snippets: Vec<Snippet>,
}

/// Shows a source that was made or rotated just now, with the secret that was made for it.
fn show_made(
    call: &Call<'_>,
    registered: &TenantSource,
    secret: Option<&Secret>,
) -> Result<Response, Problem> {
    let source = SourceView::new(call.services()?, registered, call.edge.clock.now());
    let (target, secret) = (Target::of(call), secret.map(|secret| secret.expose().to_owned()));
    let shown_secret = secret.as_deref().unwrap_or("THE SECRET");
    let snippets = for_source(&target, &source.path, &source.scheme, shown_secret);
    let shown = MadePage {
        frame: Frame::new(call, Section::Sources, format!("Source {}", source.name)),
        url: format!("{}{}", target.address, source.path),
        authority: target.authority().filter(|_| !snippets.is_empty()),
        snippets,
        secret,
        source,
    };
    page(StatusCode::OK, &shown)
}

pub(super) struct SourceView {
    pub(super) tenant: String,
    pub(super) name: String,
    pub(super) scheme: String,
    /// Path of the address it posts to.
    pub(super) path: String,
    pub(super) state: (&'static str, &'static str),
    /// Why it cannot be used as it is.
    pub(super) fault: Option<String>,
    pub(super) created: Moment,
    /// Since when the present secret is in use; none: there is no secret.
    pub(super) since: Option<Moment>,
    /// Whether that secret should give way to a new one.
    pub(super) is_old: bool,
    /// Until when the secret before works.
    pub(super) overlaps: Vec<Moment>,
}

impl SourceView {
    pub(super) fn new(services: &Services, registered: &TenantSource, now: Timestamp) -> Self {
        let TenantSource { tenant, source } = registered;
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

    pub(super) fn address(&self) -> String {
        format!("/console/sources/{}/{}", self.tenant, self.name)
    }

    /// Returns where a form of the source is sent to.
    pub(super) fn form(&self, what: &str) -> String {
        format!("{}/{what}", self.address())
    }
}

/// The fields of what is typed.
const FIELDS: [&str; 5] = ["scheme", "default_type", "notification_url", "automatic_keys", "unsigned"];

/// Fills the form of a source as it is.
fn form_of(source: &Source) -> Form {
    let mut fields = vec![
        ("scheme", source.scheme.to_string()),
        ("default_type", source.default_type.clone().unwrap_or_default()),
        ("notification_url", source.notification_url.clone().unwrap_or_default()),
    ];
    if source.automatic_keys == AutomaticKeys::On {
        fields.push(("automatic_keys", "on".to_owned()));
    }
    if source.unsigned == Unsigned::Allowed {
        fields.push(("unsigned", "allowed".to_owned()));
    }
    Form::filled(fields)
}

/// A scheme that can be chosen.
struct Offered {
    name: String,
    /// Where its signature stands.
    about: String,
}

/// Returns every scheme there is, and the chosen one also where it is not configured any more.
fn schemes(services: &Services, chosen: &str) -> Vec<Offered> {
    let about = |scheme: &Scheme| match &scheme.signature {
        None => "not signed".to_owned(),
        Some(signature) => {
            let headers: Vec<_> = signature.headers.iter().map(HeaderName::as_str).collect();
            format!("signed in {}", headers.join(" or "))
        }
    };
    let schemes = services.sources.schemes();
    let offer =
        |scheme: &Arc<Scheme>| Offered { name: scheme.name.as_str().to_owned(), about: about(scheme) };
    let mut all: Vec<_> = schemes.map(offer).collect();
    if all.iter().all(|one| one.name != chosen) {
        all.push(Offered { name: chosen.to_owned(), about: "not configured".to_owned() });
    }
    all
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/sources", SEE, Handler::Now(show_sources)),
    Route::page("/console/new-source", CHANGE, Handler::Now(show_form)),
    Route::form("/console/new-source", CHANGE, handler!(create_source)),
    Route::page("/console/sources/{tenant}/{source}", SEE, Handler::Now(show_source)),
    Route::form("/console/sources/{tenant}/{source}/change", CHANGE, handler!(change_source)),
    Route::form("/console/sources/{tenant}/{source}/rotate", CHANGE, handler!(rotate_source)),
    Route::form("/console/sources/{tenant}/{source}/delete", CHANGE, handler!(delete_source)),
];
