//! Settings: what holds, who set it, and changing what the console may set.

use crate::config::{Console, Origin, Reload, Secrecy, find, section_about};
use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page};
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use crate::http::route::{CHANGE, Handler, Route, SEE, handler};
use crate::services::refusal::Refusal;
use crate::services::settings::Shown;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

/// Longest text that is searched for: longer than any setting's documentation needs.
const SEARCH_LEN_MAX: usize = 100;

#[derive(Template)]
#[template(path = "console/settings.html")]
struct SettingsPage {
    frame: Frame,
    search: String,
    only_changed: bool,
    groups: Vec<Group>,
    shown: usize,
    all: usize,
    changed: usize,
    /// Stored values that are ignored, with the reasons.
    warnings: Vec<String>,
    /// Stored values that this version knows no setting for.
    unknown: Vec<(String, String)>,
}

struct Group {
    name: &'static str,
    title: &'static str,
    about: String,
    settings: Vec<SettingView>,
}

/// Shows every setting, or those that are searched for.
pub(super) fn show_settings(call: &Call<'_>) -> Result<Response, Problem> {
    let query = Parameters::read(call.query(), &["q", "only"]);
    let search: String = query.text("q").unwrap_or_default().trim().chars().take(SEARCH_LEN_MAX).collect();
    let only_changed = query.text("only") == Some("changed");
    let settings = &call.services()?.settings;
    let views: Vec<SettingView> = settings.list().into_iter().map(SettingView::from).collect();
    let (all, changed) = (views.len(), views.iter().filter(|one| one.is_changed).count());
    let wanted = search.to_lowercase();
    let fits = |one: &SettingView| {
        let texts = [one.key, &one.doc, &one.value, &one.type_text, &one.origin, &one.variables];
        (!only_changed || one.is_changed) && texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut shown = 0;
    for one in views.into_iter().filter(fits) {
        shown += 1;
        match groups.last_mut().filter(|group| group.name == one.section) {
            Some(group) => group.settings.push(one),
            None => groups.push(group(one)),
        }
    }
    let running = settings.running();
    let of_console = running.warnings.iter().filter(|warning| warning.origin == Origin::Console);
    let shown = SettingsPage {
        frame: Frame::new(call, Section::Settings, "Settings"),
        search,
        only_changed,
        groups,
        shown,
        all,
        changed,
        warnings: of_console.map(ToString::to_string).collect(),
        unknown: settings.stored().into_iter().filter(|(key, _)| find(key).is_none()).collect(),
    };
    page(StatusCode::OK, &shown)
}

fn group(first: SettingView) -> Group {
    let (name, about) = (first.section, section_about(first.section));
    Group { name, title: titled(name), about, settings: vec![first] }
}

/// Returns what people call a section.
fn titled(section: &'static str) -> &'static str {
    match section {
        "" => "Appliance",
        "listen" => "Listeners",
        "tls" => "TLS",
        "limits" => "Limits",
        "idempotency" => "Idempotency",
        "store" => "Storage",
        "logging" => "Log",
        "shutdown" => "Shutdown",
        "ops" => "Operations",
        "cors" => "Other sites' pages",
        other => other,
    }
}

const SETTINGS: &str = "/console/settings/";

#[derive(Template)]
#[template(path = "console/setting.html")]
struct SettingPage {
    frame: Frame,
    one: SettingView,
    /// What stands in the field: what was typed, or the value.
    typed: String,
    faults: Faults,
}

impl SettingPage {
    fn kind(&self) -> &'static str {
        if self.one.is_secret { "password" } else { "text" }
    }

    fn hint(&self) -> String {
        let SettingView { type_text, bounds, .. } = &self.one;
        let items = if type_text.starts_with("list") { ", items separated by commas" } else { "" };
        if bounds.is_empty() {
            format!("{type_text}{items}")
        } else {
            format!("{type_text}{items}, {bounds}")
        }
    }
}

pub(super) fn show_setting(call: &Call<'_>) -> Result<Response, Problem> {
    one(call, call.param("key"), None, Faults::default())
}

fn one(call: &Call<'_>, key: &str, typed: Option<String>, faults: Faults) -> Result<Response, Problem> {
    let one = SettingView::from(call.services()?.settings.find(key)?);
    let frame = Frame::new(call, Section::Settings, one.key);
    let present = if one.is_secret { String::new() } else { one.value.clone() };
    let typed = typed.unwrap_or(present);
    page(faults.status(), &SettingPage { frame, one, typed, faults })
}

pub(super) async fn change_setting(call: &Call<'_>) -> Result<Response, Problem> {
    let form = form::read(call, &["value"]).await?;
    let key = call.param("key");
    let typed = form.trimmed("value");
    match call.services()?.settings.set(call.actor(), key, typed).await {
        Ok(_shown) => Ok(done(&format!("{SETTINGS}{key}"), "saved")),
        Err(refusal @ Refusal::NotFound { .. }) => Err(refusal.into()),
        Err(refusal) => one(call, key, Some(typed.to_owned()), Faults::one("value", refusal.to_string())),
    }
}

/// Takes back what the console set, also of a key that this version does not know.
pub(super) async fn reset_setting(call: &Call<'_>) -> Result<Response, Problem> {
    form::read(call, &[]).await?;
    let key = call.param("key");
    call.services()?.settings.reset(call.actor(), key).await?;
    match find(key) {
        Some(entry) => Ok(done(&format!("{SETTINGS}{}", entry.key()), "reset")),
        None => Ok(done("/console/settings", "reset")),
    }
}

struct SettingView {
    key: &'static str,
    section: &'static str,
    doc: String,
    type_text: String,
    bounds: String,
    value: String,
    default: String,
    /// Who set the value.
    origin: String,
    /// What the console set and something from outside overrules.
    overruled: Option<String>,
    takes_effect: &'static str,
    /// Whether the value is another than the default.
    is_changed: bool,
    /// Whether the console set something that can be taken back.
    is_stored: bool,
    is_secret: bool,
    /// Why the console cannot set it now; none: it can.
    closed: Option<String>,
    choices: &'static [&'static str],
    variables: String,
}

impl From<Shown> for SettingView {
    fn from(shown: Shown) -> Self {
        let entry = shown.entry;
        let closed = closed(&shown);
        let overruled = shown.stored.clone().filter(|_| shown.origin != Origin::Console);
        let variables = match entry.plain_variable() {
            Some(plain) => format!("{} or {plain}", entry.variable()),
            None => entry.variable(),
        };
        Self {
            key: entry.key(),
            section: entry.section(),
            is_changed: shown.value != shown.default || shown.origin != Origin::Default,
            is_stored: shown.stored.is_some(),
            is_secret: entry.secrecy() == Secrecy::Secret,
            takes_effect: match (entry.console(), entry.reload()) {
                (Console::Settable, Reload::Live) => "at once",
                (Console::Outside, Reload::Live) => "at reload",
                (_, Reload::Restart) => "at the next start",
            },
            doc: entry.doc(),
            type_text: entry.type_text(),
            bounds: entry.bounds_text(),
            value: shown.value,
            default: shown.default,
            origin: told(&shown.origin),
            overruled,
            closed,
            choices: entry.choices(),
            variables,
        }
    }
}

/// Says who set a value.
fn told(origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::Console => "console".to_owned(),
        Origin::File { .. } => format!("file {origin}"),
        Origin::Environment(name) => format!("environment {name}"),
        Origin::Flag => "flag --set".to_owned(),
    }
}

fn closed(shown: &Shown) -> Option<String> {
    if shown.is_writable() {
        return None;
    }
    if shown.entry.console() == Console::Settable {
        let origin = told(&shown.origin);
        return Some(format!("It is set by {origin}: change it there, or take it out there first."));
    }
    let variable = shown.entry.variable();
    Some(format!(
        "It is needed before the database is open: set it in the configuration file or by {variable}."
    ))
}

pub(super) static ROUTES: &[Route] = &[
    Route::page("/console/settings", SEE, Handler::Now(show_settings)),
    Route::page("/console/settings/{key}", SEE, Handler::Now(show_setting)),
    Route::form("/console/settings/{key}", CHANGE, handler!(change_setting)),
    Route::form("/console/settings/{key}/reset", CHANGE, handler!(reset_setting)),
];
