//! The state all handlers share.

use crate::http::answer_memory::{ANSWERS_BYTES_MAX, STREAM_PAGES_BYTES_MAX, SharedText};
use crate::http::library::Library;
use crate::http::options::EdgeOptions;
use crate::http::places::Places;
use crate::http::shares::Shares;
use crate::platform::clock::Clock;
use crate::platform::entropy::Entropy;
use crate::platform::locks::lock;
pub use crate::services::all::Services;
use crate::telemetry::access::AccessLog;
use crate::telemetry::lines::LogLines;
use crate::telemetry::metrics::Metrics;
use arc_swap::{ArcSwap, ArcSwapOption};
use std::fmt;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

/// Most memory that bodies being collected take together: a quarter of what the whole appliance may.
const BODIES_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The same for requests without a token: a stranger who knows the address of a webhook must not keep everybody else out.
const STRANGER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most event streams open at once on the admin socket: half of its connections, so that other commands find theirs.
const LOCAL_STREAMS_MAX: usize = LOCAL_CONNECTIONS_MAX / 2;

/// Most connections of the admin socket at once; more wait.
pub(crate) const LOCAL_CONNECTIONS_MAX: usize = 16;

/// Most streams of HTTP/2 open at once: as many as there may be live event streams.
const OPEN_STREAMS_MAX: usize = 8_192;

/// Most connections of HTTP/2 at once on which nobody has proved who sends: each takes three times as much memory as one of
/// HTTP/1.1, and more with every stream it has had open at once.
const MULTIPLEXED_MAX: usize = 1_024;

/// Most connections of strangers at once that do not take what they asked for: about 64 KiB each.
const CLOGGED_MAX: usize = 512;

/// Most long heads of requests under way at once: up to 128 KiB each.
const LONG_HEADS_MAX: usize = 256;

/// Returns how much memory bodies take together: so much, or two of the largest.
fn room(least: usize, body_bytes_max: usize) -> usize {
    least.max(2 * body_bytes_max)
}

/// Returns the authority's certificate as PEM; none where the operator's own files are served.
pub type AuthorityPem = Arc<dyn Fn() -> Option<Arc<str>> + Send + Sync>;

/// What every request needs, behind one `Arc`. It exists before the store is open, so that health questions are
/// answered from the first moment; [`Edge::open`] then lets the rest in, and [`Edge::close`] keeps it out again.
pub struct Edge {
    /// Limits, networks, texts; replaced as a whole by a change of settings.
    options: ArcSwap<EdgeOptions>,
    /// All series.
    pub metrics: Arc<Metrics>,
    /// The request lines.
    pub access_log: Arc<AccessLog>,
    /// The last lines of the log.
    pub lines: Arc<LogLines>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Gives the authority's certificate.
    pub authority_pem: AuthorityPem,
    /// The largest body that the memory below has been made for.
    body_bytes_ever: Mutex<usize>,
    /// What bodies being collected may take together.
    pub(crate) bodies: Arc<Shares>,
    /// The same for requests without a token.
    pub(crate) stranger_bodies: Arc<Shares>,
    /// What answers to reads may hold together until their clients have taken them.
    pub(crate) answers: Arc<Shares>,
    /// The same for what streams read out of the ledger.
    pub(crate) stream_pages: Arc<Shares>,
    /// Every series as text.
    pub(crate) metrics_text: SharedText,
    /// What is said of the routes.
    pub(crate) library: Library,
    /// None before the start, and while the store is closed and opened anew behind the listeners.
    services: ArcSwapOption<Services>,
    /// Places of requests being answered.
    pub(crate) places: Places,
    /// Streams of HTTP/2 that are open on the connections of all listeners.
    pub(crate) open_streams: Arc<Shares>,
    /// What answers hold that wait to be taken.
    pub(crate) untaken: Arc<Shares>,
    /// Connections of HTTP/2 on which nobody has proved who sends.
    pub(crate) multiplexed: Arc<Shares>,
    /// Connections of strangers that do not take what they asked for: each has buffers of its own that are full.
    pub(crate) clogged: Arc<Shares>,
    /// Connections that began a long head of a request and did not end it.
    pub(crate) long_heads: Arc<Shares>,
    /// Places of open event streams.
    pub(crate) streams: Arc<Shares>,
    /// Those that commands on this machine follow.
    pub(crate) local_streams: Arc<Shares>,
    /// Port of the HTTPS listener as bound; 0 before.
    https_port: AtomicU16,
}

/// How far the appliance is between start and stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The store is not open yet.
    Starting,
    /// Everything works.
    Serving,
    /// No new work is taken.
    Draining,
}

impl Stage {
    /// Tells how far an appliance with these services is.
    pub(crate) fn of(services: Option<&Services>) -> Self {
        match services {
            Some(services) if services.health.is_draining() => Self::Draining,
            Some(services) if services.health.has_started() => Self::Serving,
            _ => Self::Starting,
        }
    }
}

/// What an edge is made of besides its services.
pub struct EdgeParts {
    /// Limits, networks, texts.
    pub options: EdgeOptions,
    /// All series.
    pub metrics: Arc<Metrics>,
    /// The request lines.
    pub access_log: Arc<AccessLog>,
    /// The last lines of the log.
    pub lines: Arc<LogLines>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Gives the authority's certificate.
    pub authority_pem: AuthorityPem,
}

impl Edge {
    /// Makes an edge that answers health questions and 503 `starting` to everything else.
    pub fn new(parts: EdgeParts) -> Arc<Self> {
        Arc::new(Self {
            bodies: Shares::new(room(BODIES_BYTES_MAX, parts.options.body_bytes_max)),
            stranger_bodies: Shares::new(room(STRANGER_BYTES_MAX, parts.options.body_bytes_max)),
            body_bytes_ever: Mutex::new(parts.options.body_bytes_max),
            answers: Shares::new(ANSWERS_BYTES_MAX),
            stream_pages: Shares::new(STREAM_PAGES_BYTES_MAX),
            places: Places::new(&parts.options),
            streams: Shares::new(parts.options.streams_max),
            options: ArcSwap::from_pointee(parts.options),
            metrics: parts.metrics,
            access_log: parts.access_log,
            lines: parts.lines,
            clock: parts.clock,
            entropy: parts.entropy,
            authority_pem: parts.authority_pem,
            metrics_text: SharedText::default(),
            library: Library::default(),
            services: ArcSwapOption::empty(),
            local_streams: Shares::new(LOCAL_STREAMS_MAX),
            open_streams: Shares::new(OPEN_STREAMS_MAX),
            untaken: Shares::new(ANSWERS_BYTES_MAX),
            multiplexed: Shares::new(MULTIPLEXED_MAX),
            clogged: Shares::new(CLOGGED_MAX),
            long_heads: Shares::new(LONG_HEADS_MAX),
            https_port: AtomicU16::new(0),
        })
    }

    /// Returns the present options, for a request to work with to its end.
    pub fn options(&self) -> Arc<EdgeOptions> {
        self.options.load_full()
    }

    /// Replaces the options: requests that come from now on see the new ones. Memory for bodies grows with the largest
    /// one and is not taken back.
    pub fn set_options(&self, options: EdgeOptions) {
        let mut ever = lock(&self.body_bytes_ever);
        let largest = options.body_bytes_max.max(*ever);
        self.bodies.resize(room(BODIES_BYTES_MAX, largest));
        self.stranger_bodies.resize(room(STRANGER_BYTES_MAX, largest));
        self.places.resize(&options);
        self.streams.resize(options.streams_max);
        *ever = largest;
        self.options.store(Arc::new(options));
    }

    /// Lets requests that come from now on through to these services.
    pub fn open(&self, services: Arc<Services>) {
        self.services.store(Some(services));
    }

    /// Takes the services away: requests that come from now on get 503 `starting`. Those under way finish with the
    /// services they have.
    pub fn close(&self) {
        self.services.store(None);
    }

    /// Returns the services once they are there, for a request to work with to its end.
    pub fn services(&self) -> Option<Arc<Services>> {
        self.services.load_full()
    }

    /// Tells how far the appliance is.
    pub fn stage(&self) -> Stage {
        Stage::of(self.services().as_deref())
    }

    /// Notes on which port HTTPS is spoken, for redirects to it.
    pub fn https_bound(&self, port: u16) {
        self.https_port.store(port, Ordering::Relaxed);
    }

    /// Returns the port on which HTTPS is spoken, once it is bound.
    pub fn https_port(&self) -> Option<u16> {
        Some(self.https_port.load(Ordering::Relaxed)).filter(|port| *port != 0)
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge")
            .field("options", &self.options)
            .field("stage", &self.stage())
            .finish_non_exhaustive()
    }
}
