//! The threat model names the test behind every line: each must exist.

use crate::tree::{Finding, TextFile};
use std::collections::HashSet;

/// The page that names them, in the last column of its tables.
const PAGE: &str = "packaging/manual/threat-model.md";

/// Returns the names of all tests in a source.
fn names_of_tests(text: &str) -> impl Iterator<Item = String> {
    let mut announced = false;
    text.lines().filter_map(move |line| {
        let line = line.trim();
        if line.starts_with("#[") && (line.ends_with("test]") || line.contains("test(")) {
            announced = true;
        }
        let (_, rest) = line.split_once("fn ").filter(|_| announced)?;
        announced = false;
        Some(rest.chars().take_while(|one| one.is_alphanumeric() || *one == '_').collect())
    })
}

/// Finds lines of tables that name no test, or one that is not there.
fn findings(page: &TextFile, known: &HashSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in page.text.lines().enumerate() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let Some(last) = cells.last().filter(|last| line.starts_with('|') && !is_head(last)) else {
            continue;
        };
        let mut note = |what: String| findings.push(Finding::new(&page.path, number + 1, what));
        let named: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            note("names no test; hint: name the one that holds it".to_owned());
        }
        for name in named.into_iter().filter(|name| !known.contains(*name)) {
            note(format!("there is no test `{name}`; hint: name the one that holds this line now"));
        }
    }
    findings
}

fn is_head(cell: &str) -> bool {
    cell == "test" || cell.chars().all(|one| one == '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_none, sources, text_files};

    #[test]
    fn every_line_of_the_threat_model_names_tests_that_exist() {
        let known: HashSet<String> =
            sources().iter().flat_map(|source| names_of_tests(&source.text).collect::<Vec<_>>()).collect();
        let files = text_files();
        let page = files.iter().find(|file| file.path == PAGE).expect("the manual has a threat model");
        assert!(page.text.matches("| `").count() > 30, "the tables are there");
        assert_none(findings(page, &known));
    }

    #[test]
    fn a_line_without_a_test_or_with_an_unknown_one_is_found() {
        let source = "#[test]\nfn one() {}\n#[tokio::test(flavor = \"x\")]\n#[cfg(unix)]\nasync fn two() {}\nfn three() {}";
        let known: HashSet<String> = names_of_tests(source).collect();
        assert_eq!(known.len(), 2);
        let text = "| a | test |\n|---|---|\n| b | `one`, `two` |\n| c | `three` |\n| d | none |\nsee `four`";
        let page = TextFile { path: PAGE.to_owned(), text: text.to_owned() };
        let found = findings(&page, &known);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(
            found[0],
            Finding::new(PAGE, 4, "there is no test `three`; hint: name the one that holds this line now")
        );
    }
}
