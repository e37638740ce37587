//! The commented file of defaults.

use crate::config::reference::{Entry, SECTIONS, in_one_line, reference};
use crate::config::schemes::SchemeConfig;
use crate::config::setting::{Console, Reload, Secrecy};
use crate::config::whole::Config;

/// Widest line of a comment.
const WIDTH: usize = 100;

const PREAMBLE: &str = "\
# Mainstay's configuration: every setting with its default. Take the # of a setting away to change it.
#
# Values are taken from here, then from the environment, then from --set KEY=VALUE; the later holds. In the
# environment `listen.https` is MAINSTAY_LISTEN__HTTPS, and lists are separated by commas. Unknown names are errors.
# `mainstay config check` reports every problem, `mainstay config show` every value and where it came from.
#
# Bytes are numbers, alone or with KiB, MiB, GiB or TiB. Durations are numbers with ms, s, m, h or d.
";

/// Returns a file with every setting commented out, each with what it does, type, default and bounds.
pub fn example() -> String {
    let mut text = String::from(PREAMBLE);
    let in_section = |name: &'static str| reference().iter().filter(move |entry| entry.section() == name);
    in_section("").for_each(|entry| push_entry(&mut text, entry));
    for (name, doc) in SECTIONS {
        text.push('\n');
        push_comment(&mut text, &in_one_line(doc));
        text.extend(["[", name, "]\n"]);
        in_section(name).for_each(|entry| push_entry(&mut text, entry));
    }
    push_schemes(&mut text);
    text
}

/// A scheme of one's own, as an example that sets nothing.
const SCHEME: &str = "\
# [schemes.vendor]
# headers = [\"X-Vendor-Signature\"]
# shape = \"fields\"
# version = \"v1\"
# signed = \"{timestamp}.{body}\"
# timestamp = \"field:t\"
# delivery_id = [\"header:X-Vendor-Id\", \"json:/id\"]
# event_type = [\"json:/type\"]
";

fn push_schemes(text: &mut String) {
    let (_, doc) = SchemeConfig::ABOUT;
    text.push('\n');
    push_comment(text, &in_one_line(doc));
    for setting in SchemeConfig::SETTINGS {
        let (doc, words) = (in_one_line(setting.doc), setting.row.kind.words());
        push_comment(text, &format!("{}: {doc} Type: {words}.", setting.name()));
    }
    text.push_str("#\n");
    text.push_str(SCHEME);
}

fn push_entry(text: &mut String, entry: &Entry) {
    text.push('\n');
    push_comment(text, &entry.doc());
    push_comment(text, &facts(entry));
    text.extend(["#", entry.name(), " = ", entry.toml(&Config::default()).as_str(), "\n"]);
}

/// Type, bounds and default in a line.
fn facts(entry: &Entry) -> String {
    let mut facts = format!("Type: {}.", entry.type_text());
    let mut push = |name: &str, value: &str| {
        if !value.is_empty() {
            facts.extend([" ", name, ": ", value, "."]);
        }
    };
    push("Bounds", &entry.bounds_text());
    push("Default", &entry.default_shown(str::to_owned));
    push("Also", entry.plain_variable().unwrap_or_default());
    if entry.reload() == Reload::Live {
        facts.push_str(" Taken at reload.");
    }
    if entry.console() == Console::Settable {
        facts.push_str(" Settable at the console.");
    }
    if entry.secrecy() == Secrecy::Secret {
        facts.push_str(" Never shown.");
    }
    facts
}

fn push_comment(text: &mut String, words: &str) {
    let mut line = String::from("#");
    for word in words.split(' ') {
        if line.len() > 1 && line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::load;
    use crate::config::problem::Origin;
    use crate::config::reference::{reference_markdown, schemes_markdown};
    use crate::config::sources::Sources;

    #[test]
    fn the_packaged_example_is_the_generated_one() {
        let packaged = include_str!("../../packaging/config.example.toml");
        assert!(packaged == example(), "run: mainstay config example > packaging/config.example.toml");
    }

    #[test]
    fn the_readme_has_the_generated_tables() {
        let readme = include_str!("../../README.md");
        for (name, generated) in [("settings", reference_markdown()), ("schemes", schemes_markdown())] {
            let (_, rest) = readme.split_once(&format!("<!-- {name} -->\n")).unwrap();
            let (table, _) = rest.split_once(&format!("<!-- /{name} -->")).unwrap();
            assert!(
                table == generated,
                "put the table of {name} that `mainstay config reference` prints between the marks in README.md"
            );
        }
    }

    #[test]
    fn the_example_of_a_scheme_can_be_used() {
        let text = SCHEME.replace("# ", "");
        let schemes = load(&Sources::new().with_file("c", text)).unwrap().config.schemes;
        assert_eq!((schemes.len(), schemes[0].name.as_str()), (1, "vendor"));
    }

    #[test]
    fn the_example_sets_nothing_and_uncommented_sets_every_default() {
        let commented = example();
        assert_eq!(
            load(&Sources::new().with_file("c", commented.as_str())).unwrap().config,
            Config::default()
        );
        assert!(commented.lines().all(|line| line.len() <= 120), "{commented}");

        let is_setting = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
        let uncommented: Vec<&str> = commented
            .lines()
            .map(|line| if is_setting(line) { line.trim_start_matches('#') } else { line })
            .collect();
        let loaded = load(&Sources::new().with_file("c", uncommented.join("\n"))).unwrap();
        assert_eq!(loaded.config, Config::default());
        assert_eq!(loaded.differences().count(), 0);
        assert!(loaded.provenance.iter().all(|row| row.origin != Origin::Default));
    }
}
