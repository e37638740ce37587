//! `[store]`: journal, database and queue.

use crate::config::kind::Kind;
use crate::config::setting::{Row, section};
use std::time::Duration;

const KIB: u64 = 1 << 10;

const MIB: u64 = 1 << 20;

const GIB: u64 = 1 << 30;

/// Sectors and pages of every common disk and file system divide this.
const BLOCK_BYTES: u64 = 4_096;

section! {
    /// Journal, database and queue.
    pub struct StoreConfig in "store" {
        /// Memory for the database's cache.
        "cache_bytes" cache_bytes: usize = 32 << 20, Row::of(Kind::bytes(MIB, 64 * GIB));

        /// Length of each of the four journal segments. Larger ones bear longer bursts and take longer to replay.
        "journal_segment_bytes" journal_segment_bytes: u64 = 8 * MIB,
            Row::of(Kind::blocks(256 * KIB, 256 * MIB, BLOCK_BYTES));

        /// Free disk space below which new events are refused with 507 while reading goes on.
        "reserve_bytes" reserve_bytes: u64 = 256 * MIB, Row::of(Kind::bytes(MIB, 1_024 * GIB));

        /// Length of a file that is deleted when even recovery lacks space; 0 for none.
        "ballast_bytes" ballast_bytes: u64 = 128 * MIB, Row::of(Kind::bytes(0, 16 * GIB));

        /// Most events waiting to be stored; further ones are answered 503.
        "queue_events_max" queue_events_max: usize = 16_384, Row::of(Kind::count(1, 1_048_576));

        /// Most bytes of events waiting to be stored; further ones are answered 503.
        "queue_bytes_max" queue_bytes_max: usize = 32 << 20,
            Row::of(Kind::bytes(64 * KIB, 4 * GIB)).bounds_note("at least limits.body_bytes_max");

        /// Most events in one journal entry.
        "batch_events_max" batch_events_max: usize = 1_024, Row::of(Kind::count(1, 65_536));

        /// Longest time an event waits in the journal for the database's durable commit. Events are durable before:
        /// the time bounds how much a start after a crash replays.
        "flush_interval_ms" flush_interval: Duration = Duration::from_secs(5),
            Row::of(Kind::milliseconds(10, 60_000));
    }
}
