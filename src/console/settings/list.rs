//! All settings, section by section.

use super::view::SettingView;
use crate::config::{Origin, find, section_about};
use crate::console::frame::{Frame, Section, page};
use crate::domain::permission::Permission;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::http::request::query::Parameters;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

/// Longest text that is searched for: longer than any setting's documentation needs.
const SEARCH_LEN_MAX: usize = 100;

#[derive(Template)]
#[template(path = "console/settings.html")]
struct SettingsPage {
    frame: Frame,
    /// What is searched for.
    search: String,
    /// Whether only changed ones are shown.
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

/// A section.
struct Group {
    name: &'static str,
    title: &'static str,
    about: String,
    settings: Vec<SettingView>,
}

/// Shows every setting, or those that are searched for.
pub(in crate::console) fn show_settings(call: &Call<'_>) -> Result<Response, Problem> {
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
