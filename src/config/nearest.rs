//! The known name nearest to a mistyped one.

use std::fmt::Display;

/// Longest name that is compared: longer ones are no typing mistakes, and the work grows with the square.
const LEN_MAX: usize = 80;

/// Returns the candidate with the fewest edits to the name, unless that is more than a third of it.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(LEN_MAX + 1).flat_map(char::to_lowercase).collect();
    if name.len() > LEN_MAX {
        return None;
    }
    let measured = candidates.into_iter().map(|candidate| (distance(&name, candidate), candidate));
    let (edits, candidate) = measured.min_by_key(|(edits, _)| *edits)?;
    let edits_max = candidate.len().max(name.len()).div_ceil(3);
    (edits <= edits_max).then_some(candidate)
}

/// Returns the hint that a name may have been meant, or else another one.
pub(super) fn meant(name: Option<impl Display>, otherwise: &str) -> String {
    name.map_or_else(|| otherwise.to_owned(), |name| format!("did you mean {name}?"))
}

/// The Levenshtein distance, without regard to case.
fn distance(name: &[char], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for letter in candidate.chars().flat_map(char::to_lowercase) {
        let mut left = row.first().copied().unwrap_or_default() + 1;
        let mut next = vec![left];
        for ((above, diagonal), own) in row.iter().skip(1).zip(&row).zip(name) {
            left = (left + 1).min(above + 1).min(diagonal + usize::from(*own != letter));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_mistake_finds_its_name_and_nonsense_none() {
        let known = ["listen.https", "listen.http", "logging.level"];
        assert_eq!(nearest("listen.htps", known), Some("listen.https"));
        assert_eq!(nearest("LISTEN.HTTP", known), Some("listen.http"));
        assert_eq!(nearest("loging.levle", known), Some("logging.level"));
        assert_eq!(nearest("cors.origins", known), None);
        assert_eq!(nearest("", []), None);
        assert_eq!(nearest(&"x".repeat(10_000), known), None);
    }

    #[test]
    fn edits_are_counted() {
        let edits = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), b);
        assert_eq!((edits("", "abc"), edits("abc", ""), edits("kitten", "sitting")), (3, 3, 3));
        assert_eq!(edits("same", "same"), 0);
    }
}
