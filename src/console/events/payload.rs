//! A payload as text, of any size: JSON laid out, other text as it is, anything else as numbers.

use crate::console::words::escaped_byte_len;
use crate::domain::event::{DataForm, is_json_media_type};
use crate::services::reading::StoredEvent;
use serde::de::IgnoredAny;
use std::fmt::Write;

/// Most bytes of a payload shown, as they stand in the page's markup: with what is around it a page stays below 100 KiB.
const SHOWN_MAX: usize = 56 * 1024;

/// Bytes shown of what is no text, and how many stand in a line.
const HEX_SHOWN: usize = 1_024;
const HEX_LINE: usize = 16;

/// Deepest indentation in levels; what is deeper stands as deep.
const LEVELS_MAX: usize = 32;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct PayloadView {
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// Whether that is all of it.
    pub(super) is_whole: bool,
}

impl PayloadView {
    pub(super) fn new(event: &StoredEvent) -> Self {
        let payload = &event.payload[..];
        let attributes = &event.attributes;
        let claimed = attributes.data_form == DataForm::Json
            || attributes.content_type.as_deref().is_some_and(is_json_media_type);
        let looks = matches!(payload.trim_ascii_start().first(), Some(b'{' | b'['));
        let Some(text) = std::str::from_utf8(payload).ok().filter(|text| is_printable(text)) else {
            return Self::hex(payload);
        };
        if (claimed || looks) && serde_json::from_str::<IgnoredAny>(text).is_ok() {
            let mut sheet = Sheet::default();
            sheet.lay_out(text);
            return Self { kind: "JSON", text: sheet.text, is_whole: !sheet.is_full };
        }
        let shown = cut(text, SHOWN_MAX);
        Self { kind: "text", text: shown.to_owned(), is_whole: shown.len() == text.len() }
    }

    fn hex(payload: &[u8]) -> Self {
        let mut text = String::new();
        let shown = payload.get(..HEX_SHOWN).unwrap_or(payload);
        for (line, bytes) in shown.chunks(HEX_LINE).enumerate() {
            write!(text, "{:08x} ", line * HEX_LINE).expect("a String takes everything");
            for byte in bytes {
                write!(text, " {byte:02x}").expect("a String takes everything");
            }
            let gap = 3 * (HEX_LINE - bytes.len()) + 2;
            text.extend(std::iter::repeat_n(' ', gap));
            let visible = |byte: &u8| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' };
            text.extend(bytes.iter().map(visible));
            text.push('\n');
        }
        Self { kind: "bytes", text, is_whole: shown.len() == payload.len() }
    }
}

/// Tells whether a text can be shown as it is.
fn is_printable(text: &str) -> bool {
    text.chars().all(|one| !one.is_control() || matches!(one, '\n' | '\r' | '\t'))
}

/// Returns the beginning of a text that takes at most so many bytes of markup.
fn cut(text: &str, most: usize) -> &str {
    let mut taken = 0;
    for (at, one) in text.char_indices() {
        taken += escaped_byte_len(u8::try_from(one).unwrap_or_default()).max(one.len_utf8());
        if taken > most {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

/// JSON being laid out, up to what a page takes. Strings and numbers stay as they were written.
#[derive(Default)]
struct Sheet {
    text: String,
    taken: usize,
    level: usize,
    is_full: bool,
}

impl Sheet {
    /// Lays out text that is valid JSON.
    fn lay_out(&mut self, json: &str) {
        let (mut in_string, mut escaped) = (false, false);
        let mut rest = json.chars().peekable();
        while let Some(one) = rest.next() {
            if self.is_full {
                return;
            }
            if in_string {
                self.push(one);
                in_string = escaped || one != '"';
                escaped = !escaped && one == '\\';
                continue;
            }
            match one {
                ' ' | '\n' | '\r' | '\t' => {}
                '{' | '[' => {
                    self.push(one);
                    while rest.next_if(char::is_ascii_whitespace).is_some() {}
                    if let Some(close) = rest.next_if(|next| matches!(next, '}' | ']')) {
                        self.push(close);
                    } else {
                        self.level += 1;
                        self.line();
                    }
                }
                '}' | ']' => {
                    self.level = self.level.saturating_sub(1);
                    self.line();
                    self.push(one);
                }
                ',' => {
                    self.push(one);
                    self.line();
                }
                ':' => {
                    self.push(one);
                    self.push(' ');
                }
                other => {
                    in_string = other == '"';
                    self.push(other);
                }
            }
        }
    }

    fn line(&mut self) {
        self.push('\n');
        for _ in 0..self.level.min(LEVELS_MAX) {
            self.push(' ');
            self.push(' ');
        }
    }

    fn push(&mut self, one: char) {
        self.taken += escaped_byte_len(u8::try_from(one).unwrap_or_default()).max(one.len_utf8());
        self.is_full = self.is_full || self.taken > SHOWN_MAX;
        if !self.is_full {
            self.text.push(one);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::events::event::tests::event;
    use crate::console::words::escaped_len;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn view(content_type: Option<&str>, payload: &[u8]) -> PayloadView {
        let payload = Bytes::copy_from_slice(payload);
        PayloadView::new(&StoredEvent { payload, ..event(content_type, b"") })
    }

    #[test]
    fn json_is_laid_out_and_its_values_stay_as_written() {
        let json = br#"{"a": [1.50, {}, [ ]],"b":"x,{\"\\",  "c":12345678901234567890123}"#;
        let expected = "{\n  \"a\": [\n    1.50,\n    {},\n    []\n  ],\n  \"b\": \"x,{\\\"\\\\\",\n  \"c\": 12345678901234567890123\n}";
        let seen = view(None, json);
        assert_eq!((seen.kind, seen.text.as_str(), seen.is_whole), ("JSON", expected, true));
        assert_eq!(view(Some("application/json"), b"7").kind, "JSON");
        assert_eq!(view(Some("application/json"), b"{").kind, "text");
        assert_eq!(view(None, b"7").kind, "text");
    }

    #[test]
    fn what_is_no_text_is_shown_as_numbers() {
        let seen = view(None, b"\x00Hi<");
        assert_eq!(seen.kind, "bytes");
        assert_eq!(seen.text, format!("00000000  00 48 69 3c{}.Hi<\n", " ".repeat(38)));
        let large = view(None, &[0xff; 5_000]);
        assert!(!large.is_whole && large.text.lines().count() == 64);
        assert_eq!(view(None, b"").text, "");
    }

    #[test]
    fn whatever_is_shown_stays_within_a_page() {
        let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
        let quotes = format!("\"{}\"", "\\\"".repeat(60_000));
        for payload in [deep, quotes, "<".repeat(200_000), "é".repeat(100_000)] {
            let seen = view(Some("application/json"), payload.as_bytes());
            assert!(escaped_len(&seen.text) <= SHOWN_MAX && !seen.is_whole, "{}", seen.kind);
            assert!(seen.text.len() > 5_000);
        }
    }

    proptest! {
        #[test]
        fn laid_out_json_means_the_same(keys in proptest::collection::vec("[^\u{0}-\u{1f}\u{7f}-\u{9f}]{0,8}", 0..6), number in any::<f64>()) {
            let mut value = serde_json::json!([number, null, true]);
            for key in keys {
                value = serde_json::json!({ key.clone(): value, "x": [key] });
            }
            let seen = view(None, value.to_string().as_bytes());
            let read: serde_json::Value = serde_json::from_str(&seen.text).unwrap();
            prop_assert_eq!(read, value);
        }

        #[test]
        fn any_bytes_can_be_looked_at(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
            let seen = view(Some("application/json"), &payload);
            prop_assert!(seen.is_whole);
        }
    }
}
