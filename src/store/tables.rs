//! Every table of the database, on one screen.
//!
//! Only the applier (and creation and migration, before it runs) writes them. Numbers in keys and values are
//! big-endian unless redb's own key types say otherwise; a table's name ends in the version of its layout.

use redb::TableDefinition;

/// name → value: `store_id` (16 bytes), `instance_key` (32 bytes), `schema` (u32), `min_reader` (u32, the oldest schema
/// whose programs can still open the file), `row_tables` (code → name of every row table, as JSON), `epoch` (u32),
/// `created_at` (u64 microseconds), `sealing_key` (16-byte id of the key that seals secrets; once there is one),
/// `journal_open` (u64 generation; only while a server runs or after it crashed).
pub(super) const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta_v1");

/// () → the head row ([`super::head`]), written with every apply.
pub(super) const HEAD: TableDefinition<'static, (), &[u8]> = TableDefinition::new("head_v1");

/// seq → the event's record ([`super::record`]).
pub(super) const EVENTS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("events_v1");

/// (seq, part from 0) → up to 3,900 bytes of a payload over 1 KiB.
pub(super) const PAYLOADS: TableDefinition<'static, (u64, u32), &[u8]> = TableDefinition::new("payloads_v1");

/// block → times and inner tree nodes ([`super::block`]).
pub(super) const BLOCKS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("blocks_v1");

/// (block, tenant) → which events of the block are the tenant's, and filters over them ([`super::block`]).
pub(super) const BLOCK_TENANTS: TableDefinition<'static, (u64, u32), &[u8]> =
    TableDefinition::new("block_tenants_v1");

/// run → size, level and reach of a run of the idempotency index ([`super::index`]).
pub(super) const INDEX_RUNS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("index_runs_v1");

/// (run, first key hash) → up to 160 sorted (key hash, seq) pairs of 24 bytes.
pub(super) const INDEX_ROWS: TableDefinition<'static, (u64, u128), &[u8]> =
    TableDefinition::new("index_rows_v1");

/// (run, part from 0) → up to 3,900 bytes of the run's filter.
pub(super) const INDEX_FILTERS: TableDefinition<'static, (u64, u32), &[u8]> =
    TableDefinition::new("index_filters_v1");

/// schema version → when and by which program version it was reached, as JSON.
pub(super) const MIGRATIONS: TableDefinition<'static, u32, &[u8]> = TableDefinition::new("migrations_v1");

/// Longest value that fits a 4 KiB page together with its key: redb's pages are powers of two.
pub(super) const PAGE_VALUE_MAX: usize = 3_900;

/// tenant number (4 bytes) → tenant, as JSON ([`super::rows`]).
pub(super) const TENANTS: RowTable = RowTable::json(1, "tenants_v1", "tenant");

/// token id → token, as JSON.
pub(super) const TOKENS: RowTable = RowTable::json(2, "tokens_v1", "token");

/// operator's name → operator, as JSON.
pub(super) const OPERATORS: RowTable = RowTable::json(3, "operators_v1", "operator");

/// name → lasting counter of the appliance (u64), such as the demo's.
pub(super) const COUNTERS: RowTable = RowTable::plain(4, "counters_v1", "counter");

/// token id → when a request last used it (u64 microseconds), to the minute.
pub(super) const TOKEN_USES: RowTable = RowTable::plain(5, "token_uses_v1", "token use");

/// tenant number (4 bytes) and name → source, as JSON with its secrets sealed.
pub(super) const SOURCES: RowTable = RowTable::json(6, "sources_v1", "source");

/// network such as `192.0.2.0/24` → the operator's ban of it, as JSON.
pub(super) const BANS: RowTable = RowTable::json(7, "bans_v1", "ban");

/// tenant number (4 bytes) and name → agent, as JSON.
pub(super) const AGENTS: RowTable = RowTable::json(8, "agents_v1", "agent");

/// job's name, a zero byte and the microseconds (u64) at which it began → run of a job, as JSON.
pub(super) const JOB_RUNS: RowTable = RowTable::json(9, "job_runs_v1", "job run");

/// day since 1970 (4 bytes) and tenant number (4 bytes) → what the tenant used on that day, as JSON.
pub(super) const USAGE: RowTable = RowTable::json(10, "usage_v1", "usage");

/// key such as `limits.rate_limit_max` → the value set at the console, as text.
pub(super) const SETTINGS: RowTable = RowTable::plain(11, "settings_v1", "setting");

/// SHA-256 of the cookie's secret → session, as JSON.
pub(super) const SESSIONS: RowTable = RowTable::json(12, "sessions_v1", "session");

/// purpose, such as `setup` → what is kept of a one-time link, as JSON.
pub(super) const LINKS: RowTable = RowTable::json(13, "links_v1", "link");

/// `m` or `h` and the number (u32) of a minute or hour since 1970 → what is kept of it, as JSON.
pub(super) const SERIES: RowTable = RowTable::json(14, "series_v1", "series");

/// SHA-256 of a sender and its idempotency key → what is remembered of a request, as JSON.
pub(super) const REQUESTS: RowTable = RowTable::json(15, "requests_v1", "request");

/// `clock` → what is believed of the machine's clock, as JSON.
pub(super) const CLOCK: RowTable = RowTable::json(16, "clock_v1", "clock");

/// Every table whose rows travel through the journal.
pub(super) const ROW_TABLES: [RowTable; 16] = [
    TENANTS, TOKENS, OPERATORS, COUNTERS, TOKEN_USES, SOURCES, BANS, AGENTS, JOB_RUNS, USAGE, SETTINGS,
    SESSIONS, LINKS, SERIES, REQUESTS, CLOCK,
];

/// A table whose rows the journal carries as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowTable {
    /// Stands for the table in journal entries; never changes.
    pub(super) code: u8,
    /// The table's name in the database.
    pub(super) name: &'static str,
    /// What one of its rows is called in messages.
    pub(super) row: &'static str,
    /// How its values are written.
    pub(super) form: Form,
}

/// How the values of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON objects, whose members may only be added to.
    Json,
    /// A number or a text.
    Plain,
}

impl RowTable {
    const fn json(code: u8, name: &'static str, row: &'static str) -> Self {
        Self { code, name, row, form: Form::Json }
    }

    const fn plain(code: u8, name: &'static str, row: &'static str) -> Self {
        Self { code, name, row, form: Form::Plain }
    }

    /// Returns the table's definition.
    pub(super) const fn definition(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(self.name)
    }

    /// Returns the table with the code.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        ROW_TABLES.into_iter().find(|table| table.code == code)
    }
}
