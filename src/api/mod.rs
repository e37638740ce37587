//! For machines: intake, reading, management, health and metrics. A noun is one room with its JSON types, handlers,
//! descriptions and routes.

/// The chapters of the OpenAPI document.
mod tags;

/// Parameters that several operations take, and problems of reading them.
pub(crate) mod parameters;

/// Events going out.
pub(crate) mod events;

/// Events coming in.
pub(crate) mod intake;

/// Tenants.
pub(crate) mod tenants;

/// Tokens.
pub(crate) mod tokens;

/// Sources and the schemes they sign by.
pub(crate) mod sources;

/// Agents, of a tenant and of all.
pub(crate) mod agents;

/// Jobs.
pub(crate) mod jobs;

/// What tenants use.
pub(crate) mod usage;

/// Blocked networks.
pub(crate) mod blocks;

/// The last lines of the log.
pub(crate) mod logs;

/// The limits in force.
pub(crate) mod limits;

/// The audit log.
pub(crate) mod audit;

/// Settings.
pub(crate) mod settings;

/// The certificates.
pub(crate) mod certificate;

/// The machine's clock.
pub(crate) mod clock;

/// Sessions of operators.
pub(crate) mod sessions;

/// Operators.
pub(crate) mod operators;

/// Health, metrics and what the appliance tells of itself.
pub(crate) mod ops;

/// The state of everything at one look, and its course.
pub(crate) mod overview;

/// Facts for those who help.
pub(crate) mod diagnostics;

/// What commands on this machine ask, and no network gets.
mod local;

/// The OpenAPI document and files of pages.
mod docs;

/// Every table of routes for machines.
pub mod routes;
