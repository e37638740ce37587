//! Requests and connections.

use super::recent::Recent;
use super::series::{self, Alive, REQUEST_SECONDS, Series};
use crate::domain::series::Answered;
use crate::telemetry::read_mostly::ReadMostly;
use prometheus::core::Collector;
use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Methods with a label of their own; any other word a client thinks of is `OTHER`.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];

/// The label of other methods, and the last place among the methods' maps.
const METHOD_OTHER: &str = "OTHER";

/// Most route patterns of one method: several times what the router holds, so that a caller who passes paths instead
/// of patterns by mistake cannot fill the memory.
const ROUTES_MAX: usize = 512;

/// The label of routes beyond the bound.
const ROUTE_OTHER: &str = "other";

/// Status codes with a label of their own; any other is `other`.
const STATUS_CODES: [u16; 40] = [
    100, 101, 200, 201, 202, 204, 206, 207, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408,
    409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 428, 429, 431, 500, 502, 503, 507,
];

/// One place per known status code and one for the others.
const SLOTS: usize = STATUS_CODES.len() + 1;

/// The place of every three-digit status code.
static SLOT_BY_STATUS: [u8; 600] = slots_by_status();

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler alone"
)]
const fn slots_by_status() -> [u8; 600] {
    let mut slots = [STATUS_CODES.len() as u8; 600];
    let mut slot = 0;
    while slot < STATUS_CODES.len() {
        slots[STATUS_CODES[slot] as usize] = slot as u8;
        slot += 1;
    }
    slots
}

/// All series of the HTTP edge.
#[derive(Debug)]
pub struct HttpSeries {
    by_status: ByStatus,
    connections: IntGauge,
    streams: IntGauge,
    limited: [(IntCounter, Recent); LimitScope::ALL.len()],
    /// Places taken and places there are, by class.
    places: [IntGaugeVec; 2],
    /// One map per method in the order of `METHODS`, and one for the others.
    routes: [ReadMostly<RouteMeter>; METHODS.len() + 1],
    /// Per method, what takes the routes beyond the bound.
    routes_other: [Arc<RouteMeter>; METHODS.len() + 1],
}

impl HttpSeries {
    pub(super) fn new(series: &Series<'_>) -> Self {
        let labels = &["method", "route", "status_code"];
        let by_status = ByStatus {
            requests: series.counters("http_requests_total", "Requests answered.", labels),
            durations: series.histograms(
                "http_request_duration_seconds",
                "Time from a request's head to its answer's head.",
                labels,
                REQUEST_SECONDS,
            ),
        };
        let connections = series.gauge("active_connections", "Client connections open now.");
        let streams = series.gauge("active_event_streams", "Live event streams open now.");
        let refused = series.counters(
            "rate_limited_total",
            "Requests refused by a limit, by a block or for want of room.",
            &["scope"],
        );
        let limited =
            LimitScope::ALL.map(|scope| (refused.with_label_values(&[scope.as_str()]), Recent::new()));
        let places = [
            series.gauges("request_places_taken", "Places taken by requests being answered.", &["class"]),
            series.gauges("request_places", "Places for requests being answered.", &["class"]),
        ];
        for (class, gauges) in
            LimitScope::PLACES.iter().flat_map(|class| places.iter().map(move |gauges| (class, gauges)))
        {
            gauges.with_label_values(&[class.class()]).set(0);
        }
        let other = |at: usize| {
            let method = METHODS.get(at).copied().unwrap_or(METHOD_OTHER);
            Arc::new(RouteMeter::new(&by_status, method, ROUTE_OTHER))
        };
        let routes_other = std::array::from_fn(other);
        let routes = std::array::from_fn(|_method| ReadMostly::new(ROUTES_MAX));
        let made = Self { by_status, connections, streams, limited, places, routes, routes_other };
        made.route("GET", "/health").child(200);
        made
    }

    /// Returns the meter of a method and a matched route pattern.
    pub fn route(&self, method: &str, route: &str) -> Arc<RouteMeter> {
        let at = METHODS.iter().position(|known| *known == method).unwrap_or(METHODS.len());
        let method = METHODS.get(at).copied().unwrap_or(METHOD_OTHER);
        let routes = self.routes.get(at).expect("every method has a map");
        let made = || Some(RouteMeter::new(&self.by_status, method, route));
        routes.find_or_insert(route, made).unwrap_or_else(|| {
            let other = self.routes_other.get(at).expect("every method has a meter for other routes");
            Arc::clone(other)
        })
    }

    /// Returns how many requests were answered with which class of status.
    pub(super) fn answered(&self) -> Answered {
        let mut answered = Answered::default();
        for series in
            self.by_status.requests.collect().iter().flat_map(prometheus::proto::MetricFamily::get_metric)
        {
            let status = series.get_label().iter().find(|label| label.name() == "status_code");
            let count = match status.map(|label| label.value().as_bytes()) {
                Some(b"429") => &mut answered.limited,
                Some([b'2', ..]) => &mut answered.success,
                Some([b'3', ..]) => &mut answered.redirected,
                Some([b'4', ..]) => &mut answered.refused,
                Some([b'5', ..]) => &mut answered.failed,
                _ => continue,
            };
            *count += series::whole(series.get_counter().get_value());
        }
        answered
    }

    /// Returns how many requests a limit or a block refused.
    pub(super) fn limited_total(&self) -> u64 {
        self.limited.iter().map(|(counter, _)| counter.get()).sum()
    }

    /// Returns what limits and blocks refused, by scope.
    pub fn limited_by_scope(&self) -> Vec<Limited> {
        let scopes = LimitScope::ALL.into_iter().zip(&self.limited);
        let limited = |(scope, (total, recent)): (LimitScope, &(IntCounter, Recent))| Limited {
            scope,
            total: total.get(),
            recent: recent.total(),
        };
        scopes.map(limited).collect()
    }

    /// Returns how many connections and event streams are open.
    pub(super) fn open(&self) -> (u64, u64) {
        (series::gauged(&self.connections), series::gauged(&self.streams))
    }

    /// Counts a client connection for as long as the answer is held.
    pub fn connection_opened(&self) -> Alive {
        Alive::count(&self.connections)
    }

    /// Counts a request that a limit or a block refused.
    pub fn limited(&self, scope: LimitScope) {
        let scopes = LimitScope::ALL.iter().zip(&self.limited);
        for (_, (counter, recent)) in scopes.filter(|(known, _)| **known == scope) {
            counter.inc();
            recent.count();
        }
    }

    /// Notes how many places of a class are taken, and how many there are.
    pub fn places(&self, class: LimitScope, taken: usize, max: usize) {
        for (gauges, places) in self.places.iter().zip([taken, max]) {
            gauges.with_label_values(&[class.class()]).set(i64::try_from(places).unwrap_or(i64::MAX));
        }
    }

    /// Counts an open event stream for as long as the answer is held.
    pub fn stream_opened(&self) -> Alive {
        Alive::count(&self.streams)
    }
}

/// What refused a request before anybody asked what it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitScope {
    /// The quota of its client address.
    Address,
    /// The quota of its tenant.
    Tenant,
    /// The quota of its token.
    Token,
    /// The block of its client address.
    BlockedAddress,
    /// The block of its client address at one source.
    BlockedSource,
    /// No place for its tenant or token.
    SenderPlaces,
    /// No place for a stranger at its address.
    StrangerPlaces,
    /// No place for its address to sign in.
    SignInPlaces,
    /// No place for its operator.
    SessionPlaces,
    /// No room for another stream of its address's HTTP/2 connections.
    OpenStreams,
    /// No memory for its answer, as its address does not take those it asked for.
    UntakenAnswers,
}

/// What limits or blocks of one scope refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Limited {
    /// The scope.
    pub scope: LimitScope,
    /// Requests since the start.
    pub total: u64,
    /// Requests of about the last fifteen minutes.
    pub recent: u64,
}

impl LimitScope {
    /// Every scope.
    pub const ALL: [Self; 11] = [
        Self::Address,
        Self::Tenant,
        Self::Token,
        Self::BlockedAddress,
        Self::BlockedSource,
        Self::SenderPlaces,
        Self::StrangerPlaces,
        Self::SignInPlaces,
        Self::SessionPlaces,
        Self::OpenStreams,
        Self::UntakenAnswers,
    ];

    /// Those that stand for the places of a class of requests.
    pub const PLACES: [Self; 4] =
        [Self::SenderPlaces, Self::StrangerPlaces, Self::SignInPlaces, Self::SessionPlaces];

    /// Returns the label of a class of requests.
    fn class(self) -> &'static str {
        self.as_str().trim_end_matches("_places")
    }

    /// Returns the scope's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Tenant => "tenant",
            Self::Token => "token",
            Self::BlockedAddress => "blocked_address",
            Self::BlockedSource => "blocked_source",
            Self::SenderPlaces => "sender_places",
            Self::StrangerPlaces => "stranger_places",
            Self::SignInPlaces => "sign_in_places",
            Self::SessionPlaces => "session_places",
            Self::OpenStreams => "open_streams",
            Self::UntakenAnswers => "untaken_answers",
        }
    }
}

/// The two series that know method, route and status.
#[derive(Debug, Clone)]
struct ByStatus {
    requests: IntCounterVec,
    durations: HistogramVec,
}

/// Measures the requests of one method and route.
#[derive(Debug)]
pub struct RouteMeter {
    by_status: ByStatus,
    method: &'static str,
    route: String,
    /// Resolved at the first answer with that status, so that statuses never answered are not listed.
    children: [OnceLock<StatusMeter>; SLOTS],
}

#[derive(Debug)]
struct StatusMeter {
    requests: IntCounter,
    durations: Histogram,
}

impl RouteMeter {
    fn new(by_status: &ByStatus, method: &'static str, route: &str) -> Self {
        let children = [const { OnceLock::new() }; SLOTS];
        Self { by_status: by_status.clone(), method, route: route.to_owned(), children }
    }

    /// Notes one answered request.
    pub fn observe(&self, status: u16, elapsed: Duration) {
        let child = self.child(status);
        child.requests.inc();
        series::observe(&child.durations, elapsed);
    }

    fn child(&self, status: u16) -> &StatusMeter {
        let slot =
            SLOT_BY_STATUS.get(usize::from(status)).map_or(STATUS_CODES.len(), |slot| usize::from(*slot));
        self.children.get(slot).expect("every status has a place").get_or_init(|| self.resolve(slot))
    }

    fn resolve(&self, slot: usize) -> StatusMeter {
        let status = STATUS_CODES.get(slot).map_or_else(|| "other".to_owned(), u16::to_string);
        let labels = [self.method, &self.route, &status];
        StatusMeter {
            requests: self.by_status.requests.with_label_values(&labels),
            durations: self.by_status.durations.with_label_values(&labels),
        }
    }
}
