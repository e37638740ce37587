//! One source: its address, its scheme, its secrets and its end.

use crate::console::form::REQUEST;
use crate::console::form::{self, Faults, Form};
use crate::console::frame::{Frame, Section, done, page};
use crate::console::making::{fresh_key, repeated};
use crate::console::snippets::{Snippet, Target, for_source};
use crate::console::sources::made::show_made;
use crate::console::sources::typed::{FIELDS, Offered, form_of, schemes};
use crate::console::sources::view::SourceView;
use crate::domain::permission::Permission;
use crate::domain::source::{AutomaticKeys, Unsigned};
use crate::domain::time::format_duration;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::input::OVERLAP_DEFAULT;
use crate::services::refusal::Refusal;
use crate::services::sources::{Registered, SourceChange};
use askama::Template;
use axum::response::Response;
use http::StatusCode;

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
    page(StatusCode::OK, &shown(call, &source, form_of(&source.source), Faults::default())?)
}

fn shown(
    call: &Call<'_>,
    registered: &Registered,
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
pub(super) async fn change_source(call: &Call<'_>) -> Result<Response, Problem> {
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
pub(super) async fn rotate_source(call: &Call<'_>) -> Result<Response, Problem> {
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
pub(super) async fn delete_source(call: &Call<'_>) -> Result<Response, Problem> {
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
