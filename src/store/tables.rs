//! Every table of the database, on one screen.
//!
//! Only the applier (and creation and migration, before it runs) writes them. Numbers in keys and values are
//! big-endian unless redb's own key types say otherwise; a table's name ends in the version of its layout.

use redb::TableDefinition;

/// A table whose rows the journal carries as bytes.
pub(super) type RowTableDefinition = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// name → value: `store_id` (16 bytes), `instance_key` (32 bytes), `schema` (u32), `epoch` (u32), `created_at` (u64
/// microseconds), `sealing_key` (16-byte id of the key that seals secrets; once there is one), `journal_open` (u64 generation; only while a server runs or after it crashed).
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

/// tenant number (4 bytes) → tenant, as JSON ([`super::rows`]).
pub(super) const TENANTS: RowTableDefinition = TableDefinition::new("tenants_v1");

/// token id → token, as JSON.
pub(super) const TOKENS: RowTableDefinition = TableDefinition::new("tokens_v1");

/// operator's name → operator, as JSON.
pub(super) const OPERATORS: RowTableDefinition = TableDefinition::new("operators_v1");

/// name → lasting counter of the appliance (u64), such as the demo's.
pub(super) const COUNTERS: RowTableDefinition = TableDefinition::new("counters_v1");

/// The counter that tells from which microsecond on times of events are not believed, 0 when all are.
pub(super) const DOUBTED_FROM: &str = "clock_doubted_from";

/// The counter that tells how many microseconds the newest of them is ahead.
pub(super) const AHEAD: &str = "clock_ahead";

/// token id → when a request last used it (u64 microseconds), to the minute.
pub(super) const TOKEN_USES: RowTableDefinition = TableDefinition::new("token_uses_v1");

/// tenant number (4 bytes) and name → source, as JSON with its secrets sealed.
pub(super) const SOURCES: RowTableDefinition = TableDefinition::new("sources_v1");

/// network such as `192.0.2.0/24` → the operator's ban of it, as JSON.
pub(super) const BANS: RowTableDefinition = TableDefinition::new("bans_v1");

/// tenant number (4 bytes) and name → agent, as JSON.
pub(super) const AGENTS: RowTableDefinition = TableDefinition::new("agents_v1");

/// job's name, a zero byte and the microseconds (u64) at which it began → run of a job, as JSON.
pub(super) const JOB_RUNS: RowTableDefinition = TableDefinition::new("job_runs_v1");

/// day since 1970 (4 bytes) and tenant number (4 bytes) → what the tenant used on that day, as JSON.
pub(super) const USAGE: RowTableDefinition = TableDefinition::new("usage_v1");

/// `m` or `h` and the number (u32) of a minute or hour since 1970 → what is kept of it, as JSON.
pub(super) const SERIES: RowTableDefinition = TableDefinition::new("series_v1");

/// key such as `limits.rate_limit_max` → the value set at the console, as text.
pub(super) const SETTINGS: RowTableDefinition = TableDefinition::new("settings_v1");

/// SHA-256 of the cookie's secret → session, as JSON.
pub(super) const SESSIONS: RowTableDefinition = TableDefinition::new("sessions_v1");

/// purpose, such as `setup` → what is kept of a one-time link, as JSON.
pub(super) const LINKS: RowTableDefinition = TableDefinition::new("links_v1");

/// schema version → when and by which program version it was reached, as JSON.
pub(super) const MIGRATIONS: TableDefinition<'static, u32, &[u8]> = TableDefinition::new("migrations_v1");

/// Longest value that fits a 4 KiB page together with its key: redb's pages are powers of two.
pub(super) const PAGE_VALUE_MAX: usize = 3_900;

/// The tables whose rows travel through the journal, with the code each has there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowTable {
    /// Tenants.
    Tenants,
    /// Tokens.
    Tokens,
    /// Operators.
    Operators,
    /// Counters.
    Counters,
    /// Last uses of tokens.
    TokenUses,
    /// Sources.
    Sources,
    /// Networks that the operator keeps out.
    Bans,
    /// Agents.
    Agents,
    /// Runs of jobs.
    JobRuns,
    /// What tenants used.
    Usage,
    /// Settings of the console.
    Settings,
    /// Operators' sessions.
    Sessions,
    /// One-time links.
    Links,
    /// What is kept of minutes and hours.
    Series,
}

impl RowTable {
    const ALL: [Self; 14] = [
        Self::Tenants,
        Self::Tokens,
        Self::Operators,
        Self::Counters,
        Self::TokenUses,
        Self::Sources,
        Self::Bans,
        Self::Agents,
        Self::JobRuns,
        Self::Usage,
        Self::Settings,
        Self::Sessions,
        Self::Links,
        Self::Series,
    ];

    /// Returns the table's code in journal entries; never changes.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Tenants => 1,
            Self::Tokens => 2,
            Self::Operators => 3,
            Self::Counters => 4,
            Self::TokenUses => 5,
            Self::Sources => 6,
            Self::Bans => 7,
            Self::Agents => 8,
            Self::JobRuns => 9,
            Self::Usage => 10,
            Self::Settings => 11,
            Self::Sessions => 12,
            Self::Links => 13,
            Self::Series => 14,
        }
    }

    /// Returns the table with the code.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.code() == code)
    }

    /// Returns the table's definition.
    pub(super) const fn definition(self) -> RowTableDefinition {
        match self {
            Self::Tenants => TENANTS,
            Self::Tokens => TOKENS,
            Self::Operators => OPERATORS,
            Self::Counters => COUNTERS,
            Self::TokenUses => TOKEN_USES,
            Self::Sources => SOURCES,
            Self::Bans => BANS,
            Self::Agents => AGENTS,
            Self::JobRuns => JOB_RUNS,
            Self::Usage => USAGE,
            Self::Settings => SETTINGS,
            Self::Sessions => SESSIONS,
            Self::Links => LINKS,
            Self::Series => SERIES,
        }
    }

    /// Tells whether the catalog is made from the table.
    pub(super) const fn in_catalog(self) -> bool {
        match self {
            Self::Tenants | Self::Tokens | Self::Operators | Self::Sources | Self::Bans | Self::Settings => {
                true
            }
            Self::Counters
            | Self::TokenUses
            | Self::Agents
            | Self::JobRuns
            | Self::Usage
            | Self::Sessions
            | Self::Links
            | Self::Series => false,
        }
    }
}
