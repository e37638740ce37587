//! Settings.

use crate::services::settings::Shown;
use crate::web::api::reading::{actor, read_json};
use crate::web::call::{self, Call};
use crate::web::problem::Problem;
use crate::web::wire::setting::{NewSettingJson, SettingJson, SettingsJson};
use axum::body::Body;
use axum::response::Response;
use http::StatusCode;

/// Where settings are.
const SETTINGS: &str = "/api/v1/settings/";

/// Lists every setting.
pub(in crate::web) fn list_settings(call: &Call<'_>) -> Result<Response, Problem> {
    let settings = call.services()?.settings.list();
    let body = SettingsJson { settings: settings.iter().map(SettingJson::from).collect() };
    Ok(call::uncached(call::json(StatusCode::OK, &body)))
}

/// Shows a setting.
pub(in crate::web) fn find_setting(call: &Call<'_>) -> Result<Response, Problem> {
    Ok(show(&call.services()?.settings.find(call.segment(SETTINGS, ""))?))
}

/// Sets a value at the console.
pub(in crate::web) async fn put_setting(call: &Call<'_>, body: &mut Body) -> Result<Response, Problem> {
    let text = String::from(read_json::<NewSettingJson>(call, body).await?);
    let key = call.segment(SETTINGS, "");
    Ok(show(&call.services()?.settings.set(actor(call), key, &text).await?))
}

/// Takes back what the console set; the answer is what holds then.
pub(in crate::web) async fn reset_setting(call: &Call<'_>) -> Result<Response, Problem> {
    let (settings, key) = (&call.services()?.settings, call.segment(SETTINGS, ""));
    settings.reset(actor(call), key).await?;
    match settings.find(key) {
        Ok(shown) => Ok(show(&shown)),
        Err(_unknown) => Ok(call::no_content()),
    }
}

fn show(shown: &Shown) -> Response {
    call::uncached(call::json(StatusCode::OK, &SettingJson::from(shown)))
}
