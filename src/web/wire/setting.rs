//! Settings as JSON.

use crate::config::{Console, Reload};
use crate::services::settings::Shown;
use serde::{Deserialize, Serialize};

/// One setting.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Setting")]
pub struct SettingJson<'a> {
    key: &'a str,
    value: &'a str,
    default: &'a str,
    /// Who set it: `default`, `console`, `environment NAME`, `--set`, or the file with its line.
    origin: String,
    /// What the console set, also where it gives way; null if it set nothing.
    stored: Option<&'a str>,
    #[serde(rename = "type")]
    type_text: &'a str,
    bounds: &'a str,
    doc: &'a str,
    /// Whether the console may set it at all.
    settable: bool,
    /// Whether it may now: nothing from outside sets it.
    writable: bool,
    /// `live`: taken while running; `restart`: at the next start.
    reload: &'static str,
}

impl<'a> From<&'a Shown> for SettingJson<'a> {
    fn from(shown: &'a Shown) -> Self {
        Self {
            key: shown.key,
            value: &shown.value,
            default: &shown.default,
            origin: shown.origin.to_string(),
            stored: shown.stored.as_deref(),
            type_text: &shown.type_text,
            bounds: &shown.bounds,
            doc: &shown.doc,
            settable: shown.console == Console::Settable,
            writable: shown.is_writable(),
            reload: match shown.reload {
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
