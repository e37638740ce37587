//! Members of JSON rows that this program does not know: a newer one wrote them, and they stay when a row is rewritten.
//!
//! A row always has all members that its writer knows, so a member that is in the present row and not in the next is
//! unknown.

use serde_json::Value;

/// Members that tell elements of an array apart, whatever the array; the first that an element has counts.
const IDENTIFYING: [&str; 6] = ["id", "sha256", "sealed", "digest", "key", "name"];

/// Returns the next row with what is unknown of the present one; none if there is nothing to keep.
pub(in crate::store) fn keep_unknown(present: &[u8], next: &[u8]) -> Option<Vec<u8>> {
    if present == next {
        return None;
    }
    let present: Value = serde_json::from_slice(present).ok()?;
    let mut next = serde_json::from_slice(next).ok()?;
    keep(&present, &mut next).then(|| next.to_string().into_bytes())
}

/// Adds what is unknown, in nested objects too; tells whether there was anything.
fn keep(present: &Value, next: &mut Value) -> bool {
    let mut kept = false;
    match (present, next) {
        (Value::Object(present), Value::Object(next)) => {
            for (name, member) in present {
                if let Some(known) = next.get_mut(name) {
                    kept |= keep(member, known);
                } else {
                    next.insert(name.clone(), member.clone());
                    kept = true;
                }
            }
        }
        (Value::Array(present), Value::Array(next)) => {
            for element in next {
                let same = |one: &&Value| identity(element).is_some_and(|own| identity(one) == Some(own));
                if let Some(same) = present.iter().find(same) {
                    kept |= keep(same, element);
                }
            }
        }
        _ => {}
    }
    kept
}

fn identity(element: &Value) -> Option<(&str, &str)> {
    IDENTIFYING.into_iter().find_map(|name| Some((name, element.get(name)?.as_str()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kept(present: &Value, next: &Value) -> Option<Value> {
        let row = keep_unknown(present.to_string().as_bytes(), next.to_string().as_bytes())?;
        Some(serde_json::from_slice(&row).unwrap())
    }

    #[test]
    fn unknown_members_stay_in_objects_and_in_elements_that_stay() {
        let present = json!({ "name": "a", "new": 1, "settings": { "limit": 1, "new": [2] },
            "secrets": [{ "sha256": "x", "until": null, "new": 3 }, { "sha256": "y", "until": null, "new": 4 }] });
        let next = json!({ "name": "b", "settings": { "limit": null },
            "secrets": [{ "sha256": "z", "until": null }, { "sha256": "x", "until": 5 }] });
        let expected = json!({ "name": "b", "new": 1, "settings": { "limit": null, "new": [2] },
            "secrets": [{ "sha256": "z", "until": null }, { "sha256": "x", "until": 5, "new": 3 }] });
        assert_eq!(kept(&present, &next), Some(expected));
    }

    #[test]
    fn known_members_are_what_the_next_row_says() {
        for (present, next) in [
            (json!({ "a": 1, "b": { "c": 1 } }), json!({ "a": 2, "b": null })),
            (json!({ "a": [1, 2], "b": ["x"] }), json!({ "a": [], "b": [["y", 1]] })),
            (json!({ "a": [{ "sha256": "x", "new": 1 }] }), json!({ "a": [{ "sha256": "y" }] })),
            (json!({ "a": 1 }), json!({ "a": 1 })),
        ] {
            assert_eq!(kept(&present, &next), None, "{present}");
        }
        assert_eq!(keep_unknown(b"12345678", b"{}"), None);
    }
}
