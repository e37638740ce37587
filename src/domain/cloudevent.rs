//! The attributes of a CloudEvent (CloudEvents 1.0.2, sections 2 and 3), collected one by one from whatever carries them.

use crate::domain::event::{ExtensionValue, is_media_type};
use crate::domain::names::{NameError, check_label, check_text};
use crate::domain::time::is_rfc3339;

/// The one version of the specification that is read.
pub const SPEC_VERSION: &str = "1.0";

/// Longest attribute name in characters: longer ones need not be taken in, and names of this length travel everywhere.
pub const NAME_LEN_MAX: usize = 20;

/// Most faults that are listed: a batch may hold many events with as many.
const FAULTS_MAX: usize = 8;

/// Names that the appliance gives a stored event itself.
const RESERVED: [&str; 2] = ["seq", "tenant"];

/// A CloudEvent's attributes; every value is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudEvent {
    /// `id`: unique together with the source.
    pub id: String,
    /// `source`: 1 to 255 characters.
    pub source: String,
    /// `type`: 1 to 255 characters.
    pub event_type: String,
    /// `subject`.
    pub subject: Option<String>,
    /// `time`, as written (RFC 3339).
    pub time: Option<String>,
    /// `datacontenttype`.
    pub content_type: Option<String>,
    /// The other attributes in the order sent, `dataschema` among them.
    pub extensions: Vec<(String, ExtensionValue)>,
}

/// What is wrong with an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its name.
    pub attribute: String,
    /// What is wrong, and the way out.
    pub detail: String,
}

/// Collects attributes and what is wrong with them.
#[derive(Debug, Default)]
pub struct Collector {
    event: CloudEvent,
    version: Option<String>,
    faults: Vec<Fault>,
}

impl Collector {
    /// Takes an attribute.
    pub fn set(&mut self, name: &str, value: ExtensionValue) {
        if self.has(name) {
            return self.fault(name, "was sent more than once; hint: send it once");
        }
        match name {
            "specversion" => self.version = self.text(name, value),
            "id" => self.event.id = self.text(name, value).unwrap_or_default(),
            "source" => self.event.source = self.text(name, value).unwrap_or_default(),
            "type" => self.event.event_type = self.text(name, value).unwrap_or_default(),
            "subject" => self.event.subject = self.text(name, value),
            "datacontenttype" => {
                self.event.content_type = self.text(name, value);
                if self.event.content_type.as_deref().is_some_and(|text| !is_media_type(text)) {
                    self.fault(name, "is no media type of at most 255 bytes; hint: such as application/json");
                }
            }
            "time" => {
                self.event.time = self.text(name, value);
                if self.event.time.as_deref().is_some_and(|text| !is_rfc3339(text)) {
                    self.fault(name, "is no instant of RFC 3339; hint: such as 2026-01-31T12:00:00Z");
                }
            }
            _ => self.extend(name, value),
        }
    }

    /// Notes what is wrong with an attribute; of many faults the first ones.
    pub fn fault(&mut self, attribute: &str, detail: &str) {
        if self.faults.len() == FAULTS_MAX {
            return;
        }
        let attribute = attribute.chars().take(64).collect();
        self.faults.push(Fault { attribute, detail: detail.to_owned() });
    }

    /// Returns the media type of the data as collected so far.
    pub fn content_type(&self) -> Option<&str> {
        self.event.content_type.as_deref()
    }

    /// Returns the event, or everything that is wrong with it.
    pub fn finish(mut self) -> Result<CloudEvent, Vec<Fault>> {
        match self.version.as_deref() {
            Some(SPEC_VERSION) => {}
            Some(_) => self.fault("specversion", "is another version; hint: this appliance reads 1.0"),
            None => self.missing("specversion"),
        }
        for (name, missing) in [
            ("id", self.event.id.is_empty()),
            ("source", self.event.source.is_empty()),
            ("type", self.event.event_type.is_empty()),
        ] {
            if missing {
                self.missing(name);
            }
        }
        for (name, text) in [("source", self.event.source.clone()), ("type", self.event.event_type.clone())] {
            if let Err(NameError::TooLong(_)) = check_label(name, &text) {
                self.fault(name, "is longer than 255 characters; hint: shorten it");
            }
        }
        if self.faults.is_empty() { Ok(self.event) } else { Err(self.faults) }
    }

    fn has(&self, name: &str) -> bool {
        let event = &self.event;
        match name {
            "specversion" => self.version.is_some(),
            "id" => !event.id.is_empty(),
            "source" => !event.source.is_empty(),
            "type" => !event.event_type.is_empty(),
            "subject" => event.subject.is_some(),
            "time" => event.time.is_some(),
            "datacontenttype" => event.content_type.is_some(),
            _ => event.extensions.iter().any(|(known, _)| known == name),
        }
    }

    fn missing(&mut self, name: &str) {
        if !self.faults.iter().any(|fault| fault.attribute == name) {
            self.fault(name, "is missing; hint: specversion, id, source and type are required");
        }
    }

    /// Returns the text of an attribute that must be one, not empty and printable.
    fn text(&mut self, name: &str, value: ExtensionValue) -> Option<String> {
        let ExtensionValue::Text(text) = value else {
            self.fault(name, "is not a text; hint: write it in quotes");
            return None;
        };
        match check_text("attribute", &text) {
            Ok(()) => Some(text),
            Err(NameError::Empty(_)) => {
                self.fault(name, "is empty; hint: give it a value or leave it out");
                None
            }
            Err(_) => {
                self.fault(name, "holds a control character; hint: use printable characters only");
                None
            }
        }
    }

    fn extend(&mut self, name: &str, value: ExtensionValue) {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if name.is_empty() || name.len() > NAME_LEN_MAX || !name.bytes().all(plain) {
            return self.fault(name, "is no attribute's name; hint: 1 to 20 of a-z and 0-9");
        }
        if name == "data" {
            return self.fault(name, "is the event's data, not an attribute; hint: send it as the body");
        }
        if RESERVED.contains(&name) {
            return self.fault(name, "is the appliance's own name; hint: give the extension another");
        }
        if name == "dataschema" {
            let Some(schema) = self.text(name, value) else { return };
            return self.event.extensions.push((name.to_owned(), ExtensionValue::Text(schema)));
        }
        if let ExtensionValue::Text(text) = &value
            && text.chars().any(char::is_control)
        {
            return self.fault(name, "holds a control character; hint: use printable characters only");
        }
        self.event.extensions.push((name.to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> ExtensionValue {
        ExtensionValue::Text(value.to_owned())
    }

    fn collect(pairs: &[(&str, ExtensionValue)]) -> Result<CloudEvent, Vec<String>> {
        let mut collector = Collector::default();
        for (name, value) in pairs {
            collector.set(name, value.clone());
        }
        collector.finish().map_err(|faults| faults.into_iter().map(|fault| fault.attribute).collect())
    }

    fn required() -> Vec<(&'static str, ExtensionValue)> {
        vec![
            ("specversion", text("1.0")),
            ("id", text("A-1")),
            ("source", text("/pos")),
            ("type", text("sale")),
        ]
    }

    #[test]
    fn four_attributes_are_required_and_every_fault_is_named_once() {
        let event = collect(&required()).unwrap();
        assert_eq!(
            (event.id.as_str(), event.source.as_str(), event.event_type.as_str()),
            ("A-1", "/pos", "sale")
        );
        assert_eq!(collect(&[]).unwrap_err(), ["specversion", "id", "source", "type"]);
        let wrong = [
            ("specversion", text("0.3")),
            ("id", text("")),
            ("source", ExtensionValue::Integer(1)),
            ("type", text("a\nb")),
            ("subject", text("")),
            ("time", text("yesterday")),
            ("Region", text("eu")),
            ("data", text("x")),
            ("seq", text("7")),
        ];
        assert_eq!(
            collect(&wrong).unwrap_err(),
            ["id", "source", "type", "subject", "time", "Region", "data", "seq"]
        );
    }

    #[test]
    fn extensions_keep_order_and_kind_and_stand_once() {
        let mut pairs = required();
        pairs.push(("zeta", ExtensionValue::Boolean(true)));
        pairs.push(("alpha", text("")));
        pairs.push(("dataschema", text("https://example.com/schema")));
        let names: Vec<_> = collect(&pairs).unwrap().extensions.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["zeta", "alpha", "dataschema"]);
        pairs.push(("zeta", text("again")));
        assert_eq!(collect(&pairs).unwrap_err(), ["zeta"]);
        let mut long = required();
        long.push(("abcdefghijklmnopqrst", text("20 characters")));
        assert!(collect(&long).is_ok());
        long.push(("abcdefghijklmnopqrstu", text("21")));
        assert!(collect(&long).is_err());
    }

    #[test]
    fn source_and_type_have_at_most_255_characters() {
        for name in ["source", "type"] {
            let mut pairs = required();
            pairs.retain(|(known, _)| *known != name);
            pairs.push((name, text(&"é".repeat(255))));
            assert!(collect(&pairs).is_ok());
            pairs.pop();
            pairs.push((name, text(&"é".repeat(256))));
            assert_eq!(collect(&pairs).unwrap_err(), [name]);
        }
    }
}
