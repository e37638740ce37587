//! Own schemes out of the configuration file: every field of every table checked, then each as a whole.

use crate::config::nearest::{meant, nearest};
use crate::config::problem::{Origin, Problem, Provenance};
use crate::config::raw::{Raw, shortened};
use crate::config::schemes::SchemeConfig;
use crate::config::setting::Setting;
use crate::domain::names::Slug;
use crate::domain::scheme::builtin;
use crate::domain::scheme::definition::Scheme;
use std::collections::HashMap;

/// The table of the file that holds own schemes, one table each.
pub(super) const SECTION: &str = "schemes";

/// Most own schemes: one for every kind of sender somebody may have.
const SCHEMES_MAX: usize = 64;

pub(super) struct SchemeTable {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) fields: Vec<SchemeField>,
}

/// A field of a scheme's table as written.
pub(super) struct SchemeField {
    pub(super) name: String,
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}

/// Own schemes that may be used, and where each of their values came from.
#[derive(Default)]
pub(super) struct OwnSchemes {
    pub(super) schemes: Vec<Scheme>,
    pub(super) provenance: Vec<Provenance>,
}

/// Makes schemes of the tables and reports everything that is wrong with them.
pub(super) fn resolve(tables: &[SchemeTable], problems: &mut Vec<Problem>) -> OwnSchemes {
    let mut own = OwnSchemes::default();
    for (at, table) in tables.iter().enumerate() {
        if at == SCHEMES_MAX {
            let reason = format!("more than {SCHEMES_MAX} schemes of your own");
            problems.push(table.problem("", reason, "take out those that no source uses"));
            return own;
        }
        let found = problems.len();
        let name = table.slug(problems);
        let (config, origins) = table.read(problems);
        let rows = provenance(&table.name, &config, &origins);
        let (Some(name), true) = (name, problems.len() == found) else { continue };
        match config.scheme(name) {
            Ok(scheme) => {
                own.schemes.push(scheme);
                own.provenance.extend(rows);
            }
            Err(misfits) => problems.extend(misfits.into_iter().map(|(field, reason, hint)| Problem {
                origin: origins.get(field).unwrap_or(&table.origin).clone(),
                value: shown(&rows, &table.key(field), &origins, field),
                ..table.problem(field, reason, hint)
            })),
        }
    }
    own
}

/// Returns the value of a field that was written.
fn shown(rows: &[Provenance], key: &str, origins: &HashMap<&str, Origin>, field: &str) -> Option<String> {
    origins.get(field)?;
    rows.iter().find(|row| row.key == key).map(|row| row.value.clone())
}

impl SchemeTable {
    fn key(&self, field: &str) -> String {
        let dot = if field.is_empty() { "" } else { "." };
        format!("{SECTION}.{}{dot}{field}", shortened(&self.name))
    }

    fn problem(&self, field: &str, reason: impl Into<String>, hint: &str) -> Problem {
        Problem::new(self.key(field), self.origin.clone(), reason, hint)
    }

    fn slug(&self, problems: &mut Vec<Problem>) -> Option<Slug> {
        let Ok(slug) = Slug::parse(&self.name) else {
            let hint = "write 1 to 63 characters of a-z, 0-9 and -";
            problems.push(self.problem("", "not a name for a scheme", hint));
            return None;
        };
        if builtin::all().iter().any(|known| known.name == slug) {
            problems.push(self.problem("", "the name of a built-in scheme", "choose another name"));
            return None;
        }
        Some(slug)
    }

    /// Reads every field; those refused keep their default.
    fn read(&self, problems: &mut Vec<Problem>) -> (SchemeConfig, HashMap<&'static str, Origin>) {
        let mut config = SchemeConfig::default();
        let mut origins = HashMap::new();
        for SchemeField { name, raw, origin } in &self.fields {
            let known = SchemeConfig::SETTINGS.iter().find(|setting| setting.name() == name);
            let Some(setting) = known else {
                let nearest = nearest(name, SchemeConfig::SETTINGS.iter().map(Setting::name));
                let hint = meant(nearest, "`mainstay config example` lists every field of a scheme");
                let key = self.key(&shortened(name));
                problems.push(Problem::new(key, origin.clone(), "no such field of a scheme", hint));
                continue;
            };
            origins.insert(setting.name(), origin.clone());
            if let Err(refusal) = (setting.field)(&mut config).read(&setting.row.kind, raw) {
                problems.push(refusal.of(self.key(name), raw.shown(), origin.clone()));
            }
        }
        (config, origins)
    }
}

fn provenance(name: &str, config: &SchemeConfig, origins: &HashMap<&'static str, Origin>) -> Vec<Provenance> {
    let row = |setting: &Setting<SchemeConfig>| {
        let mut config = config.clone();
        let value = (setting.field)(&mut config).text(&setting.row.kind);
        let origin = origins.get(setting.name()).cloned();
        Provenance {
            key: format!("{SECTION}.{name}.{}", setting.name()).into(),
            toml: setting.row.kind.toml(&value),
            value,
            differs: origin.is_some(),
            origin: origin.unwrap_or(Origin::Default),
        }
    };
    SchemeConfig::SETTINGS.iter().map(row).collect()
}
