//! What the settings mean to the parts that run.

use crate::config::{Config, RateLimitApplies, Retention, TlsMode};
use crate::domain::rate::Quota;
use crate::domain::time::format_duration;
use crate::http::edge::{Edge, EdgeParts};
use crate::http::options::EdgeOptions;
use crate::platform::machine::Machine;
use crate::services::limits::Applies;
use crate::telemetry::access::AccessLog;
use crate::telemetry::logs::LogHandle;
use crate::telemetry::metrics::Metrics;
use crate::tls::keeper::TlsKeeper;
use std::sync::Arc;

/// Returns what the settings mean to the edge.
pub fn edge_options(config: &Config) -> EdgeOptions {
    let limits = &config.limits;
    EdgeOptions {
        body_bytes_max: limits.body_bytes_max,
        request_timeout: limits.request_timeout,
        connection_timeout: limits.connection_timeout,
        requests_per_socket_max: u32::try_from(limits.requests_per_socket_max).unwrap_or(u32::MAX),
        rate_limit: Quota { max: limits.rate_limit_max, window: limits.rate_limit_window },
        rate_limit_applies: match limits.rate_limit_applies {
            RateLimitApplies::Unauthenticated => Applies::Unauthenticated,
            RateLimitApplies::All => Applies::All,
        },
        in_flight_max: limits.in_flight_max,
        streams_max: limits.streams_max,
        connections_max: config.listen.connections_max,
        connections_per_address_max: config.listen.connections_per_address_max,
        ops_allow: config.ops.allow.clone(),
        trusted_proxies: limits.trusted_proxies.clone(),
        exempt_networks: limits.exempt_networks.clone(),
        drain_timeout: config.shutdown.drain_timeout,
        cors_origins: config.cors.origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
        key_retention: match config.idempotency.retention {
            Retention::For(duration) => format_duration(duration),
            Retention::Never => "never ends".to_owned(),
        },
        auto_key_window: format_duration(config.idempotency.auto_window),
        client_address: config.logging.client_address,
        strict_transport: config.tls.mode == TlsMode::Files && config.listen.https.port() == 443,
    }
}

/// Makes an edge that is not opened yet.
pub(super) fn make_edge(
    config: &Config,
    machine: &Machine,
    metrics: &Arc<Metrics>,
    access_log: &Arc<AccessLog>,
    tls: &TlsKeeper,
    logs: Option<&LogHandle>,
) -> Arc<Edge> {
    let tls = tls.clone();
    Edge::new(EdgeParts {
        options: edge_options(config),
        metrics: Arc::clone(metrics),
        access_log: Arc::clone(access_log),
        lines: logs.map(LogHandle::lines).unwrap_or_default(),
        clock: Arc::clone(&machine.clock),
        entropy: Arc::clone(&machine.entropy),
        authority_pem: Arc::new(move || tls.authority_pem()),
    })
}
