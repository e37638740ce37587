//! The trace a request belongs to (W3C Trace Context): `00-<trace id>-<parent id>-<flags>`. A malformed header is
//! passed over, as the standard asks.

use crate::http::request::header::{self, TRACEPARENT};
use http::HeaderMap;

/// Characters of a trace id.
const TRACE_ID_LEN: usize = 32;

/// Characters of a parent id.
const PARENT_ID_LEN: usize = 16;

/// Returns the trace id of a request.
pub fn trace_id(headers: &HeaderMap) -> Option<&str> {
    parse(header::single(headers, &TRACEPARENT).ok()??.to_str().ok()?)
}

/// Reads a `traceparent`. Version `ff` is forbidden; versions after 00 may have more behind the flags.
pub fn parse(text: &str) -> Option<&str> {
    let mut parts = text.trim_ascii().splitn(5, '-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let rest = parts.next();
    let valid = is_lower_hex(version, 2)
        && version != "ff"
        && (version != "00" || rest.is_none())
        && is_lower_hex(parent, PARENT_ID_LEN)
        && parent.bytes().any(|byte| byte != b'0')
        && is_lower_hex(flags, 2);
    (valid && is_trace_id(trace)).then_some(trace)
}

/// Tells whether a text is a trace id: 32 lower-case hexadecimal characters, not all zero.
pub fn is_trace_id(text: &str) -> bool {
    is_lower_hex(text, TRACE_ID_LEN) && text.bytes().any(|byte| byte != b'0')
}

fn is_lower_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn the_trace_id_stands_behind_the_version() {
        assert_eq!(parse(&format!("00-{TRACE}-00f067aa0ba902b7-01")), Some(TRACE));
        assert_eq!(parse(&format!("cc-{TRACE}-00f067aa0ba902b7-01-what-follows")), Some(TRACE));
    }

    #[test]
    fn malformed_parents_are_passed_over() {
        for wrong in [
            String::new(),
            TRACE.to_owned(),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-00f067aa0ba902b7-1"),
        ] {
            assert_eq!(parse(&wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_trace_or_passed_over(text in ".{0,80}") {
            if let Some(trace) = parse(&text) {
                prop_assert!(is_trace_id(trace));
            }
        }
    }
}
