//! One setting, with its form.

use super::view::SettingView;
use crate::config::find;
use crate::console::form::{self, Faults};
use crate::console::frame::{Frame, Section, done, page};
use crate::domain::permission::Permission;
use crate::http::call::Call;
use crate::http::problem::Problem;
use crate::services::refusal::Refusal;
use askama::Template;
use axum::response::Response;
use http::StatusCode;

/// Where settings are.
const SETTINGS: &str = "/console/settings/";

#[derive(Template)]
#[template(path = "console/setting.html")]
struct SettingPage {
    frame: Frame,
    one: SettingView,
    /// Whether who looks may change it.
    changes: bool,
    /// What stands in the field: what was typed, or the value.
    typed: String,
    faults: Faults,
}

impl SettingPage {
    /// What kind of field takes the value.
    fn kind(&self) -> &'static str {
        if self.one.is_secret { "password" } else { "text" }
    }

    /// What may be typed.
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

/// Shows a setting.
pub(in crate::console) fn show_setting(call: &Call<'_>) -> Result<Response, Problem> {
    one(call, call.param("key"), None, Faults::default())
}

fn one(call: &Call<'_>, key: &str, typed: Option<String>, faults: Faults) -> Result<Response, Problem> {
    let one = SettingView::from(call.services()?.settings.find(key)?);
    let frame = Frame::new(call, Section::Settings, one.key);
    let changes = frame.may(Permission::Change);
    let present = if one.is_secret { String::new() } else { one.value.clone() };
    let typed = typed.unwrap_or(present);
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(status, &SettingPage { frame, one, changes, typed, faults })
}

/// Sets a value, which holds at once.
pub(in crate::console) async fn change_setting(call: &Call<'_>) -> Result<Response, Problem> {
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
pub(in crate::console) async fn reset_setting(call: &Call<'_>) -> Result<Response, Problem> {
    form::read(call, &[]).await?;
    let key = call.param("key");
    call.services()?.settings.reset(call.actor(), key).await?;
    match find(key) {
        Some(entry) => Ok(done(&format!("{SETTINGS}{}", entry.key()), "reset")),
        None => Ok(done("/console/settings", "reset")),
    }
}
