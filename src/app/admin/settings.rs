//! Carrying out requests about settings.

use crate::api::settings::SettingJson;
use crate::app::admin::protocol::SettingRequest;
use crate::services::all::Services;
use crate::services::audit::Actor;
use crate::services::refusal::Refusal;
use serde_json::{Value, json};

/// Carries a request out.
pub(super) async fn carry_out(parts: &Services, request: SettingRequest) -> Result<Value, Refusal> {
    let (settings, actor) = (&parts.settings, Actor::CommandLine);
    match request {
        SettingRequest::List => {
            Ok(settings.list().iter().map(|shown| json!(SettingJson::from(shown))).collect())
        }
        SettingRequest::Stored => Ok(json!(settings.stored())),
        SettingRequest::Show { key } => Ok(json!(SettingJson::from(&settings.find(&key)?))),
        SettingRequest::Set { key, value } => {
            Ok(json!(SettingJson::from(&settings.set(actor, &key, &value).await?)))
        }
        SettingRequest::Reset { key } => {
            settings.reset(actor, &key).await?;
            // A key that this program does not know has nothing more to show.
            let shown = settings.find(&key);
            Ok(shown.map_or_else(|_unknown| json!({ "key": key }), |shown| json!(SettingJson::from(&shown))))
        }
    }
}
