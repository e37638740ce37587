//! Queries and bodies for which routes of the management answer problems.

use mainstay::http::code::Code;
use mainstay::http::route::Route;

/// Returns query and body by which routes of tenants, tokens and sources refuse something.
pub(crate) fn of_tenants(route: &Route, code: Code) -> Option<(&'static str, &'static str)> {
    match (route.method.as_str(), route.pattern, code) {
        ("GET", "/api/v1/tokens" | "/api/v1/sources", Code::NotFound) => Some(("?tenant=nobody", "")),
        ("PATCH", _, Code::NotFound) => Some(("", "{}")),
        ("POST", "/api/v1/tenants", Code::InvalidSlug) => Some(("", r#"{"slug":"A b"}"#)),
        ("POST", "/api/v1/tenants", Code::InvalidAttribute) => Some(("", r#"{"slug":"a","name":""}"#)),
        ("POST", "/api/v1/tenants", Code::Exists) => Some(("", r#"{"slug":"default"}"#)),
        ("POST", "/api/v1/tenants", Code::Unacceptable) => Some(("", r#"{"slug":"gone"}"#)),
        ("PATCH", "/api/v1/tenants/{tenant}", Code::InvalidAttribute) => Some(("", r#"{"name":""}"#)),
        ("PATCH", "/api/v1/tenants/{tenant}", Code::Unacceptable) => Some(("", r#"{"status":"deleted"}"#)),
        ("DELETE", "/api/v1/tenants/{tenant}", Code::Unacceptable) => Some(("", "")),
        ("POST", "/api/v1/tokens", Code::InvalidAttribute) => {
            Some(("", r#"{"tenant":"default","name":"","scopes":["events:read"]}"#))
        }
        ("POST", "/api/v1/tokens", Code::NotFound) => {
            Some(("", r#"{"tenant":"nobody","name":"a","scopes":["events:read"]}"#))
        }
        ("POST", "/api/v1/tokens", Code::Unacceptable) => {
            Some(("", r#"{"tenant":"default","name":"a","scopes":["admin"]}"#))
        }
        ("POST", "/api/v1/sources", Code::InvalidSlug) => Some(("", r#"{"tenant":"default","name":"A b"}"#)),
        ("POST", "/api/v1/sources", Code::InvalidAttribute) => {
            Some(("", r#"{"tenant":"default","name":"a","default_type":""}"#))
        }
        ("POST", "/api/v1/sources", Code::NotFound) => Some(("", r#"{"tenant":"nobody","name":"a"}"#)),
        ("POST", "/api/v1/sources", Code::Exists) => Some(("", r#"{"tenant":"default","name":"open"}"#)),
        ("POST", "/api/v1/sources", Code::Unacceptable) => {
            Some(("", r#"{"tenant":"default","name":"a","scheme":"nothing"}"#))
        }
        ("PATCH", "/api/v1/sources/{tenant}/{source}", Code::InvalidAttribute) => {
            Some(("", r#"{"default_type":"a\nb"}"#))
        }
        ("PATCH", "/api/v1/sources/{tenant}/{source}", Code::Unacceptable) => {
            Some(("", r#"{"scheme":"nothing"}"#))
        }
        ("POST", pattern, Code::Unacceptable) if pattern.ends_with("/rotate") => {
            Some(("", r#"{"overlap":"soon"}"#))
        }
        _ => None,
    }
}

/// Two requests of which the second comes with the first one's key.
pub(crate) fn reused(route: &Route) -> [&'static str; 2] {
    match route.pattern {
        "/api/v1/tenants" => [r#"{"slug":"first"}"#, r#"{"slug":"second"}"#],
        "/api/v1/tokens" => [
            r#"{"tenant":"default","name":"a","scopes":["events:read"]}"#,
            r#"{"tenant":"default","name":"b","scopes":["events:read"]}"#,
        ],
        "/api/v1/sources" => {
            [r#"{"tenant":"default","name":"first"}"#, r#"{"tenant":"default","name":"second"}"#]
        }
        _ => ["1", "2"],
    }
}

/// Returns query and body by which routes of settings and blocks refuse what others refuse otherwise.
pub(crate) fn managed(route: &Route, code: Code) -> Option<(&'static str, &'static str)> {
    match (route.method.as_str(), route.pattern, code) {
        ("POST", "/api/v1/blocks", Code::InvalidAttribute) => {
            Some(("", r#"{"network":"192.0.2.1","reason":"a\nb"}"#))
        }
        ("POST", "/api/v1/blocks", Code::Unacceptable) => Some(("", r#"{"network":"nobody"}"#)),
        ("DELETE", "/api/v1/blocks", Code::NotFound) => Some(("?network=192.0.2.9", "")),
        ("DELETE", "/api/v1/blocks", Code::Unacceptable) => Some(("?network=nobody", "")),
        ("PUT", "/api/v1/settings/{key}", Code::NotFound) => Some(("", r#"{"value":"5"}"#)),
        ("PUT", "/api/v1/settings/{key}", Code::Unacceptable) => Some(("", r#"{"value":"none"}"#)),
        ("POST", "/api/v1/operators", Code::InvalidSlug) => Some(("", r#"{"name":"A b","role":"viewer"}"#)),
        ("POST", "/api/v1/operators", Code::Exists) => Some(("", r#"{"name":"jo","role":"viewer"}"#)),
        ("POST", "/api/v1/operators", Code::Unacceptable) => {
            Some(("", r#"{"name":"al","role":"viewer","password":"short"}"#))
        }
        ("PATCH", "/api/v1/operators/{operator}", Code::NotFound | Code::Unacceptable) => {
            Some(("", r#"{"role":"viewer"}"#))
        }
        ("POST", "/api/v1/operators/{operator}/reset-password", Code::Unacceptable) => {
            Some(("", r#"{"password":"short"}"#))
        }
        ("DELETE", "/api/v1/operators/{operator}", Code::Unacceptable) => Some(("", "")),
        ("DELETE", "/api/v1/sessions", Code::NotFound) => Some(("?operator=nobody", "")),
        _ => None,
    }
}
