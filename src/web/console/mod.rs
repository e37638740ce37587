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
#[allow(dead_code, unused_imports, reason = "pages to come use it")]
mod chart;

/// What every page has around it.
mod frame;

/// Who may see a page, and where everybody else is sent.
mod admission;

/// Logging in and out.
mod login;

/// Sessions as pages list them.
mod sessions;

/// Making the first owner.
mod setup;

/// A picture that phones read.
mod code_picture;

/// One's own account.
mod account;

/// Health at a glance.
mod overview;

/// Work at set times.
mod jobs;

/// Every check and gate.
mod health;

/// Limits and blocks.
mod limits;

/// The people who run the appliance.
mod operators;

/// Settings.
mod settings;

/// The appliance's own address.
mod place;

/// The certificate.
mod certificate;

/// Version and diagnostics.
mod about;

/// Ready commands and programs that send events.
mod examples;

/// Help.
mod help;

/// Pages of what went wrong.
mod fault;

/// Every page and form, and which function answers it.
mod page;

pub(super) use self::admission::{Admission, admit};
pub(super) use self::fault::show_fault;
pub(super) use self::page::Page;
pub(super) use self::page::answer;
