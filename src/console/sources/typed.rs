//! What is typed about a source, as it stands in forms.

use crate::console::form::Form;
use crate::domain::scheme::definition::Scheme;
use crate::domain::scheme::place::HeaderName;
use crate::domain::source::{AutomaticKeys, Source, Unsigned};
use crate::http::edge::Services;
use std::sync::Arc;

/// The fields of what is typed.
pub(super) const FIELDS: [&str; 5] =
    ["scheme", "default_type", "notification_url", "automatic_keys", "unsigned"];

/// Fills the form of a source as it is.
pub(super) fn form_of(source: &Source) -> Form {
    let mut fields = vec![
        ("scheme", source.scheme.to_string()),
        ("default_type", source.default_type.clone().unwrap_or_default()),
        ("notification_url", source.notification_url.clone().unwrap_or_default()),
    ];
    if source.automatic_keys == AutomaticKeys::On {
        fields.push(("automatic_keys", "on".to_owned()));
    }
    if source.unsigned == Unsigned::Allowed {
        fields.push(("unsigned", "allowed".to_owned()));
    }
    Form::filled(fields)
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
