//! Settings.

use crate::api::parameters::SETTING;
use crate::api::tags;
use crate::config::{Console, Reload};
use crate::http::call::{self, Call};
use crate::http::code::Code;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::route::{ADMIN, Handler, Route, handler};
use crate::services::settings::Shown;
use axum::response::Response;
use serde::{Deserialize, Serialize};

/// One setting.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Setting")]
pub(crate) struct SettingJson<'a> {
    key: &'a str,
    value: &'a str,
    default: &'a str,
    /// Who set it: `default`, `console`, `environment NAME`, `--set`, or the file with its line.
    origin: String,
    /// What the console set, also where it gives way; null if it set nothing.
    stored: Option<&'a str>,
    #[serde(rename = "type")]
    type_text: String,
    bounds: String,
    doc: String,
    /// Whether the console may set it at all.
    settable: bool,
    /// Whether it may now: nothing from outside sets it.
    writable: bool,
    /// `live`: taken while running; `restart`: at the next start.
    reload: &'static str,
}

impl<'a> From<&'a Shown> for SettingJson<'a> {
    fn from(shown: &'a Shown) -> Self {
        let entry = shown.entry;
        Self {
            key: entry.key(),
            value: &shown.value,
            default: &shown.default,
            origin: shown.origin.to_string(),
            stored: shown.stored.as_deref(),
            type_text: entry.type_text(),
            bounds: entry.bounds_text(),
            doc: entry.doc(),
            settable: entry.console() == Console::Settable,
            writable: shown.is_writable(),
            reload: match entry.reload() {
                Reload::Live => "live",
                Reload::Restart => "restart",
            },
        }
    }
}

/// All settings.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Settings")]
pub(crate) struct SettingsJson<'a> {
    pub(crate) settings: Vec<SettingJson<'a>>,
}

/// A value to be set.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewSetting")]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSettingJson {
    value: ValueJson,
}

/// A value as text, or as the file writes it.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
#[serde(untagged, expecting = "`value` is a text, a whole number or a list of texts")]
enum ValueJson {
    Text(String),
    Number(i64),
    List(Vec<String>),
}

impl From<NewSettingJson> for String {
    fn from(new: NewSettingJson) -> Self {
        match new.value {
            ValueJson::Text(text) => text,
            ValueJson::Number(number) => number.to_string(),
            ValueJson::List(items) => items.join(","),
        }
    }
}

pub(crate) fn list_settings(call: &Call<'_>) -> Result<Response, Problem> {
    let settings = call.services()?.settings.list();
    Ok(call::shown(&SettingsJson { settings: settings.iter().map(SettingJson::from).collect() }))
}

pub(crate) fn find_setting(call: &Call<'_>) -> Result<Response, Problem> {
    Ok(show(&call.services()?.settings.find(call.param("key"))?))
}

pub(crate) async fn put_setting(call: &Call<'_>) -> Result<Response, Problem> {
    let text = String::from(call.json::<NewSettingJson>().await?);
    let key = call.param("key");
    Ok(show(&call.services()?.settings.set(call.actor(), key, &text).await?))
}

/// Takes back what the console set; the answer is what holds then.
pub(crate) async fn reset_setting(call: &Call<'_>) -> Result<Response, Problem> {
    let (settings, key) = (&call.services()?.settings, call.param("key"));
    settings.reset(call.actor(), key).await?;
    match settings.find(key) {
        Ok(shown) => Ok(show(&shown)),
        Err(_unknown) => Ok(call::no_content()),
    }
}

fn show(shown: &Shown) -> Response {
    call::shown(&SettingJson::from(shown))
}

static LIST_SETTINGS: Operation =
    Operation::new(&tags::MANAGEMENT, "listSettings", "Lists every setting with its value and origin")
        .answers::<SettingsJson<'static>>("All of them.");

static FIND_SETTING: Operation = Operation::new(&tags::MANAGEMENT, "showSetting", "Shows a setting")
    .parameters(&[SETTING])
    .answers::<SettingJson<'static>>("The setting.");

static PUT_SETTING: Operation =
    Operation::new(&tags::MANAGEMENT, "setSetting", "Sets a value, which is taken at once")
        .detail("What a file, the environment or `--set` sets is read-only here.")
        .parameters(&[SETTING])
        .body::<NewSettingJson>()
        .answers::<SettingJson<'static>>("The setting as it is now.")
        .refuses(&[Code::ReadOnly, Code::Unacceptable]);

static RESET_SETTING: Operation =
    Operation::new(&tags::MANAGEMENT, "resetSetting", "Takes back what was set here")
        .parameters(&[SETTING])
        .answers::<SettingJson<'static>>("The setting as it is now.")
        .done("It was one that this version does not know.");

pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/settings", ADMIN, Handler::Now(list_settings), &LIST_SETTINGS),
    Route::get("/api/v1/settings/{key}", ADMIN, Handler::Now(find_setting), &FIND_SETTING),
    Route::put("/api/v1/settings/{key}", ADMIN, handler!(put_setting), &PUT_SETTING),
    Route::delete("/api/v1/settings/{key}", ADMIN, handler!(reset_setting), &RESET_SETTING),
];
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_text_number_or_list() {
        for (json, text) in [
            (r#"{"value":"2m"}"#, "2m"),
            (r#"{"value":5}"#, "5"),
            (r#"{"value":["10.0.0.0/8","::1"]}"#, "10.0.0.0/8,::1"),
            (r#"{"value":[]}"#, ""),
        ] {
            assert_eq!(String::from(serde_json::from_str::<NewSettingJson>(json).unwrap()), text);
        }
        for wrong in [r#"{"value":true}"#, r#"{"value":1.5}"#, "{}", r#"{"value":null}"#] {
            assert!(serde_json::from_str::<NewSettingJson>(wrong).is_err(), "{wrong}");
        }
    }
}
