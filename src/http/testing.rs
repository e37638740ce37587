//! An edge without services, for tests.

use crate::domain::time::Timestamp;
use crate::http::edge::{Edge, EdgeParts};
use crate::http::options::EdgeOptions;
use crate::platform::clock::ManualClock;
use crate::platform::entropy::SeededEntropy;
use crate::telemetry::access::AccessLog;
use crate::telemetry::metrics::Metrics;
use std::sync::Arc;

/// Makes an edge that never opens; its clock stands at 2026-01-01.
pub(crate) fn edge(options: EdgeOptions) -> Arc<Edge> {
    let now = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
    Edge::new(EdgeParts {
        options,
        metrics: Arc::new(Metrics::new(now)),
        access_log: Arc::new(AccessLog::new()),
        lines: Arc::default(),
        clock: Arc::new(ManualClock::new(now)),
        entropy: Arc::new(SeededEntropy::new(1)),
        authority_pem: Arc::new(|| None),
    })
}
