//! The operator's console: pages for people, made here, usable without scripts.
//!
//! A page is a template with what it shows; a form posts to an address of its own and is answered with a redirect, or
//! with the page again and what was wrong. Nothing here decides who may do what: the route table does.

/// The session's cookie.
mod cookie;

/// What was typed into a form.
mod form;

/// Numbers, sizes and times as people read them.
mod words;

/// Charts, drawn as SVG.
mod chart;

/// Instants as people type them.
mod instant;

/// What the query of a page says, as it was typed.
mod typed;

/// Addresses of pages, with what they carry in their query.
mod address;

/// What every page has around it.
mod frame;

/// Who may see a page, where everybody else is sent, logging in and out.
mod login;

/// Making the first owner.
mod setup;

/// One's own account.
mod account;

/// How everything is, at a glance.
mod overview;

/// Events: looking for them, looking at one, and watching them come.
mod events;

/// Workers elsewhere.
mod agents;

/// What the address of a list asks for.
mod listed;

/// Commands and programs that send to this appliance.
mod snippets;

/// Tokens.
mod tokens;

/// Sources.
mod sources;

/// Work at set times.
mod jobs;
/// Tenants.
mod tenants;

/// Every check and gate.
mod health;

/// Limits and blocks.
mod limits;

/// Who changed what.
mod audit;

/// The last lines of the log.
mod logs;
/// The people who run the appliance.
mod operators;

/// Settings.
mod settings;

/// The certificate.
mod certificate;

/// Version and diagnostics.
mod about;

/// Help.
mod help;

/// Pages of what went wrong.
mod fault;

/// Every table of routes for people.
pub(crate) mod routes;
