//! All metric series of the appliance, in one registry.
//!
//! `Metrics` is made once and shared behind an `Arc`. What happens on every request goes through a meter that was
//! resolved before (`RouteMeter`, `TenantMeter`, `SourceMeter`, `QueryMeter`): a measurement is then a handful
//! of atomic additions, without a lock and without hashing label texts. Every label set is bounded, and every series
//! shows at least once from the start, so that alerts on them are never about something absent.

/// Registers series, holds their buckets, and counts what is alive.
mod series;

/// How often something happened lately.
mod recent;

/// Requests and connections.
mod http;

/// Events as they come in, by tenant and source.
mod intake;

/// Commits, syncs, queries and queues of the store.
mod storage;

/// Memory, processor, files and certificate.
mod machine;

/// The struct that holds them all.
mod registry;

pub use self::http::{HttpSeries, LimitScope, Limited, RouteMeter};
pub use self::intake::{EventFormat, EventOutcome, IntakeSeries, SourceMeter, TenantMeter};
pub use self::machine::MachineSeries;
pub use self::registry::{Metrics, Present, Totals};
pub use self::series::Alive;
pub use self::storage::{QueryMeter, Queue, StorageSeries};
