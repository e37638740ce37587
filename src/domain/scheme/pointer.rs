//! One value out of a JSON payload, without reading the rest into memory.

use crate::domain::scheme::place::Pointer;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Returns the text or whole number at the pointer; none if the payload is not JSON or something else stands there.
/// Of members with the same name the last one counts, as most parsers have it.
pub fn find(payload: &[u8], pointer: &Pointer) -> Option<String> {
    let mut deserializer = serde_json::Deserializer::from_slice(payload);
    let found = Follow(pointer.tokens()).deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    found
}

/// Follows the rest of a pointer.
struct Follow<'a>(&'a [String]);

/// Tells whether a member's name is the one wanted, without keeping it.
struct Named<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Follow<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Follow<'_> {
    fn at_end(&self, value: impl FnOnce() -> Option<String>) -> Option<String> {
        if self.0.is_empty() { value() } else { None }
    }
}

impl<'de> Visitor<'de> for Follow<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _value: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.at_end(|| Some(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.at_end(|| Some(value.to_string())))
    }

    fn visit_f64<E>(self, _value: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(self.at_end(|| Some(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (wanted, rest) = self.0.split_first().map_or((None, self.0), |(first, rest)| (Some(first), rest));
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(Named(wanted.map_or("", String::as_str)))? {
            if is_it && wanted.is_some() {
                found = map.next_value_seed(Follow(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let wanted: Option<(usize, &[String])> =
            self.0.split_first().and_then(|(first, rest)| Some((index(first)?, rest)));
        let mut found = None;
        let mut at = 0usize;
        loop {
            match wanted {
                Some((wanted, rest)) if wanted == at => match items.next_element_seed(Follow(rest))? {
                    Some(value) => found = value,
                    None => return Ok(found),
                },
                _ => {
                    if items.next_element::<IgnoredAny>()?.is_none() {
                        return Ok(found);
                    }
                }
            }
            at += 1;
        }
    }
}

/// Reads an index: digits without a leading zero (RFC 6901, 4).
fn index(token: &str) -> Option<usize> {
    let plain = token == "0" || !token.starts_with('0');
    (plain && token.bytes().all(|byte| byte.is_ascii_digit())).then(|| token.parse().ok()).flatten()
}

impl<'de> DeserializeSeed<'de> for Named<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Named<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(json: &str, pointer: &str) -> Option<String> {
        find(json.as_bytes(), &Pointer::parse(pointer).unwrap())
    }

    #[test]
    fn a_text_or_whole_number_is_found_wherever_it_stands() {
        let json =
            r#"{"id":"evt_1","n":-7,"event":{"type":"mes\u0073age","list":[{"a":1},{"a":[2]}]},"":"x"}"#;
        for (pointer, expected) in [
            ("/id", Some("evt_1")),
            ("/n", Some("-7")),
            ("/event/type", Some("message")),
            ("/event/list/1/a/0", Some("2")),
            ("/", Some("x")),
            ("/event", None),
            ("/event/list/2/a", None),
            ("/event/list/01/a", None),
            ("/event/list/-", None),
            ("/id/x", None),
            ("/none", None),
        ] {
            assert_eq!(at(json, pointer).as_deref(), expected, "{pointer}");
        }
    }

    #[test]
    fn nothing_is_found_in_what_is_not_json_or_no_id() {
        for json in ["", "{", r#"{"id":"a"}x"#, r#"{"id":"a""#, "[]", r#""id""#, "id=a", r#"{"id":"\ud800"}"#]
        {
            assert_eq!(at(json, "/id"), None, "{json}");
        }
        for value in ["null", "true", "1.5", "{}", "[\"a\"]"] {
            assert_eq!(at(&format!("{{\"id\":{value}}}"), "/id"), None, "{value}");
        }
        assert_eq!(at(r#"{"id":"a","id":"b"}"#, "/id").as_deref(), Some("b"));
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(at(&deep, "/a/0"), None);
        assert_eq!(at(&deep, "/b"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_searched(bytes in proptest::collection::vec(any::<u8>(), 0..200), path in "/[a-c0-2/~]{0,6}") {
            if let Ok(pointer) = Pointer::parse(&path) {
                let _ = find(&bytes, &pointer);
            }
        }

        #[test]
        fn what_is_found_is_what_a_whole_parse_finds(key in "[a-c]{1}", value in ".{0,20}") {
            let json = serde_json::json!({ "a": { "b": value.clone() }, "c": value.clone() }).to_string();
            prop_assert_eq!(at(&json, "/a/b"), Some(value.clone()));
            prop_assert_eq!(at(&json, &format!("/{key}")), (key == "c").then_some(value));
        }
    }
}
