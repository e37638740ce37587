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

#[cfg(test)]
mod tests {
    use crate::config::load::load;
    use crate::config::sources::Sources;
    use crate::config::whole::Config;
    use crate::crypto::mac::MacHash;
    use crate::domain::scheme::definition::{Encoding, SecretForm, Shape};
    use crate::domain::scheme::place::HeaderName;
    use proptest::prelude::*;
    use std::time::Duration;

    const WHOLE: &str = r#"
[schemes.vendor]
headers = ["X-Vendor-Signature", "X-Sig"]
algorithm = "hmac-sha512"
encoding = "base64"
shape = "single"
prefixes = ["HMAC ", ""]
signed = "{id}|{timestamp}|{url}|{body}"
secret = "base64"
secret_prefix = "key_"
timestamp = "header:X-Time"
tolerance = "90s"
id = "X-Id"
delivery_id = ["header:X-Id", "json:/meta/id"]
event_type = "json:/type"
challenge_at = "/type"
challenge_is = "ping"
challenge_echo = "/challenge"
"#;

    fn problems(text: &str) -> Vec<String> {
        let loaded = load(&Sources::new().with_file("m.toml", text));
        loaded.map_or_else(|problems| problems.0.iter().map(ToString::to_string).collect(), |_| Vec::new())
    }

    /// Returns the config without and with one line of the table changed.
    fn with(line: &str, other: &str) -> Vec<String> {
        assert!(WHOLE.contains(line), "{line}");
        problems(&WHOLE.replace(line, other))
    }

    #[test]
    fn every_field_of_a_scheme_is_read_and_shown_with_its_origin() {
        let loaded = load(&Sources::new().with_file("m.toml", WHOLE)).unwrap();
        let scheme = &loaded.config.schemes[0];
        let signature = scheme.signature.as_ref().unwrap();
        assert_eq!((scheme.name.as_str(), signature.hash), ("vendor", MacHash::Sha512));
        assert_eq!(
            signature.headers.iter().map(HeaderName::as_str).collect::<Vec<_>>(),
            ["x-vendor-signature", "x-sig"]
        );
        assert_eq!((signature.encoding, &signature.shape), (Encoding::Base64, &Shape::Single));
        assert_eq!(signature.prefixes, ["HMAC ", ""]);
        assert_eq!((signature.secret, signature.secret_prefix.as_str()), (SecretForm::Base64, "key_"));
        assert_eq!(signature.tolerance, Duration::from_secs(90));
        assert_eq!((scheme.delivery_id.len(), scheme.event_type.len()), (2, 1));
        assert!(scheme.challenge.is_some());
        let shown = loaded.show();
        assert!(shown.contains("schemes.vendor.prefixes = [\"HMAC \", \"\"]"), "{shown}");
        assert!(shown.contains("schemes.vendor.tolerance = \"90s\""), "{shown}");
        assert!(shown.contains("# m.toml:4\n"), "{shown}");
        assert_eq!(load(&Sources::new().with_file("m", shown)).unwrap().config, loaded.config);
        assert!(loaded.differences().any(|row| row.key == "schemes.vendor.headers"));
    }

    #[test]
    fn a_scheme_needs_its_header_alone() {
        let loaded = load(&Sources::new().with_file("m", "[schemes.a]\nheaders = [\"X-A\"]")).unwrap();
        let signature = loaded.config.schemes[0].signature.clone().unwrap();
        assert_eq!(signature.signed.to_string(), "{body}");
        assert_eq!(loaded.differences().count(), 1);
    }

    #[test]
    fn every_field_is_refused_by_name_with_a_way_out() {
        for (line, other, key) in [
            ("\"hmac-sha512\"", "\"md5\"", "algorithm"),
            ("algorithm", "algoritm", "algoritm"),
            ("\"base64\"\nshape", "\"base32\"\nshape", "encoding"),
            ("\"single\"", "\"list\"", "shape"),
            ("\"X-Sig\"", "\"X Sig\"", "headers"),
            ("[\"X-Vendor-Signature\", \"X-Sig\"]", "[]", "headers"),
            ("[\"X-Vendor-Signature\", \"X-Sig\"]", "7", "headers"),
            ("[\"HMAC \", \"\"]", "[\"a,b\"]", "prefixes"),
            ("|{body}", "|{Body}", "signed"),
            ("|{body}", "", "signed"),
            ("{timestamp}|", "", "timestamp"),
            ("{id}|", "", "id"),
            ("\"header:X-Time\"", "\"X-Time\"", "timestamp"),
            ("\"header:X-Time\"", "\"field:t\"", "timestamp"),
            ("\"90s\"", "\"0s\"", "tolerance"),
            ("\"90s\"", "90", "tolerance"),
            ("json:/meta/id", "json:meta", "delivery_id"),
            ("json:/meta/id", "field:v1", "delivery_id"),
            ("challenge_is = \"ping\"", "", "challenge_at"),
            ("shape = \"single\"", "shape = \"single\"\nversion = \"v1\"", "version"),
            ("shape = \"single\"", "shape = \"versions\"", "version"),
            ("secret = \"base64\"", "", "secret_prefix"),
        ] {
            let found = with(line, other);
            assert_eq!(found.len(), 1, "{other}: {found:?}");
            assert!(found[0].starts_with("m.toml:") && found[0].contains("; hint: "), "{}", found[0]);
            assert!(found[0].contains(&format!(": schemes.vendor.{key}")), "{key}: {}", found[0]);
        }
    }

    #[test]
    fn names_of_schemes_are_checked() {
        for (text, what) in [
            ("[schemes.Vendor]\nheaders = [\"X-A\"]", "not a name"),
            ("[schemes.github]\nheaders = [\"X-A\"]", "built-in"),
            ("[schemes]\nvendor = 1", "not a scheme's table"),
            ("[shemes.vendor]\nheaders = [\"X-A\"]", "did you mean [schemes]?"),
        ] {
            let found = problems(text);
            assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
        }
        let flags = Sources::new().with_flags(["schemes.a.headers=X-A"]);
        assert!(load(&flags).unwrap_err().to_string().contains("configuration file alone"));
        let many: Vec<_> = (0..65).map(|n| format!("[schemes.a{n}]\nheaders = [\"X-A\"]\n")).collect();
        assert!(problems(&many.concat())[0].contains("more than 64"));
    }

    #[test]
    fn changed_schemes_take_effect_at_the_next_start() {
        let mut new = Config::default();
        new.schemes = load(&Sources::new().with_file("m", WHOLE)).unwrap().config.schemes;
        let changes = crate::config::changes::reloadable_changes(&Config::default(), &new);
        assert_eq!(
            (changes.live.len(), changes.restart[0].key, changes.restart[0].new.as_str()),
            (0, "schemes", "vendor")
        );
    }

    proptest! {
        #[test]
        fn any_values_are_a_scheme_or_problems(field in 0usize..17, value in "[ -~]{0,30}") {
            let setting = &super::SchemeConfig::SETTINGS[field];
            let value = toml::Value::String(value);
            let text = format!("[schemes.a]\nheaders = [\"X-A\"]\n{} = {value}", super::field_name(setting));
            let _ = problems(&text);
        }
    }
}
