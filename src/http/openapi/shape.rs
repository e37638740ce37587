//! A schema in a few words.

use serde_json::Value;

/// Where a schema's name stands in a reference.
const NAMED: &str = "#/components/schemas/";

/// A schema in a few words, with the name it leads to.
pub(super) struct Shape {
    /// Words before the name.
    pub(super) words: String,
    /// The name of a schema that says more.
    pub(super) name: Option<String>,
}

pub(super) struct Member {
    pub(super) name: String,
    pub(super) shape: Shape,
    /// Whether it is always there.
    pub(super) always: bool,
    pub(super) meaning: String,
}

impl Shape {
    pub(super) fn of(schema: &Value) -> Self {
        if let Some(name) = reference(schema) {
            return Self { words: String::new(), name: Some(name) };
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            let name = choices.iter().find_map(reference);
            return Self { words: if name.is_some() { "optional".into() } else { "any value".into() }, name };
        }
        let kind = match &schema["type"] {
            Value::String(kind) => kind.clone(),
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
            _ if schema["const"].is_string() => format!("always {}", schema["const"]),
            _ => "any value".to_owned(),
        };
        match kind.as_str() {
            "array" => {
                let item = Self::of(&schema["items"]);
                let words = format!("array of {}", item.words);
                Self { words: words.trim_end().to_owned(), name: item.name }
            }
            "object" if schema["additionalProperties"].is_object() => {
                let value = Self::of(&schema["additionalProperties"]);
                let words = format!("object, by name {}", value.words);
                Self { words: words.trim_end().to_owned(), name: value.name }
            }
            _ => Self { words: format!("{kind}{}", bounds(schema)), name: None },
        }
    }
}

/// Returns what a schema says of itself.
pub(super) fn meaning_of(schema: &Value) -> &str {
    schema["description"].as_str().unwrap_or_default()
}

/// Returns an object's members by name.
pub(super) fn members_of(schema: &Value) -> Vec<Member> {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let member = |(name, schema): (&String, &Value)| Member {
        name: name.clone(),
        shape: Shape::of(schema),
        always: required.contains(&name.as_str()),
        meaning: meaning_of(schema).to_owned(),
    };
    properties.filter(|(_, schema)| **schema != Value::Bool(false)).map(member).collect()
}

fn reference(schema: &Value) -> Option<String> {
    let target = schema["$ref"].as_str().or_else(|| schema.pointer("/allOf/0/$ref")?.as_str())?;
    target.strip_prefix(NAMED).map(str::to_owned)
}

fn bounds(schema: &Value) -> String {
    let mut words = String::new();
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().filter_map(Value::as_str).collect();
        words.push_str(": ");
        words.push_str(&values.join(", "));
    }
    if let Some(format) = schema["format"].as_str().filter(|format| !format.starts_with("uint")) {
        words.extend([" (", format, ")"]);
    }
    for (member, before) in [("minimum", " from "), ("maximum", " to "), ("maxLength", " up to ")] {
        if let Some(number) = schema[member].as_u64() {
            words.extend([before, &number.to_string()]);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_is_put_into_words() {
        let of = |schema: Value| {
            let Shape { words, name } = Shape::of(&schema);
            format!("{words}|{}", name.unwrap_or_default())
        };
        let event = json!({ "$ref": "#/components/schemas/Event" });
        assert_eq!(of(json!({ "type": "array", "items": event })), "array of|Event");
        assert_eq!(of(event), "|Event");
        let time = json!({ "type": ["string", "null"], "format": "date-time" });
        assert_eq!(of(time), "string or null (date-time)|");
        assert_eq!(of(json!({ "type": "string", "enum": ["a", "b"] })), "string: a, b|");
        assert_eq!(of(json!({ "type": "integer", "minimum": 1, "maximum": 9 })), "integer from 1 to 9|");
        assert_eq!(of(json!({})), "any value|");
        let members = members_of(&json!({ "properties": { "a": {}, "b": false }, "required": ["a"] }));
        assert!(members.len() == 1 && members[0].always);
    }
}
