//! `[limits]`: what one client may ask for.

use crate::config::kind::Kind;
use crate::config::setting::{Row, section};
use ipnet::IpNet;
use std::time::Duration;

/// Longest timeout of a request or connection in milliseconds: an hour.
const TIMEOUT_MS_MAX: u64 = 3_600_000;

section! {
    /// What one client may ask for.
    pub struct LimitsConfig in "limits" {
        /// Largest body of an event. A batch of events in one request is limited event by event.
        "body_bytes_max" body_bytes_max: usize = 1 << 20,
            Row::of(Kind::bytes(1 << 10, 64 << 20))
                .bounds_note("at most a quarter of store.journal_segment_bytes")
                .plain_as("MAX_FILE_SIZE_MB", |megabytes| format!("{}MiB", megabytes.trim()));

        /// Time for receiving a request's body and again for answering it; for streams the longest pause.
        "request_timeout_ms" request_timeout: Duration = Duration::from_secs(30),
            Row::of(Kind::milliseconds(10, TIMEOUT_MS_MAX)).plain("REQUEST_TIMEOUT_MS");

        /// Time after which a connection without a request is closed.
        "connection_timeout_ms" connection_timeout: Duration = Duration::from_mins(1),
            Row::of(Kind::milliseconds(10, TIMEOUT_MS_MAX)).plain("CONNECTION_TIMEOUT_MS");

        /// Requests after which a connection is closed, so that load balancers spread clients anew; 0 for no limit.
        "requests_per_socket_max" requests_per_socket_max: u64 = 0,
            Row::of(Kind::count(0, 1_000_000_000)).plain("MAX_REQUESTS_PER_SOCKET");

        /// Most requests worked on at a time; further ones are answered 503 with `Retry-After`.
        "in_flight_max" in_flight_max: usize = 1_024, Row::of(Kind::count(1, 65_536));

        /// Most live event streams open at a time, half of the connections there may be; further ones are answered 503
        /// with `Retry-After`. They take no places of requests.
        "streams_max" streams_max: usize = 8_192, Row::of(Kind::count(1, 65_536));

        /// Networks of the proxies in front. Only from them `Forwarded` and `X-Forwarded-For` tell the client's
        /// address, read from the right; from anybody else the connection's own address counts.
        "trusted_proxies" trusted_proxies: Vec<IpNet> = Vec::new(), Row::of(Kind::Networks);
    }
}
