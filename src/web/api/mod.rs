//! What scripts manage: JSON in, JSON out, under `/api/v1`.

/// A path's names and a body's JSON.
mod reading;

/// Agents.
mod agents;

/// Jobs.
mod jobs;

/// What tenants use.
mod usage;

/// Settings.
mod settings;

/// Health as a whole.
mod health;

/// The limits in force.
mod limits;

/// Who is kept out.
mod blocks;

/// Operators and their sessions.
mod operators;

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
pub(super) use self::health::show_whole_health;
pub(super) use self::jobs::{find_job, list_jobs, run_job};
pub(super) use self::limits::show_limits;
pub(super) use self::operators::{
    change_operator, create_operator, delete_operator, end_session, end_sessions, find_operator,
    list_operators, list_sessions, reset_password,
};
pub(super) use self::settings::{find_setting, list_settings, put_setting, reset_setting};
pub(super) use self::usage::show_usage;
