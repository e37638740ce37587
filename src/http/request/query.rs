//! Query strings: `name=value&name=value`, percent-encoded, `+` for a space.

use crate::http::code::Code;
use crate::http::problem::{FieldError, Problem};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Most parameters of one query: more than any route knows.
const PARAMETERS_MAX: usize = 64;

/// What a query says, each name once, with a list of what is wrong with it.
#[derive(Debug, Default)]
pub struct Parameters<'a> {
    values: Vec<(&'static str, Cow<'a, str>)>,
    errors: Vec<FieldError>,
}

impl<'a> Parameters<'a> {
    /// Reads a query of which the route knows the given names; unknown and repeated names are errors.
    pub fn read(query: Option<&'a str>, known: &[&'static str]) -> Self {
        let mut read = Self::default();
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        for (count, pair) in pairs.enumerate() {
            if count == PARAMETERS_MAX {
                read.errors.push(FieldError::new("query", "holds more than 64 parameters; hint: send fewer"));
                break;
            }
            read.take(pair, known);
        }
        read
    }

    fn take(&mut self, pair: &'a str, known: &[&'static str]) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(name) = decode(name) else {
            return self.refuse("query", "holds a name that is not percent-encoded UTF-8");
        };
        let Some(name) = known.iter().copied().find(|known| *known == name) else {
            let hint = match known {
                [] => "this route takes none".to_owned(),
                names => format!("one of {}", names.join(", ")),
            };
            let shown: String = name.chars().take(64).collect();
            return self.refuse(shown, format!("is not a parameter here; hint: {hint}"));
        };
        if self.values.iter().any(|(seen, _)| *seen == name) {
            return self.refuse(name, "was sent more than once; hint: send it once");
        }
        match decode(value) {
            Some(value) => self.values.push((name, value)),
            None => self.refuse(name, "is not percent-encoded UTF-8; hint: encode it as UTF-8, then as %XX"),
        }
    }

    /// Notes what is wrong with a parameter.
    pub fn refuse(&mut self, name: impl Into<String>, detail: impl Into<String>) {
        self.errors.push(FieldError::new(name, detail));
    }

    /// Returns a parameter's value.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(seen, _)| *seen == name).map(|(_, value)| value.as_ref())
    }

    /// Reads a parameter with a parser; an error is noted under its name.
    pub fn parse<T, E: ToString>(
        &mut self,
        name: &str,
        parser: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parser(self.text(name)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(name, error.to_string());
                None
            }
        }
    }

    /// Ends reading: all that is wrong becomes one problem.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::fields(Code::InvalidQuery, self.errors)) }
    }
}

/// Decodes `%XX` and `+`; none if that is not UTF-8 or an escape is broken.
pub fn decode(text: &str) -> Option<Cow<'_, str>> {
    let is_escape = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !text.split('%').skip(1).all(is_escape) {
        return None;
    }
    if !text.contains('+') {
        return percent_decode_str(text).decode_utf8().ok();
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(|decoded| Cow::Owned(decoded.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use percent_encoding::percent_encode_byte;
    use proptest::prelude::*;

    #[test]
    fn values_are_decoded_once() {
        let read = Parameters::read(Some("a=%C3%A4+b%2520&b=1&&"), &["a", "b"]);
        assert_eq!(read.text("a"), Some("ä b%20"));
        assert_eq!(read.text("b"), Some("1"));
        assert!(read.finish().is_ok());
    }

    #[test]
    fn a_broken_escape_is_no_text() {
        for broken in ["%", "a%4", "%%41", "%4+", "%+4", "%g0", "%ff", "%C3"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
        assert_eq!(decode("%2b%2B+%c3%A4").as_deref(), Some("++ ä"));
        assert!(matches!(decode("plain"), Some(Cow::Borrowed("plain"))));
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let mut read = Parameters::read(Some("x=1&a=1&a=2&b=%ff&c=%g"), &["a", "b", "c", "d"]);
        assert_eq!(read.parse("a", str::parse::<u8>), Some(1));
        assert_eq!(read.parse("d", str::parse::<u8>), None);
        let problem = read.finish().unwrap_err();
        let names: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(names, ["x", "a", "b", "c"]);
        assert!(problem.errors[0].detail.contains("one of a, b, c, d"));
    }

    #[test]
    fn a_query_has_a_bounded_number_of_parameters() {
        let query = "a&".repeat(100_000);
        let problem = Parameters::read(Some(&query), &["a"]).finish().unwrap_err();
        assert!(problem.errors.len() <= PARAMETERS_MAX + 1);
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(query in ".{0,200}") {
            let mut read = Parameters::read(Some(&query), &["a", "limit"]);
            let _ = read.parse("limit", str::parse::<u16>);
            let _ = read.finish();
        }

        #[test]
        fn what_is_encoded_is_decoded(text in ".{0,64}") {
            let encoded: String = text.bytes().map(percent_encode_byte).collect();
            prop_assert_eq!(decode(&encoded).unwrap(), text);
        }
    }
}
