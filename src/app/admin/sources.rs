//! Carrying out requests about sources.

use crate::api::sources::SourceJson;
use crate::app::admin::protocol::SourceRequest;
use crate::services::all::Services;
use crate::services::audit::Actor;
use crate::services::refusal::Refusal;
use crate::services::sources::{Registered, SourceRotation};
use serde_json::{Value, json};

/// Carries a request out.
pub(super) async fn carry_out(parts: &Services, request: SourceRequest) -> Result<Value, Refusal> {
    let (sources, actor) = (&parts.sources, Actor::CommandLine);
    match request {
        SourceRequest::Create(new) => {
            let (made, secret) = sources.create(actor, new).await?;
            Ok(json!(show(parts, &made).with_secret(secret.as_ref())))
        }
        SourceRequest::List { tenant } => {
            let listed = sources.list(tenant.as_deref())?;
            Ok(listed.iter().map(|one| json!(show(parts, one))).collect())
        }
        SourceRequest::Show { tenant, name } => Ok(json!(show(parts, &sources.find(&tenant, &name)?))),
        SourceRequest::Set { tenant, name, change } => {
            Ok(json!(show(parts, &sources.change(actor, &tenant, &name, change).await?)))
        }
        SourceRequest::Rotate { tenant, name, secret, overlap_seconds } => {
            let rotation = SourceRotation { secret, overlap: Some(format!("{overlap_seconds}s")) };
            let (rotated, secret) = sources.rotate(actor, &tenant, &name, rotation).await?;
            Ok(json!(show(parts, &rotated).with_secret(secret.as_ref())))
        }
        SourceRequest::Delete { tenant, name } => {
            sources.delete(actor, &tenant, &name).await?;
            Ok(json!({ "tenant": tenant, "name": name, "status": "deleted" }))
        }
    }
}

fn show<'a>(parts: &Services, registered: &'a Registered) -> SourceJson<'a> {
    SourceJson::new(registered, parts.sources.fault(&registered.source))
}
