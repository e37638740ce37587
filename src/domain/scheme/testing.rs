//! Deliveries for tests.

use crate::domain::scheme::builtin;
use crate::domain::scheme::definition::Scheme;
use crate::domain::scheme::verify::{Found, Headers, SignatureError, Signed};
use crate::domain::time::Timestamp;

/// A delivery in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Delivery {
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    url: String,
    /// Seconds since 1970.
    now: u64,
}

impl Delivery {
    /// Begins with a body.
    pub(super) fn of(body: impl AsRef<[u8]>) -> Self {
        Self { body: body.as_ref().to_vec(), ..Self::default() }
    }

    /// Adds a header; one of the same name stays.
    pub(super) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.as_ref().to_vec()));
        self
    }

    /// Takes a header away.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// Sets the notification address.
    pub(super) fn to(mut self, url: &str) -> Self {
        url.clone_into(&mut self.url);
        self
    }

    /// Sets the present moment.
    pub(super) fn at(mut self, seconds: u64) -> Self {
        self.now = seconds;
        self
    }

    /// Sets the body.
    pub(super) fn carrying(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// Returns the body.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Decides whether a built-in scheme's signature holds.
    pub(super) fn verify(&self, scheme_name: &str, secrets: &[&str]) -> Result<(), SignatureError> {
        self.verify_with(&scheme(scheme_name), secrets)
    }

    /// Decides whether a scheme's signature holds.
    pub(super) fn verify_with(&self, scheme: &Scheme, secrets: &[&str]) -> Result<(), SignatureError> {
        let signed = Signed { body: &self.body, url: &self.url };
        let now = Timestamp::from_micros(self.now * 1_000_000);
        scheme.signature.as_ref().unwrap().verify(secrets, self, signed, now)
    }
}

impl Headers for Delivery {
    fn find(&self, name: &str) -> Found<'_> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        match (values.next(), values.next()) {
            (None, _) => Found::Nothing,
            (Some((_, value)), None) => Found::Once(value),
            _ => Found::Repeated,
        }
    }
}

/// Returns a built-in scheme.
pub(super) fn scheme(name: &str) -> Scheme {
    builtin::all().into_iter().find(|scheme| scheme.name.as_str() == name).unwrap()
}
