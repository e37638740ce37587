//! The console in a real browser, against the real program: once with scripts and once without.
//!
//! Pictures of every page, light, dark and on a phone, are left in `target/screenshots`.
#![cfg(test)]

/// A directory of its own for every test.
#[path = "../it/place.rs"]
mod place;

/// Commands of the real program.
#[path = "../it/command.rs"]
mod command;

/// Packages that tests read.
#[path = "../it/package.rs"]
mod package;

/// The browser.
mod browser;

/// The appliance.
mod appliance;

/// The first owner, and signing in.
mod first_run;

/// An appliance with somebody signed in.
mod desk;

/// Tenants, tokens and sources.
mod manage;

/// What runs.
mod running;

/// The overview of an appliance that is used.
mod overview;

/// Every page, with hostile text in everything that pages show.
mod tour;

/// Events, and who changed what.
mod events;

/// The whole way from the first link to a viewer.
mod journey;

/// Operators, settings, certificate, diagnostics and help.
mod settings;

use crate::browser::Scripts;
use std::path::PathBuf;

/// Names under which systems install the browser.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// When set to 1, a missing browser is a failure.
const REQUIRE: &str = "MAINSTAY_REQUIRE_BROWSER";

const PASSWORD: &str = "correct horse battery staple";

/// Returns where the browser is; where there is none, says that the test is left out.
fn browser_program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let mut candidates = PROGRAMS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = candidates.find(|file| file.is_file());
    if found.is_none() {
        assert!(std::env::var(REQUIRE).as_deref() != Ok("1"), "{REQUIRE} is 1 and no Chromium is installed");
        eprintln!("SKIPPED: no Chromium is installed; hint: apt-get install chromium");
    }
    found
}

/// Returns what a page's picture is called.
fn photograph_as(scripts: Scripts, page: &str) -> String {
    match scripts {
        Scripts::On => page.to_owned(),
        Scripts::Off => format!("no-scripts-{page}"),
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap()
}
