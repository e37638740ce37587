//! The appliance from outside: requests through the router without sockets, and the real program over TLS.
#![cfg(test)]

/// A directory of its own for every test.
mod place;

/// Commands of the real program.
mod command;

/// Every answer against the OpenAPI document.
mod documented;

/// Programs of other makers.
mod tools;

/// What came back, checked against what holds for every answer.
mod answer;

/// Who asks, and how.
mod actor;

/// The client's side of an event stream.
mod sse;

/// Who sends signed webhooks.
mod provider;

/// An appliance in this process, on a clock that stands.
mod app;

/// Every route by every actor.
mod access;

/// The socket of commands.
mod command_line;

/// How often strangers may come, and who is kept out.
mod limits;

/// Pages of other sites, and what answers tell browsers.
mod cors;

/// Routes before the start, while stopping and on the other listeners.
mod stages;

/// Repeats of a key.
mod repeats;

/// Repeats of requests for changes, and the fields that refusals name.
mod requests;

/// CloudEvents in every mode, there and back.
mod cloudevents;

/// Batches, each event for itself or all as one.
mod batches;

/// Bodies of lines.
mod lines;

/// How long keys count.
mod retention;

/// Listings: filters and parameters.
mod listing;

/// Tenants, tokens and sources over HTTP.
mod manage;

/// A machine's clock that is wrong, and its confirmation.
mod clock;

/// Tokens and sources: requests that come twice, and refusals that name their field.
mod credentials;

/// Listings: cursors.
mod cursors;

/// Listings over closed blocks, and right behind an answer.
mod blocks;

/// One event, its payload, exports.
mod reading;

/// Events as they come.
mod streams;

/// Answers that nobody takes.
mod untaken;

/// How every part is, and which gates are open.
mod health;

/// Operators, their logins and sessions.
mod operators;

/// The console's pages and forms.
mod pages;

/// Sessions that begin, and guesses.
mod signing_in;

/// The console's pages of tenants, tokens and sources.
mod pages_manage;

/// Pages of what runs.
mod running;

/// Pages of agents.
mod fleet;

/// The page of the log.
mod loglines;

/// Events in the console.
mod explorer;

/// Who changed what, in the console and over HTTP.
mod trail;

/// How everything is at a glance, and what was kept of minutes and hours.
mod overview;
/// Operators at the console and over HTTP.
mod people;

/// Nobody hands out more than they hold.
mod delegation;

/// What changes while a request waits.
mod races;

/// The console's pages of settings, certificate, diagnostics and help.
mod set_up_pages;

/// Agents and their heartbeats.
mod agents;

/// How often tenants and their tokens may come, and blocks over HTTP.
mod sender_limits;

/// Settings over HTTP.
mod settings;

/// Jobs and what they do.
mod jobs;

/// The OpenAPI document and its page.
mod documents;

/// What has the management answer problems.
mod provoking;

/// Every problem of the document is answered.
mod provoked;

/// The last fifteen minutes of requests.
mod summary;

/// Every metric series with its type and labels.
mod series;

/// Requests that mean no good.
mod hostile;

/// Signed deliveries of registered sources.
mod webhooks;

/// Deliveries of points of sale: a signature or a token.
mod terminals;

/// Sources and their secrets as they change.
mod sources;

/// Packages that tests read.
mod package;

/// Every example payload of a public provider.
mod examples;

/// Any bytes as a request.
mod any_request;

/// What only a socket can show.
mod sockets;

/// The real program.
mod process;
