//! What the sender prefers (RFC 7240): preferences may stand in several headers and several to a header; the first
//! of a name counts, unknown ones and parameters are passed over.

use crate::http::request::header::PREFER;
use crate::services::ingest::Preferences;
use http::HeaderMap;

/// Reads the preferences of a request.
pub fn read(headers: &HeaderMap) -> Preferences {
    let mut returns = None;
    let mut handling = None;
    for value in headers.get_all(&PREFER) {
        let Ok(text) = value.to_str() else { continue };
        for (name, value) in split_outside_quotes(text, ',').filter_map(preference) {
            if name.eq_ignore_ascii_case("return") {
                returns.get_or_insert(value);
            } else if name.eq_ignore_ascii_case("handling") {
                handling.get_or_insert(value);
            }
        }
    }
    Preferences {
        representation: returns.is_some_and(|value| value.eq_ignore_ascii_case("representation")),
        strict: handling.is_some_and(|value| value.eq_ignore_ascii_case("strict")),
    }
}

/// Reads one preference without its parameters: a name, and a value that may be quoted.
fn preference(text: &str) -> Option<(&str, &str)> {
    let (name, value) = split_outside_quotes(text, ';').next()?.split_once('=')?;
    let value = value.trim_ascii();
    let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    Some((name.trim_ascii(), bare))
}

fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(move |character: char| {
        if escaped {
            escaped = false;
        } else if character == '"' {
            quoted = !quoted;
        } else if quoted && character == '\\' {
            escaped = true;
        } else {
            return !quoted && character == separator;
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::header::of_pairs;

    fn of(values: &[&str]) -> (bool, bool) {
        let pairs: Vec<_> = values.iter().map(|value| ("prefer", value)).collect();
        let preferences = read(&of_pairs(&pairs));
        (preferences.representation, preferences.strict)
    }

    #[test]
    fn preferences_stand_in_one_header_or_in_several() {
        assert_eq!(of(&[]), (false, false));
        assert_eq!(of(&["return=representation"]), (true, false));
        assert_eq!(of(&["respond-async, Return = \"representation\"; a=b ,handling=strict"]), (true, true));
        assert_eq!(of(&["handling=strict", "wait=5, return=representation"]), (true, true));
    }

    #[test]
    fn the_first_of_a_name_counts_and_quotes_hide_separators() {
        assert_eq!(of(&["return=minimal, return=representation"]), (false, false));
        assert_eq!(of(&["handling=lenient", "handling=strict"]), (false, false));
        assert_eq!(of(&["x=\"a, return=representation\""]), (false, false));
        assert_eq!(of(&["x=\"a\\\", handling=strict\", return=representation"]), (true, false));
    }
}
