//! What the appliance says of itself: log lines and metric series.
//!
//! No other floor names the crates behind them. Code elsewhere logs with the macros of `tracing`, under the names listed
//! in `fields`, and measures by calling methods of `metrics::Metrics` that speak of events, commits and requests.

/// The names of fields in log lines.
pub mod fields;

/// A map read on every request and written a bounded number of times.
mod read_mostly;

/// The last fifteen minutes of requests.
pub mod summary;

/// All metric series in one struct.
pub mod metrics;

/// Where the value behind a secret's name begins and ends.
mod secret_value;

/// Secrets are masked in every line before it is written.
mod redaction;

/// The last lines of the log, in memory.
pub mod lines;

/// Where log lines go, in which shape and from which level on.
pub mod logs;

/// What a request line says.
mod request_line;

/// One log line per request, sampled under load.
pub mod access;

/// Panics become log lines and a count.
pub mod panic;
