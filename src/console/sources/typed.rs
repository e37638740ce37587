//! What is typed about a source, as it stands in forms.

use crate::console::form::{Faults, Form};
use crate::domain::names::NameError;
use crate::domain::scheme::definition::Scheme;
use crate::domain::scheme::place::HeaderName;
use crate::domain::source::{AutomaticKeys, Source, Unsigned};
use crate::http::edge::Services;
use crate::services::refusal::Refusal;
use std::sync::Arc;

/// The fields of what is typed.
pub(super) const FIELDS: [&str; 5] =
    ["scheme", "default_type", "notification_url", "automatic_keys", "unsigned"];

/// What is typed about a source.
pub(super) struct Typed {
    pub(super) scheme: String,
    pub(super) default_type: String,
    pub(super) notification_url: String,
    pub(super) automatic_keys: AutomaticKeys,
    pub(super) unsigned: Unsigned,
}

impl Typed {
    pub(super) fn read(form: &Form) -> Self {
        let is_on = |name: &str| !form.text(name).is_empty();
        Self {
            scheme: form.trimmed("scheme").to_owned(),
            default_type: form.trimmed("default_type").to_owned(),
            notification_url: form.trimmed("notification_url").to_owned(),
            automatic_keys: if is_on("automatic_keys") { AutomaticKeys::On } else { AutomaticKeys::Off },
            unsigned: if is_on("unsigned") { Unsigned::Allowed } else { Unsigned::Refused },
        }
    }

    /// Reads an empty text as none.
    pub(super) fn given(text: &str) -> Option<String> {
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl From<&Source> for Typed {
    fn from(source: &Source) -> Self {
        Self {
            scheme: source.scheme.as_str().to_owned(),
            default_type: source.default_type.clone().unwrap_or_default(),
            notification_url: source.notification_url.clone().unwrap_or_default(),
            automatic_keys: source.automatic_keys,
            unsigned: source.unsigned,
        }
    }
}

/// A scheme that can be chosen.
pub(super) struct Offered {
    pub(super) name: String,
    /// Where its signature stands.
    pub(super) about: String,
}

/// Returns every scheme there is, and the chosen one also where it is not configured any more.
pub(super) fn schemes(services: &Services, chosen: &str) -> Vec<Offered> {
    let about = |scheme: &Scheme| match &scheme.signature {
        None => "not signed".to_owned(),
        Some(signature) => {
            let headers: Vec<_> = signature.headers.iter().map(HeaderName::as_str).collect();
            format!("signed in {}", headers.join(" or "))
        }
    };
    let schemes = services.sources.schemes();
    let offer =
        |scheme: &Arc<Scheme>| Offered { name: scheme.name.as_str().to_owned(), about: about(scheme) };
    let mut all: Vec<_> = schemes.map(offer).collect();
    if all.iter().all(|one| one.name != chosen) {
        all.push(Offered { name: chosen.to_owned(), about: "not configured".to_owned() });
    }
    all
}

/// Finds the field that a refusal is about; what is wrong with secrets belongs to the field of that name.
pub(super) fn fault(refusal: &Refusal, of_secrets: &'static str) -> Faults {
    let text = refusal.to_string();
    let field = match refusal {
        Refusal::Name(NameError::Slug(_)) | Refusal::Exists { .. } => "name",
        Refusal::Name(_) => "default_type",
        Refusal::NotFound { .. } => "tenant",
        _ if text.contains("unsigned") || text.contains("anybody who knows") => "unsigned",
        _ if text.contains("address") => "notification_url",
        _ if text.contains("tenant `system`") => "tenant",
        _ if text.contains("secret") => of_secrets,
        _ if text.contains("scheme") => "scheme",
        _ => "",
    };
    Faults::one(field, text)
}
