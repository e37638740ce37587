//! Log lines use the listed field names, so that a search by field finds every line.

use crate::paths::{is_sign, trees, word};
use crate::tree::{Finding, Source};
use mainstay::telemetry::fields::FIELDS;
use proc_macro2::{TokenStream, TokenTree};

/// The macros that write log lines.
const MACROS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "event"];

fn findings(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    visit(&source.tokens, &mut |name, line| {
        if !FIELDS.iter().any(|(listed, _)| *listed == name) {
            let what = format!(
                "`{name}` is no listed log field; hint: use a name of src/telemetry/fields.rs, or add it there"
            );
            findings.push(Finding::new(&source.path, line, what));
        }
    });
    findings
}

/// Calls back with every field name in a log macro, and its line.
fn visit(tokens: &TokenStream, found: &mut dyn FnMut(&str, usize)) {
    let tokens = trees(tokens);
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        visit(&group.stream(), found);
        let name = at.checked_sub(2).and_then(|place| word(tokens.get(place)));
        let called = at.checked_sub(1).is_some_and(|place| is_sign(tokens.get(place), '!'));
        if called && name.is_some_and(|name| MACROS.contains(&name.as_str())) {
            let arguments = trees(&group.stream());
            for argument in arguments.split(|token| is_sign(Some(token), ',')) {
                if matches!(argument, [TokenTree::Literal(_)]) {
                    break;
                }
                if let Some((name, line)) = field(argument) {
                    found(&name, line);
                }
            }
        }
    }
}

/// Returns the name of the field that an argument sets: `seq`, `%seq` or `seq = …`.
fn field(argument: &[TokenTree]) -> Option<(String, usize)> {
    let marked = argument.first().is_some_and(|token| is_sign(Some(token), '%') || is_sign(Some(token), '?'));
    let argument = argument.get(usize::from(marked)..)?;
    let first = argument.first()?;
    let mut name = word(Some(first))?;
    let mut at = 1;
    while let (true, Some(part)) = (is_sign(argument.get(at), '.'), word(argument.get(at + 1))) {
        name = format!("{name}.{part}");
        at += 2;
    }
    let ends = argument.len() == at || is_sign(argument.get(at), '=');
    ends.then(|| (name, first.span().start().line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_none, sources};

    #[test]
    fn log_lines_use_the_listed_fields() {
        let sources = sources();
        let program = sources.iter().filter(|source| source.is_under("src/"));
        assert_none(program.flat_map(findings).collect());
    }

    #[test]
    fn other_fields_are_found_in_every_spelling() {
        let count = |text: &str| findings(&Source::new("src/a.rs", text)).len();
        assert_eq!(count("fn f() { info!(seq, tenant = %x.y, ?status, \"{}\", other) }"), 0);
        assert_eq!(count("fn f() { tracing::warn!(target: \"a\", Level::INFO, \"text\") }"), 0);
        assert_eq!(count("fn f() { error!(?e, %a.b, latency = 1, \"text\") }"), 3);
    }
}
