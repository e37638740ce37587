//! What a delivery says of itself, read once its signature holds: id, type, challenge.

use crate::domain::idempotency::IdempotencyKey;
use crate::domain::names::check_label;
use crate::domain::scheme::definition::{Challenge, Scheme};
use crate::domain::scheme::place::Place;
use crate::domain::scheme::pointer;
use crate::domain::scheme::verify::{Found, Headers};

/// Longest challenge that is sent back; providers send some dozens of characters.
const CHALLENGE_LEN_MAX: usize = 1_024;

/// A provider's id of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryId {
    /// The id.
    pub key: IdempotencyKey,
    /// Whether the signature covers it, so that nobody can send the delivery again under another.
    pub is_signed: bool,
}

impl Scheme {
    /// Returns the provider's id of the delivery, which its repeats share.
    pub fn delivery_id(&self, headers: &dyn Headers, body: &[u8]) -> Option<DeliveryId> {
        self.delivery_id.iter().find_map(|place| {
            let key = IdempotencyKey::parse(&at(place, headers, body)?).ok()?;
            Some(DeliveryId { key, is_signed: self.signs(place) })
        })
    }

    /// Tells whether what stands in a place is covered by the signature: the body always is.
    fn signs(&self, place: &Place) -> bool {
        self.signature.as_ref().is_some_and(|signature| match place {
            Place::Json(_) => true,
            Place::Header(name) => signature.id.as_ref() == Some(name),
            Place::Field(_) => false,
        })
    }

    /// Returns the event's type.
    pub fn event_type(&self, headers: &dyn Headers, body: &[u8]) -> Option<String> {
        self.event_type
            .iter()
            .find_map(|place| at(place, headers, body).filter(|text| check_label("type", text).is_ok()))
    }
}

impl Challenge {
    /// Returns what to send back if the payload is such a question.
    pub fn echo(&self, body: &[u8]) -> Option<String> {
        pointer::find(body, &self.at).filter(|found| *found == self.is)?;
        pointer::find(body, &self.echo).filter(|text| text.len() <= CHALLENGE_LEN_MAX)
    }
}

/// Returns the text in a place; a header that is there twice holds none.
fn at(place: &Place, headers: &dyn Headers, body: &[u8]) -> Option<String> {
    match place {
        Place::Header(name) => match headers.find(name.as_str()) {
            Found::Once(value) => std::str::from_utf8(value.trim_ascii()).ok().map(str::to_owned),
            Found::Nothing | Found::Repeated => None,
        },
        Place::Json(pointer) => pointer::find(body, pointer),
        Place::Field(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::scheme::testing::{Delivery, scheme};

    fn id_and_type(name: &str, delivery: &Delivery) -> (Option<String>, Option<String>) {
        let scheme = scheme(name);
        let id = scheme.delivery_id(delivery, delivery.body());
        (id.map(|id| id.key.to_string()), scheme.event_type(delivery, delivery.body()))
    }

    fn pair(id: &str, event_type: &str) -> (Option<String>, Option<String>) {
        (Some(id.to_owned()), Some(event_type.to_owned()))
    }

    #[test]
    fn every_provider_says_id_and_type_in_its_own_place() {
        let github = Delivery::of("{}").with("x-github-delivery", "72d3162e").with("x-github-event", "push");
        assert_eq!(id_and_type("github", &github), pair("72d3162e", "push"));
        let stripe = Delivery::of(r#"{"id":"evt_1","type":"charge.succeeded"}"#);
        assert_eq!(id_and_type("stripe", &stripe), pair("evt_1", "charge.succeeded"));
        let shopify =
            Delivery::of("{}").with("x-shopify-webhook-id", "b54").with("x-shopify-topic", "orders/create");
        assert_eq!(id_and_type("shopify", &shopify), pair("b54", "orders/create"));
        let square = Delivery::of(r#"{"event_id":"ac3a","type":"webhooks.test"}"#);
        assert_eq!(id_and_type("square", &square), pair("ac3a", "webhooks.test"));
        let slack = Delivery::of(r#"{"type":"event_callback","event_id":"Ev1","event":{"type":"message"}}"#);
        assert_eq!(id_and_type("slack", &slack), pair("Ev1", "message"));
        let outer = Delivery::of(r#"{"type":"app_rate_limited","event_id":"Ev2"}"#);
        assert_eq!(id_and_type("slack", &outer), pair("Ev2", "app_rate_limited"));
        let standard = Delivery::of(r#"{"type":"invoice.paid"}"#).with("webhook-id", "msg_1");
        assert_eq!(id_and_type("standard", &standard), pair("msg_1", "invoice.paid"));
        assert_eq!(id_and_type("hmac-sha256", &stripe), (None, None));
    }

    #[test]
    fn what_cannot_be_an_id_or_type_is_passed_over() {
        let twice = Delivery::of("{}").with("x-github-event", "push").with("x-github-event", "ping");
        assert_eq!(id_and_type("github", &twice), (None, None));
        let long = "x".repeat(256);
        let long = Delivery::of("{}").with("x-github-event", &long).with("x-github-delivery", &long);
        assert_eq!(id_and_type("github", &long), (None, None));
        let empty = Delivery::of(r#"{"id":"","type":"a\nb"}"#);
        assert_eq!(id_and_type("stripe", &empty), (None, None));
    }

    #[test]
    fn only_a_question_is_answered() {
        let challenge = scheme("slack").challenge.clone().unwrap();
        let question = br#"{"token":"t","challenge":"3eZbrw1a","type":"url_verification"}"#;
        assert_eq!(challenge.echo(question).as_deref(), Some("3eZbrw1a"));
        assert_eq!(challenge.echo(br#"{"challenge":"x","type":"event_callback"}"#), None);
        assert_eq!(challenge.echo(br#"{"type":"url_verification"}"#), None);
        assert_eq!(challenge.echo(b"not json"), None);
    }
}
