//! Where something stands in a delivery: in a header, in a field of the signature's header, in the JSON payload.

use std::fmt;

/// Longest name of a header or field, and longest pointer, in bytes.
const LEN_MAX: usize = 128;

/// A header's name, in lower case: names have no case (RFC 9110, 5.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, derive_more::Display)]
pub struct HeaderName(String);

/// The name of a field in a signature's header, such as `t` or `v1`; its case counts.
#[derive(Clone, Debug, PartialEq, Eq, derive_more::Display)]
pub struct FieldName(String);

/// A JSON pointer (RFC 6901) to something below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    text: String,
    tokens: Vec<String>,
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a header: `header:X-GitHub-Delivery`.
    Header(HeaderName),
    /// In the JSON payload: `json:/event_id`.
    Json(Pointer),
    /// In a field of the signature's header: `field:t`.
    Field(FieldName),
}

/// A text that says no place, with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// No header has such a name.
    #[error("not a header's name")]
    Header,
    /// No field has such a name.
    #[error("not a field's name")]
    Field,
    /// Not a pointer.
    #[error("not a JSON pointer below the root, such as /event/id")]
    Pointer,
    /// None of the three kinds.
    #[error("neither header:NAME nor json:/POINTER nor field:NAME")]
    Kind,
}

impl HeaderName {
    /// Reads a header's name: a token of RFC 9110.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        let valid = (1..=LEN_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        if valid { Ok(Self(text.to_ascii_lowercase())) } else { Err(PlaceError::Header) }
    }

    /// Returns the name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FieldName {
    /// Reads a field's name: letters, digits, `_` and `-`.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let valid = (1..=LEN_MAX).contains(&text.len()) && text.bytes().all(inner);
        if valid { Ok(Self(text.to_owned())) } else { Err(PlaceError::Field) }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Pointer {
    /// Reads a pointer such as `/event/type`; `~1` stands for `/` and `~0` for `~` in a member's name. Commas are
    /// refused, because they separate the items of lists.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        let unacceptable = |letter: char| letter.is_control() || letter == ',';
        let path = text.strip_prefix('/').filter(|_| text.len() <= LEN_MAX && !text.contains(unacceptable));
        let tokens = path.ok_or(PlaceError::Pointer)?.split('/').map(unescaped);
        let tokens = tokens.collect::<Option<_>>().ok_or(PlaceError::Pointer)?;
        Ok(Self { text: text.to_owned(), tokens })
    }

    /// Returns the members' names or indices from the root on.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }
}

fn unescaped(token: &str) -> Option<String> {
    let mut pieces = token.split('~');
    let mut name = pieces.next()?.to_owned();
    for piece in pieces {
        let mut letters = piece.chars();
        name.push(match letters.next()? {
            '0' => '~',
            '1' => '/',
            _ => return None,
        });
        name.push_str(letters.as_str());
    }
    Some(name)
}

impl Place {
    /// Reads `header:NAME`, `json:/POINTER` or `field:NAME`.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        match text.split_once(':').ok_or(PlaceError::Kind)? {
            ("header", name) => HeaderName::parse(name).map(Self::Header),
            ("json", pointer) => Pointer::parse(pointer).map(Self::Json),
            ("field", name) => FieldName::parse(name).map(Self::Field),
            _ => Err(PlaceError::Kind),
        }
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Json(pointer) => write!(f, "json:{pointer}"),
            Self::Field(name) => write!(f, "field:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_place_is_a_header_a_field_or_a_pointer() {
        let header = Place::parse("header:X-GitHub-Delivery").unwrap();
        assert_eq!(header.to_string(), "header:x-github-delivery");
        assert_eq!(Place::parse("field:v1").unwrap(), Place::Field(FieldName::parse("v1").unwrap()));
        let Place::Json(pointer) = Place::parse("json:/a~1b/~0/0/").unwrap() else { panic!("not a pointer") };
        assert_eq!(pointer.tokens(), ["a/b", "~", "0", ""]);
        for (wrong, error) in [
            ("", PlaceError::Kind),
            ("x-id", PlaceError::Kind),
            ("Header:x", PlaceError::Kind),
            ("header:", PlaceError::Header),
            ("header:a b", PlaceError::Header),
            ("header:ä", PlaceError::Header),
            ("field:a=b", PlaceError::Field),
            ("json:", PlaceError::Pointer),
            ("json:id", PlaceError::Pointer),
            ("json:/~2", PlaceError::Pointer),
            ("json:/a,b", PlaceError::Pointer),
        ] {
            assert_eq!(Place::parse(wrong), Err(error), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_place_that_reads_back_or_refused(text in "(header:|json:/|field:)?[ -~ä]{0,20}") {
            if let Ok(place) = Place::parse(&text) {
                prop_assert_eq!(Place::parse(&place.to_string()), Ok(place));
            }
        }
    }
}
