//! From sources to a checked configuration.

use crate::config::checks::{self, Checked};
use crate::config::environment::Environment;
use crate::config::file;
use crate::config::problem::{Origin, Problem, Problems, Provenance};
use crate::config::reference::{Entry, reference};
use crate::config::scheme_tables::{self, SchemeTable};
use crate::config::sources::{Assignment, Sources};
use crate::config::whole::Config;
use crate::config::{flags, variables};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// A configuration that may be used.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// Every setting in the reference's order.
    pub provenance: Vec<Provenance>,
    /// What is unwise and was accepted.
    pub warnings: Vec<Problem>,
}

/// Reads all sources, later ones over earlier ones, and checks the result. Every problem is reported at once, those of
/// overridden values too.
pub fn load(sources: &Sources) -> Result<Loaded, Problems> {
    let Collected { assignments, tables, mut problems, is_broken } = read(sources);
    let mut config = Config::defaults(environment(&assignments));
    let applied = apply(&assignments, &mut config, &mut problems);
    let own = scheme_tables::resolve(&tables, &mut problems);
    config.schemes = own.schemes;
    let origin = |key: &str| applied.origins.get(key).cloned().unwrap_or(Origin::Default);
    // Without the file's values a check would only find fault with their absence.
    let refused = |key: &str| is_broken || applied.refused.contains(key);
    let findings = checks::check(&Checked { config: &config, origin: &origin, refused: &refused });
    problems.extend(findings.errors);
    if problems.is_empty() {
        let mut provenance = provenance(&config, origin);
        provenance.extend(own.provenance);
        return Ok(Loaded { config, provenance, warnings: findings.warnings });
    }
    problems.sort_by_key(|problem| place(&problem.origin));
    Err(Problems(problems))
}

/// Returns the environment that the sources name, also when something else about them is wrong.
pub fn environment_of(sources: &Sources) -> Environment {
    environment(&read(sources).assignments)
}

#[derive(Default)]
struct Collected {
    assignments: Vec<Assignment>,
    tables: Vec<SchemeTable>,
    problems: Vec<Problem>,
    /// Whether the file could not be read.
    is_broken: bool,
}

fn read(sources: &Sources) -> Collected {
    let mut collected = Collected::default();
    let Collected { assignments, tables, problems, .. } = &mut collected;
    let is_read = sources.file.as_ref().is_none_or(|file| file::read(file, assignments, tables, problems));
    variables::read(&sources.environment, assignments, problems);
    flags::read(&sources.flags, assignments, problems);
    Collected { is_broken: !is_read, ..collected }
}

/// Decides the environment first: defaults depend on it.
fn environment(assignments: &[Assignment]) -> Environment {
    let mut config = Config::default();
    for assignment in assignments.iter().filter(|assignment| assignment.entry.key() == "environment") {
        // A refused value is reported when all of them are applied.
        let _ = assignment.entry.read(&mut config, &assignment.raw);
    }
    config.environment
}

struct Applied {
    origins: HashMap<&'static str, Origin>,
    refused: HashSet<&'static str>,
}

fn apply(assignments: &[Assignment], config: &mut Config, problems: &mut Vec<Problem>) -> Applied {
    let mut applied = Applied { origins: HashMap::new(), refused: HashSet::new() };
    for Assignment { entry, raw, shown, origin } in assignments {
        let key = entry.key();
        match entry.read(config, raw) {
            Ok(()) => {
                applied.origins.insert(key, origin.clone());
            }
            Err(refusal) => {
                applied.refused.insert(key);
                problems.push(refusal.of(key.to_owned(), entry.hide(shown.clone()), origin.clone()));
            }
        }
    }
    applied
}

/// Returns every setting of the table with its origin.
pub(super) fn provenance(config: &Config, origin: impl Fn(&str) -> Origin) -> Vec<Provenance> {
    let defaults = Config::defaults(config.environment);
    let row = |entry: &'static Entry| Provenance {
        key: entry.key().into(),
        value: entry.shown(config),
        toml: entry.toml(config),
        origin: origin(entry.key()),
        differs: match entry.key() {
            "environment" => config.environment != Environment::Development,
            _ => entry.text(config) != entry.text(&defaults),
        },
    };
    reference().iter().map(row).collect()
}

/// Where a problem stands in the report: the file from top to bottom, then environment, then flags.
fn place(origin: &Origin) -> (u8, usize) {
    match origin {
        Origin::Default | Origin::Console => (0, 0),
        Origin::File { line, .. } => (1, line.unwrap_or(0)),
        Origin::Environment(_) => (2, 0),
        Origin::Flag => (3, 0),
    }
}

impl Loaded {
    /// Returns the settings that differ from their defaults, for the log at start.
    pub fn differences(&self) -> impl Iterator<Item = &Provenance> {
        self.provenance.iter().filter(|row| row.differs)
    }

    /// Returns every effective value with its origin as a comment: a file of settings itself.
    pub fn show(&self) -> String {
        let width =
            self.provenance.iter().map(|row| row.key.len() + row.toml.len()).max().unwrap_or_default();
        let width = width.min(SHOW_WIDTH_MAX);
        let mut text = String::new();
        for row in &self.provenance {
            let pad = width.saturating_sub(row.key.len() + row.toml.len());
            let written = writeln!(text, "{} = {}{:pad$}  # {}", row.key, row.toml, "", row.origin);
            written.expect("a String takes everything");
        }
        text
    }
}

/// Origins are aligned up to this width; a longer value pushes its own aside.
const SHOW_WIDTH_MAX: usize = 60;
