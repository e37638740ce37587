//! Which payloads count as JSON (RFC 8259): UTF-8, one value, at most 64 levels deep.

use serde::de::IgnoredAny;
use serde_json::error::Category;

/// Deepest nesting accepted: readers that recurse must not be driven to the end of their stack.
pub const DEPTH_MAX: usize = 64;

/// Why a payload that claims to be JSON is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Nothing was sent.
    #[error("the body is empty; hint: send one JSON value")]
    Empty,
    /// The bytes are not UTF-8.
    #[error("the body is not UTF-8 from byte {0} on; hint: encode JSON as UTF-8")]
    NotUtf8(usize),
    /// Nested more than 64 levels.
    #[error("the body nests deeper than 64 levels; hint: flatten it")]
    TooDeep,
    /// Not JSON.
    #[error("the body is not JSON: {0}")]
    Malformed(String),
}

/// Checks that the bytes are one JSON value of at most 64 levels and returns them as text.
pub fn check(bytes: &[u8]) -> Result<&str, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError::NotUtf8(error.valid_up_to()))?;
    if text.trim_ascii().is_empty() {
        return Err(JsonError::Empty);
    }
    check_depth(bytes)?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| malformed(&error, "a value"))?;
    Ok(text)
}

/// Says why a text could not be read, without a word of the text itself: it is somebody's data.
pub fn malformed(error: &serde_json::Error, expected: &str) -> JsonError {
    JsonError::Malformed(match error.classify() {
        Category::Syntax | Category::Eof => error.to_string(),
        Category::Data | Category::Io => {
            format!("expected {expected} at line {} column {}", error.line(), error.column())
        }
    })
}

/// Checks that JSON nests at most 64 levels.
pub fn check_depth(bytes: &[u8]) -> Result<(), JsonError> {
    // Most values have few brackets, and counting them all is much quicker than telling which stand in strings.
    let brackets = bytes.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if brackets > DEPTH_MAX && too_deep(bytes) { Err(JsonError::TooDeep) } else { Ok(()) }
}

/// Counts brackets outside strings; on text that is not JSON the answer may be wrong either way, and the parser
/// then refuses it.
fn too_deep(bytes: &[u8]) -> bool {
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_value_of_at_most_64_levels_is_accepted() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(check(nested(64).as_bytes()).is_ok());
        assert_eq!(check(nested(65).as_bytes()), Err(JsonError::TooDeep));
        assert!(check(br#"{"a":"[[[[","b":"\"["}"#).is_ok());
        assert_eq!(check(b" \n"), Err(JsonError::Empty));
        assert_eq!(check(b"{\"a\":\"\xff\"}"), Err(JsonError::NotUtf8(6)));
        for malformed in ["{", "{}{}", "nul", "{'a':1}", "[1,]", "\"a"] {
            assert!(matches!(check(malformed.as_bytes()), Err(JsonError::Malformed(_))), "{malformed}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_json_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let accepted = check(&bytes).is_ok();
            let parsed = serde_json::from_slice::<serde_json::Value>(&bytes).is_ok();
            prop_assert!(!accepted || parsed || bytes.iter().any(u8::is_ascii_digit));
        }
    }
}
