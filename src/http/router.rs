//! Routers over tables of routes. Who may use a route is enforced behind them (`http::layer`) and nowhere else.

use crate::http::edge::Edge;
use crate::http::layer::{Entrance, PatternService};
use crate::http::library::{Documents, Fixed};
use crate::http::openapi;
use crate::http::route::{Found, Route, Routes};
use axum::Router;
use serde_json::Value;
use std::sync::Arc;

/// Returns the OpenAPI document of all routes.
pub fn document(routes: &Routes) -> Value {
    openapi::document(routes)
}

fn documents(routes: &Routes) -> Documents {
    let document = document(routes);
    let page = openapi::page(routes, &document);
    let text = serde_json::to_vec(&document).expect("a document has a JSON form");
    Documents { openapi: Fixed::new(text), page: Fixed::new(page) }
}

/// Builds what the HTTPS listener serves.
pub fn build(edge: &Arc<Edge>, routes: &Routes) -> Router {
    assemble(edge, routes, Entrance::Network, |route| route.found != Found::Socket)
}

/// Builds what the admin socket serves, and what a command asks while no appliance runs: every route, without
/// credentials, limits and blocks. Whoever reaches it acts as the command line.
pub fn build_local(edge: &Arc<Edge>, routes: &Routes) -> Router {
    assemble(edge, routes, Entrance::Local, |_route| true)
}

/// Builds what the plain listener for metrics and health serves.
pub fn build_operations(edge: &Arc<Edge>, routes: &Routes) -> Router {
    assemble(edge, routes, Entrance::Network, |route| route.found == Found::Operations)
}

/// Builds what the plain listener beside HTTPS serves: ways to HTTPS.
pub fn build_redirect(edge: &Arc<Edge>, routes: &Routes) -> Router {
    let (network, redirect) = (Entrance::Network, routes.redirect);
    let redirect = PatternService::new(edge, network, routes, redirect.pattern, &[], Some(redirect));
    Router::new().fallback_service(redirect)
}

fn assemble(
    edge: &Arc<Edge>,
    routes: &Routes,
    entrance: Entrance,
    wanted: impl Fn(&Route) -> bool,
) -> Router {
    let all = *routes;
    edge.library.stock(Box::new(move || documents(&all)));
    let wanted: Vec<&'static Route> = routes.iter().filter(|route| wanted(route)).collect();
    let any = routes.unmatched;
    let unmatched = PatternService::new(edge, entrance, routes, any.pattern, &[], Some(any));
    let mut router = Router::new().fallback_service(unmatched);
    for (at, route) in wanted.iter().enumerate() {
        let pattern = route.pattern;
        if wanted.iter().take(at).any(|earlier| earlier.pattern == pattern) {
            continue;
        }
        let methods: Vec<_> = wanted.iter().copied().filter(|other| other.pattern == pattern).collect();
        let service = PatternService::new(edge, entrance, routes, pattern, &methods, None);
        router = router.route_service(pattern, service);
    }
    router
}
