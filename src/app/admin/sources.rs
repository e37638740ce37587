//! Carrying out requests about sources.

use crate::app::admin::protocol::SourceRequest;
use crate::app::parts::Parts;
use crate::domain::secret::Secret;
use crate::services::audit::Actor;
use crate::services::refusal::Refusal;
use crate::services::sources::Registered;
use serde_json::{Value, json};
use std::time::Duration;

/// Carries a request out.
pub(super) async fn carry_out(parts: &Parts, request: SourceRequest) -> Result<Value, Refusal> {
    let (sources, actor) = (&parts.sources, Actor::CommandLine);
    match request {
        SourceRequest::Create(new) => {
            let (made, secret) = sources.create(actor, new).await?;
            Ok(with_secret(show(parts, &made), secret))
        }
        SourceRequest::List { tenant } => {
            let listed = sources.list(tenant.as_deref())?;
            Ok(listed.iter().map(|one| show(parts, one)).collect())
        }
        SourceRequest::Show { tenant, name } => Ok(show(parts, &sources.find(&tenant, &name)?)),
        SourceRequest::Set { tenant, name, change } => {
            Ok(show(parts, &sources.change(actor, &tenant, &name, change).await?))
        }
        SourceRequest::Rotate { tenant, name, secret, overlap_seconds } => {
            let overlap = Duration::from_secs(overlap_seconds);
            let (rotated, secret) = sources.rotate(actor, &tenant, &name, secret, overlap).await?;
            Ok(with_secret(show(parts, &rotated), secret))
        }
        SourceRequest::Delete { tenant, name } => {
            sources.delete(actor, &tenant, &name).await?;
            Ok(json!({ "tenant": tenant, "name": name, "status": "deleted" }))
        }
    }
}

/// Shows a source without its secrets.
fn show(parts: &Parts, registered: &Registered) -> Value {
    let Registered { tenant, source } = registered;
    let secrets = source
        .secrets
        .iter()
        .map(|secret| json!({ "created_at": secret.created_at, "valid_until": secret.valid_until }));
    json!({
        "tenant": tenant.slug,
        "name": source.name,
        "scheme": source.scheme,
        "path": source.path(&tenant.slug),
        "default_type": source.default_type,
        "automatic_keys": source.automatic_keys,
        "notification_url": source.notification_url,
        "unsigned": source.unsigned,
        "secrets": secrets.collect::<Value>(),
        "created_at": source.created_at,
        "fault": parts.sources.fault(source),
    })
}

/// Adds a secret that was made just now: it is shown once.
fn with_secret(mut shown: Value, secret: Option<Secret>) -> Value {
    if let (Value::Object(fields), Some(secret)) = (&mut shown, secret) {
        fields.insert("secret".into(), secret.expose().into());
    }
    shown
}
