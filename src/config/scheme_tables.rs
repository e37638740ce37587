//! Own schemes out of the configuration file: every field of every table checked, then each as a whole.

use crate::config::nearest::nearest;
use crate::config::problem::{Origin, Problem};
use crate::config::provenance::Provenance;
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

/// A scheme's table as written.
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
            problems.push(table.problem("", None, reason, "take out those that no source uses"));
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
                ..table.problem(
                    field,
                    shown(&rows, &table.key(field), &origins, field),
                    reason.to_owned(),
                    hint,
                )
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

    fn problem(&self, field: &str, value: Option<String>, reason: String, hint: &str) -> Problem {
        let (key, origin, hint) = (self.key(field), self.origin.clone(), hint.to_owned());
        Problem { key, value, origin, reason, hint }
    }

    fn slug(&self, problems: &mut Vec<Problem>) -> Option<Slug> {
        let Ok(slug) = Slug::parse(&self.name) else {
            let hint = "write 1 to 63 characters of a-z, 0-9 and -";
            problems.push(self.problem("", None, "not a name for a scheme".to_owned(), hint));
            return None;
        };
        if builtin::all().iter().any(|known| known.name == slug) {
            let reason = "the name of a built-in scheme".to_owned();
            problems.push(self.problem("", None, reason, "choose another name"));
            return None;
        }
        Some(slug)
    }

    /// Reads every field; those refused keep their default.
    fn read(&self, problems: &mut Vec<Problem>) -> (SchemeConfig, HashMap<&'static str, Origin>) {
        let mut config = SchemeConfig::default();
        let mut origins = HashMap::new();
        for SchemeField { name, raw, origin } in &self.fields {
            let known = SchemeConfig::SETTINGS.iter().find(|setting| field_name(setting) == name);
            let Some(setting) = known else {
                let nearest = nearest(name, SchemeConfig::SETTINGS.iter().map(field_name));
                let hint = match nearest {
                    Some(known) => format!("did you mean {known}?"),
                    None => "`mainstay config example` lists every field of a scheme".to_owned(),
                };
                let key = self.key(&shortened(name));
                let reason = "no such field of a scheme".to_owned();
                problems.push(Problem { key, value: None, origin: origin.clone(), reason, hint });
                continue;
            };
            origins.insert(field_name(setting), origin.clone());
            if let Err(refusal) = (setting.field)(&mut config).read(&setting.row.kind, raw) {
                let (key, value, origin) = (self.key(name), Some(raw.shown()), origin.clone());
                problems.push(Problem { key, value, origin, reason: refusal.reason, hint: refusal.hint });
            }
        }
        (config, origins)
    }
}

/// Returns a setting's name within a scheme.
pub(super) fn field_name(setting: &Setting<SchemeConfig>) -> &'static str {
    setting.key.rsplit('.').next().unwrap_or_default()
}

fn provenance(name: &str, config: &SchemeConfig, origins: &HashMap<&'static str, Origin>) -> Vec<Provenance> {
    let row = |setting: &Setting<SchemeConfig>| {
        let mut config = config.clone();
        let value = (setting.field)(&mut config).text(&setting.row.kind);
        let origin = origins.get(field_name(setting)).cloned();
        Provenance {
            key: format!("{SECTION}.{name}.{}", field_name(setting)).into(),
            toml: setting.row.kind.toml(&value),
            value,
            differs: origin.is_some(),
            origin: origin.unwrap_or(Origin::Default),
        }
    };
    SchemeConfig::SETTINGS.iter().map(row).collect()
}
