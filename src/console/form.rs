//! What was typed into a form, taken only from the console's own pages.

use crate::crypto::digest::{equal_in_constant_time, sha256};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::secret::Secret;
use crate::domain::session::Session;
use crate::http::call::Call;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::http::request::body::{self, BodyLimits};
use crate::http::request::query::Parameters;
use crate::platform::entropy::array;
use crate::services::refusal::Refusal;
use crate::services::request::Request;
use bytes::Bytes;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

const FORM_BYTES_MAX: usize = 64 * 1024;

/// The field that proves that the form came from a page of this session.
const PROOF: &str = "csrf";

/// The field that holds the key under which a repeat of the form is known.
pub(super) const REQUEST: &str = "request";

/// Random bytes of that key: no two forms meet by chance.
const KEY_BYTES: usize = 16;

/// Fields that are about the form itself.
const OWN: [&str; 3] = [PROOF, REQUEST, "confirm"];

#[derive(Debug)]
pub(super) struct Form {
    fields: Vec<(&'static str, String)>,
    /// The form as it was sent.
    raw: Bytes,
}

impl Form {
    /// Fills a form that is to be shown.
    pub(super) fn filled(fields: Vec<(&'static str, String)>) -> Self {
        Self { fields, raw: Bytes::new() }
    }

    /// Returns a field's text, empty if it was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| *field == name).map_or("", |(_, text)| text)
    }

    /// Returns a field's text without blanks around it.
    pub(super) fn trimmed(&self, name: &str) -> &str {
        self.text(name).trim()
    }

    /// Reads what is to be made: fields left empty are left out.
    pub(super) fn new_input<T: DeserializeOwned>(&self) -> Result<T, Faults> {
        self.input(|text| !text.is_empty())
    }

    /// Reads a change: a field left empty takes its value back.
    pub(super) fn change_input<T: DeserializeOwned>(&self) -> Result<T, Faults> {
        self.input(|_text| true)
    }

    fn input<T: DeserializeOwned>(&self, wanted: impl Fn(&str) -> bool) -> Result<T, Faults> {
        let fields = self.fields.iter().filter(|(name, _)| !OWN.contains(name));
        let fields = fields.map(|(name, text)| (*name, text.trim())).filter(|(_, text)| wanted(text));
        let object = fields.map(|(name, text)| (name.to_owned(), Value::from(text))).collect();
        serde_json::from_value(Value::Object(object)).map_err(|error| Faults::one("", error.to_string()))
    }

    /// Returns the request for a change that the form makes: its repeat is known by the key that the form carries.
    pub(super) fn request(&self, call: &Call<'_>) -> Result<Request, Problem> {
        let key = IdempotencyKey::parse(self.text(REQUEST)).ok();
        let requests = &call.services()?.requests;
        let parts = [b"POST".as_slice(), call.parts.uri.path().as_bytes(), &self.raw];
        let once = key.map(|key| requests.identify(&call.sender(), &key, &parts));
        Ok(Request { actor: call.actor(), once })
    }

    /// Returns a field that must not be shown again.
    pub(super) fn secret(&self, name: &str) -> Secret {
        Secret::new(self.text(name).to_owned())
    }

    /// Returns the password that was typed; none if that is left to the appliance.
    pub(super) fn new_password(&self) -> Option<Secret> {
        Some(self.secret("password")).filter(|password| !password.expose().is_empty())
    }
}

/// What is wrong with a form's fields, each beside its field.
#[derive(Debug, Default)]
pub(super) struct Faults {
    all: Vec<(&'static str, String)>,
    /// Whether what is wrong is who sent it.
    lacks_permission: bool,
}

impl Faults {
    /// One fault; a field named `""` is the form as a whole.
    pub(super) fn one(field: &'static str, detail: impl Into<String>) -> Self {
        let mut faults = Self::default();
        faults.add(field, detail);
        faults
    }

    /// The faults that a refusal is about.
    pub(super) fn of_refusal(refusal: &Refusal) -> Self {
        let fault = |part: &Refusal| (part.field().unwrap_or(""), part.to_string());
        let all = refusal.parts().iter().map(fault).collect();
        Self { all, lacks_permission: refusal.lacks_permission() }
    }

    pub(super) fn add(&mut self, field: &'static str, detail: impl Into<String>) {
        self.all.push((field, detail.into()));
    }

    pub(super) fn of(&self, field: &str) -> Option<&str> {
        self.all.iter().find(|(name, _)| *name == field).map(|(_, detail)| detail.as_str())
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            _ if self.is_empty() => StatusCode::OK,
            Self { lacks_permission: true, .. } => StatusCode::FORBIDDEN,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// Makes the key of a form that is shown: sent again, it makes nothing more.
pub(super) fn fresh_key(call: &Call<'_>) -> String {
    BASE32_NOPAD.encode(&array::<KEY_BYTES>(call.edge.entropy.as_ref()))
}

/// Returns the proof that a session's forms carry.
pub(super) fn proof_of(session: &Session) -> String {
    BASE64URL_NOPAD.encode(&sha256(&[b"form of session ", &session.digest]))
}

/// Reads a form with these fields. One that other sites' pages sent is refused, and so is one without its session's
/// proof.
pub(super) async fn read(call: &Call<'_>, fields: &[&'static str]) -> Result<Form, Problem> {
    check_origin(&call.parts.headers)?;
    let limits = call.body_limits();
    let limits = BodyLimits { bytes_max: FORM_BYTES_MAX, way_out: "type less", ..limits };
    let received = body::read(call.body(), limits).await?;
    let text = std::str::from_utf8(&received.bytes).map_err(|_error| {
        Problem::new(Code::InvalidBody, "the form is not UTF-8; hint: load the page again")
    })?;
    let known: Vec<&'static str> = fields.iter().copied().chain([PROOF]).collect();
    let read = Parameters::read(Some(text), &known);
    let values = known.into_iter().filter_map(|name| Some((name, read.text(name)?.to_owned())));
    let form = Form { fields: values.collect(), raw: received.bytes.clone() };
    read.finish()?;
    if let Some(signed_in) = call.signed_in {
        let proof = proof_of(&signed_in.session);
        if !equal_in_constant_time(proof.as_bytes(), form.text(PROOF).as_bytes()) {
            let detail = "the form is not of this session; hint: load the page again and send it once more";
            return Err(Problem::new(Code::FormForged, detail));
        }
    }
    Ok(form)
}

/// Refuses what a browser says comes from another site (Fetch Metadata, and `Origin` where a browser sends only that).
fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &http::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let is_foreign = match (site, text(&ORIGIN)) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            Some(host) != text(&HOST)
        }
        (None, None) => false,
    };
    if is_foreign {
        let detail = "the form was sent by a page of another site; hint: use the console's own pages";
        return Err(Problem::new(Code::FormForged, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn forms_of_other_sites_are_refused() {
        let is_taken = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            check_origin(&headers).is_ok()
        };
        assert!(is_taken(&[("sec-fetch-site", "same-origin"), ("origin", "https://a:1"), ("host", "a:1")]));
        assert!(is_taken(&[("sec-fetch-site", "none")]));
        assert!(is_taken(&[("origin", "https://a:1"), ("host", "a:1")]));
        assert!(is_taken(&[]));
        assert!(!is_taken(&[("sec-fetch-site", "cross-site")]));
        assert!(!is_taken(&[("sec-fetch-site", "same-site"), ("origin", "https://a"), ("host", "a")]));
        assert!(!is_taken(&[("origin", "https://b"), ("host", "a")]));
        assert!(!is_taken(&[("origin", "null"), ("host", "a")]));
    }
}
