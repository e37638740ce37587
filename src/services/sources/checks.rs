//! What must hold of a source, and what the audit log says of it.

use crate::domain::ids::TenantNumber;
use crate::domain::names::check_label;
use crate::domain::scheme::builtin::NONE;
use crate::domain::scheme::definition::{Scheme, Signature};
use crate::domain::scheme::template::Piece;
use crate::domain::secret::Secret;
use crate::domain::source::{Source, Unsigned, check_notification_url};
use crate::domain::tenant::Tenant;
use crate::services::refusal::{Refusal, RefusalExt};
use serde_json::{Value, json};

/// Returns for which place a source's secrets are sealed.
pub(in crate::services) fn place(source: &Source) -> String {
    let TenantNumber(tenant) = source.tenant;
    format!("source/{tenant}/{}", source.name)
}

/// Checks that a source has what its scheme needs.
pub(in crate::services) fn check_fit(source: &Source, scheme: &Scheme) -> Result<(), Refusal> {
    let refused = |field, detail: String| Err(Refusal::field_unacceptable(field, detail));
    let Some(signature) = &scheme.signature else {
        return match source.unsigned {
            Unsigned::Allowed => Ok(()),
            Unsigned::Refused => refused(
                "unsigned",
                format!(
                    "with the scheme `{NONE}` anybody who knows the address may send; hint: if that is meant, allow unsigned deliveries (--allow-unsigned)"
                ),
            ),
        };
    };
    if source.unsigned == Unsigned::Allowed {
        return refused(
            "unsigned",
            format!(
                "the scheme `{}` is signed; hint: do not allow unsigned deliveries (leave --allow-unsigned out)",
                scheme.name
            ),
        );
    }
    if signature.signed.holds(&Piece::Url) && source.notification_url.is_none() {
        return refused(
            "notification_url",
            format!(
                "the scheme `{}` signs the address of the notifications; hint: give the notification address (--notification-url)",
                scheme.name
            ),
        );
    }
    Ok(())
}

/// Checks that a text can be a secret of the scheme.
pub(super) fn check_secret(signature: &Signature, secret: &Secret) -> Result<(), Refusal> {
    signature.check_secret(secret.expose()).map_err(|error| Refusal::Unacceptable(error.to_string()))
}

/// Checks a default type.
pub(super) fn checked_type(text: Option<String>) -> Result<Option<String>, Refusal> {
    if let Some(text) = &text {
        check_label("type", text).at("default_type")?;
    }
    Ok(text)
}

/// Checks a notification address.
pub(super) fn checked_url(text: Option<String>) -> Result<Option<String>, Refusal> {
    if let Some(text) = &text {
        let checked = check_notification_url(text);
        checked.map_err(|error| Refusal::field_unacceptable("notification_url", error.to_string()))?;
    }
    Ok(text)
}

/// Reads an empty text as none.
pub(super) fn none_if_empty(text: String) -> Option<String> {
    if text.is_empty() { None } else { Some(text) }
}

/// Returns how the audit log names a source.
pub(super) fn subject(tenant: &Tenant, source: &Source) -> String {
    format!("{}/{}", tenant.slug, source.name)
}

/// What the audit log says of a source: never a secret.
pub(super) fn details(source: &Source) -> Value {
    json!({
        "scheme": source.scheme,
        "default_type": source.default_type,
        "automatic_keys": source.automatic_keys,
        "notification_url": source.notification_url,
        "unsigned": source.unsigned,
    })
}
