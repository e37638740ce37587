//! One source: its address, its scheme, its secrets and its end.

use crate::console::form::REQUEST;
use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::making::{fresh_key, mark};
use crate::console::snippets::{Snippet, Target, for_source};
use crate::console::sources::made::show_made;
use crate::console::sources::typed::{FIELDS, Offered, Typed, fault, schemes};
use crate::console::sources::view::SourceView;
use crate::domain::permission::Permission;
use crate::domain::secret::Secret;
use crate::domain::source::{AutomaticKeys, Unsigned};
use crate::domain::time::{format_duration, parse_duration};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::once::Once;
use crate::services::sources::{Registered, SourceChange};
use crate::services::tokens::OVERLAP_DEFAULT;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

/// Where sources are.
const SOURCES: &str = "/console/sources/";

#[derive(Template)]
#[template(path = "console/source.html")]
struct SourcePage {
    frame: Frame,
    source: SourceView,
    /// The whole address it posts to.
    url: String,
    typed: Typed,
    schemes: Vec<Offered>,
    overlap: String,
    request: String,
    authority: Option<Snippet>,
    snippets: Vec<Snippet>,
    faults: Faults,
}

impl SourcePage {
    fn may_change(&self) -> bool {
        self.frame.may(Permission::Change)
    }
}

fn named<'a>(call: &Call<'a>) -> (&'a str, &'a str) {
    (call.param("tenant"), call.param("source"))
}

/// Shows a source.
pub(super) fn show_source(call: &Call<'_>) -> Result<Response, Problem> {
    let (tenant, name) = named(call);
    let source = call.services()?.sources.find(tenant, name)?;
    let typed = Typed::from(&*source.source);
    page(StatusCode::OK, &shown(call, &source, typed, Faults::default())?)
}

fn shown(
    call: &Call<'_>,
    registered: &Registered,
    typed: Typed,
    faults: Faults,
) -> Result<SourcePage, Problem> {
    let (services, target) = (call.services()?, Target::of(call));
    let source = SourceView::new(services, registered, call.edge.clock.now());
    let snippets = for_source(&target, &source.path, &source.scheme, "THE SECRET");
    Ok(SourcePage {
        frame: Frame::new(call, Section::Sources, format!("Source {}", source.name)),
        url: format!("{}{}", target.address, source.path),
        schemes: schemes(services, &typed.scheme),
        typed,
        overlap: format_duration(OVERLAP_DEFAULT),
        request: fresh_key(call),
        authority: target.authority().filter(|_| !snippets.is_empty()),
        snippets,
        source,
        faults,
    })
}

/// Changes a source, or shows what was typed again.
pub(super) async fn change_source(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &FIELDS).await?;
    let (sources, (tenant, name)) = (&call.services()?.sources, named(call));
    let (source, typed) = (sources.find(tenant, name)?, Typed::read(&form));
    let change = SourceChange {
        scheme: Some(typed.scheme.clone()),
        default_type: Some(typed.default_type.clone()),
        notification_url: Some(typed.notification_url.clone()),
        automatic_keys: Some(typed.automatic_keys),
        unsigned: Some(typed.unsigned),
    };
    match sources.change(call.actor(), tenant, name, change).await {
        Ok(source) => Ok(done(&format!("{SOURCES}{}", source.key()), "saved")),
        Err(refusal) => {
            let page_of = shown(call, &source, typed, fault(&refusal, "scheme"))?;
            page(StatusCode::UNPROCESSABLE_ENTITY, &page_of)
        }
    }
}

/// Gives a source a new secret and shows it, if it was made here.
pub(super) async fn rotate_source(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["secret", "overlap", REQUEST]).await?;
    let (sources, (tenant, name)) = (&call.services()?.sources, named(call));
    let source = sources.find(tenant, name)?;
    let faults = match parse_duration(form.trimmed("overlap")) {
        Err(error) => Faults::one("overlap", error.to_string()),
        Ok(overlap) => {
            let given = Typed::given(form.trimmed("secret")).map(Secret::new);
            let mark = mark(&form, "rotate");
            match sources.rotate_once(call.actor(), (tenant, name), given, overlap, mark).await {
                Ok(Once::Now(source, secret)) => return show_made(call, &source, secret.as_ref()),
                Ok(Once::Before(source)) => {
                    return Ok(done(&format!("{SOURCES}{}", source.key()), "before"));
                }
                Err(refusal) if refusal.to_string().contains("overlap") => {
                    Faults::one("overlap", refusal.to_string())
                }
                Err(refusal) => Faults::one("secret", refusal.to_string()),
            }
        }
    };
    let mut again = shown(call, &source, Typed::from(&*source.source), faults)?;
    form.trimmed("overlap").clone_into(&mut again.overlap);
    page(StatusCode::UNPROCESSABLE_ENTITY, &again)
}

/// Deletes a source whose name was typed once more.
pub(super) async fn delete_source(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["confirm"]).await?;
    let (sources, (tenant, name)) = (&call.services()?.sources, named(call));
    let source = sources.find(tenant, name)?;
    if form.trimmed("confirm") != source.source.name.as_str() {
        let faults = Faults::one("confirm", "That is not the source's name.");
        let again = shown(call, &source, Typed::from(&*source.source), faults)?;
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    }
    sources.delete(call.actor(), tenant, name).await?;
    Ok(done(&format!("/console/sources?tenant={tenant}"), "deleted"))
}
