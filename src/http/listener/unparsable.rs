//! What is noted of requests that the HTTP reader refuses before there is a request.

use super::bare::Rewritten;
use crate::http::edge::Edge;
use crate::http::options::shown;
use crate::telemetry::access::{NoHeaders, RequestLine};
use std::fmt::Display;
use std::net::IpAddr;
use std::time::Duration;

/// What stands for method and path of what cannot be parsed.
const UNPARSABLE: &str = "unparsable";

/// Counts and logs an answer. Such requests come in floods, and their lines are sampled as those of limits are.
pub(super) fn note(edge: &Edge, address: IpAddr, answer: &Rewritten) {
    let status = answer.status.as_u16();
    edge.metrics.http.route(UNPARSABLE, UNPARSABLE).observe(status, Duration::ZERO);
    let client = shown(edge.options().client_address, address);
    let line = RequestLine {
        rid: answer.id.as_str(),
        tenant: None,
        version: "HTTP/1.1",
        method: UNPARSABLE,
        path: UNPARSABLE,
        status,
        latency: Duration::ZERO,
        client: client.as_ref().map(|address| address as &dyn Display),
        limited: Some(UNPARSABLE),
        headers: &NoHeaders,
    };
    edge.access_log.record(edge.clock.now(), &line);
}
