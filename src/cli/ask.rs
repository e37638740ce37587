//! What a command asks: a request of `/api/v1`, `/v1` or of this machine alone.

use crate::cli::exit::Failure;
use crate::http::request::header::X_TENANT_ID;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::Full;
use reqwest::Url;
use serde_json::Value;

/// To whom requests are addressed that leave the machine by no network.
const LOCAL_HOST: HeaderValue = HeaderValue::from_static("localhost");

/// A request being made.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    /// Its path and query count; the rest is where the appliance is.
    url: Url,
    headers: HeaderMap,
    body: Option<Value>,
}

impl Ask {
    fn new(method: Method, path: &str) -> Self {
        let url = Url::parse("http://localhost").and_then(|base| base.join(path));
        let url = url.expect("paths of this program are paths");
        Self { method, url, headers: HeaderMap::new(), body: None }
    }

    /// Reads.
    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// Creates something, or has something done; null is no body.
    pub fn post(path: &str, body: Value) -> Self {
        Self { body: Some(body).filter(|body| !body.is_null()), ..Self::new(Method::POST, path) }
    }

    /// Sets.
    pub fn put(path: &str, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::PUT, path) }
    }

    /// Changes what the body names; members that are null are left out.
    pub fn patch(path: &str, mut body: Value) -> Self {
        if let Some(members) = body.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        Self { body: Some(body), ..Self::new(Method::PATCH, path) }
    }

    /// Deletes.
    pub fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Goes on in the path with a name that somebody gave.
    #[must_use]
    pub fn at(mut self, name: &str) -> Self {
        // Two names mean another place in a path; encoded twice they are names that nothing has.
        let name = match name {
            "." => "%2E",
            ".." => "%2E%2E",
            name => name,
        };
        self.url.path_segments_mut().expect("a base has segments").push(name);
        self
    }

    /// Adds a parameter, if it is given.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.url.query_pairs_mut().append_pair(name, &value.to_string());
        }
        self
    }

    /// Sets a parameter in place of one of the name.
    #[must_use]
    pub fn replacing(mut self, name: &str, value: impl ToString) -> Self {
        let pairs: Vec<_> = self.url.query_pairs().into_owned().filter(|(known, _)| known != name).collect();
        self.url.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, &value.to_string());
        self
    }

    /// Names the tenant, if one is given: else it is the token's own, or `default`.
    pub fn in_tenant(mut self, tenant: Option<&str>) -> Result<Self, Failure> {
        if let Some(tenant) = tenant {
            self.headers.insert(&X_TENANT_ID, tenant_value(tenant)?);
        }
        Ok(self)
    }

    /// Tells whether only the appliance's own machine may ask it.
    pub fn is_local(&self) -> bool {
        self.url.path().starts_with("/local/")
    }

    /// Returns path and query.
    pub fn target(&self) -> String {
        let query = self.url.query().filter(|query| !query.is_empty());
        query.map_or_else(|| self.url.path().to_owned(), |query| format!("{}?{query}", self.url.path()))
    }

    /// Returns the request for a target, which is a path or an address.
    pub fn request(&self, target: &str) -> Result<Request<Full<Bytes>>, http::Error> {
        let body = self.body.as_ref().map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let mut request = Request::builder().method(&self.method).uri(target).body(Full::new(body))?;
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        headers.insert(HOST, LOCAL_HOST);
        if self.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(request)
    }
}

/// Returns a tenant as the header's value.
pub fn tenant_value(tenant: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(tenant)
        .map_err(|_error| Failure::Usage("--tenant is not a tenant's name".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_lead_to_another_path() {
        let target = |name: &str| Ask::delete("/api/v1/tenants").at(name).target();
        assert_eq!(target("acme"), "/api/v1/tenants/acme");
        assert_eq!(target("a/b?c#d e"), "/api/v1/tenants/a%2Fb%3Fc%23d%20e");
        assert_eq!(target(""), "/api/v1/tenants/");
        for name in [".", "..", "%2e%2e"] {
            assert!(target(name).starts_with("/api/v1/tenants/%25"), "{}", target(name));
        }
    }

    #[test]
    fn parameters_are_encoded_and_replaced() {
        let ask = Ask::get("/v1/events").with("type", Some("a&b")).with("source", None::<String>);
        assert_eq!(ask.target(), "/v1/events?type=a%26b");
        let ask = ask.replacing("after", "1.2").replacing("after", "1.3");
        assert_eq!(ask.target(), "/v1/events?type=a%26b&after=1.3");
    }
}
