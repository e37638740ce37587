//! What scripts manage: JSON in, JSON out, under `/api/v1`.

/// A path's names and a body's JSON.
mod reading;

/// Portions of lists, and requests that may come twice.
mod listing;

/// Tenants.
mod tenants;

/// Tokens.
mod tokens;

/// Sources.
mod sources;

/// Agents.
mod agents;

/// Agents of all tenants.
mod fleet;

/// Jobs.
mod jobs;

/// What tenants use.
mod usage;

/// How everything is, and what it was like.
mod overview;

/// Settings.
mod settings;

/// Health as a whole.
mod health;

/// The last lines of the log.
mod logs;

/// The limits in force.
mod limits;

/// Who is kept out.
mod blocks;

/// Operators and their sessions.
mod operators;

/// Every operation on tenants, tokens, sources and operators.
mod managed;

/// The certificates.
mod certificate;

/// What somebody who helps needs to know.
mod diagnostics;

pub(super) use self::agents::{
    find_agent, hear_heartbeat, list_agents, pause_agent, register_agent, remove_agent, resume_agent,
};
pub(super) use self::blocks::{add_block, lift_block, list_blocks};
pub(super) use self::certificate::{renew_certificate, rotate_authority, show_certificate};
pub(super) use self::diagnostics::show_diagnostics;
pub(super) use self::fleet::list_fleet;
pub(super) use self::health::show_whole_health;
pub(super) use self::jobs::{find_job, list_jobs, run_job};
pub(super) use self::limits::show_limits;
pub(super) use self::logs::list_lines;
pub(super) use self::managed::{Managed, answer};
pub(super) use self::overview::{show_overview, show_series};
pub(super) use self::settings::{find_setting, list_settings, put_setting, reset_setting};
pub(super) use self::usage::show_usage;
