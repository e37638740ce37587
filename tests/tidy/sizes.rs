//! How long files and functions may be: what does not fit on a few screens has more than one subject.

use crate::paths::{is_sign, trees, word};
use crate::tree::{Finding, Source};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Most lines of a file.
const FILE_LINES_MAX: usize = 400;

/// Most lines of a function, from `fn` to its closing bracket.
const FUNCTION_LINES_MAX: usize = 70;

fn findings(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = source.text.lines().count();
    if lines > FILE_LINES_MAX {
        let what = format!(
            "the file has {lines} lines, more than {FILE_LINES_MAX}; hint: give its parts their own files"
        );
        findings.push(Finding::new(&source.path, lines, what));
    }
    visit(&source.tokens, &mut |name, first, last| {
        let lines = last - first + 1;
        if lines > FUNCTION_LINES_MAX {
            let what =
                format!("`{name}` has {lines} lines, more than {FUNCTION_LINES_MAX}; hint: name its steps");
            findings.push(Finding::new(&source.path, first, what));
        }
    });
    findings
}

/// Calls back with name, first and last line of every function, those in macros included.
fn visit(tokens: &TokenStream, found: &mut dyn FnMut(&str, usize, usize)) {
    let tokens = trees(tokens);
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            visit(&group.stream(), found);
        }
        let name = word(tokens.get(at + 1));
        let (Some("fn"), Some(name)) = (word(Some(token)).as_deref(), name) else { continue };
        let rest = tokens.iter().skip(at);
        let body = rest.take_while(|token| !is_sign(Some(token), ';')).find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        });
        if let Some(body) = body {
            found(&name, token.span().start().line, body.span_close().end().line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_none, sources};

    #[test]
    fn files_and_functions_fit_on_a_few_screens() {
        assert_none(sources().iter().flat_map(findings).collect());
    }

    #[test]
    fn long_files_and_functions_are_found_also_in_macros() {
        let body = |lines: usize| format!("fn f() -> [u8; 2] {{{}}}", "\n".repeat(lines - 1));
        let count = |text: &str| findings(&Source::new("src/a.rs", text)).len();
        assert_eq!((count(&body(70)), count(&body(71))), (0, 1));
        assert_eq!(count(&format!("proptest! {{ #[test] {} }}", body(71))), 1);
        assert_eq!(count(&format!("trait T {{ fn g(); {} }}", body(70))), 0);
        assert_eq!((count(&"\n".repeat(400)), count(&"\n".repeat(401))), (0, 1));
    }
}
