//! Use cases: what the edge and the command line ask for, in the business's own words.

/// Secrets sealed for the database, and opened again.
pub mod vault;

/// Turns at reading.
mod turns;

/// Events being read.
pub mod reading;

/// Events of the appliance itself, and the audit log of who changed what.
pub mod audit;

/// Events being read as they come.
pub mod live;

/// What each tenant uses, day by day.
pub mod usage;

/// Events coming in.
pub mod ingest;

/// Why a change was refused.
pub mod refusal;

/// Requests for changes, and the key under which a repeat is known.
pub mod request;

/// What those who ask for changes may do at most.
mod authority;

/// Values of input types that may be set back to their default.
pub mod input;

/// Settings: read, set at the console, taken while running.
pub mod settings;

/// Agents: register, hear, pause, remove.
pub mod agents;

/// Jobs: work at set times, with a history.
pub mod jobs;

/// Whether the appliance works and can take traffic.
pub mod health;

/// What is kept of every minute and hour.
pub mod series;

/// Tenants: create, change, delete.
pub mod tenants;

/// Who calls, and which tenant they reach.
pub mod access;

/// Tokens: create, rotate, revoke.
pub mod tokens;

/// Sources: create, change, rotate, delete.
pub mod sources;

/// Deliveries of registered sources.
pub mod webhooks;

/// How often clients may come, and who may not come at all.
pub mod limits;

/// The ledger as a whole: checked.
pub mod ledger;

/// Operators: the first one.
pub mod operators;

/// The certificates: shown, renewed, and the authority rotated.
pub mod certificates;

/// The machine's clock: shown and confirmed.
pub mod clock;

/// What somebody who helps needs to know.
pub mod diagnostics;

/// What is there from the first start on.
pub mod setup;

/// All of them over one store.
pub mod all;

/// What an appliance tells of itself to those who examine it.
pub mod facts;

/// The state of the appliance on one page.
pub mod overview;
