//! The schemes of well-known providers, as a table.

use crate::crypto::mac::MacHash;
use crate::domain::names::Slug;
use crate::domain::scheme::definition::{
    Challenge, Encoding, Scheme, SecretForm, Shape, Signature, TOLERANCE,
};
use crate::domain::scheme::place::{FieldName, HeaderName, Place, Pointer};
use crate::domain::scheme::template::Template;

/// The scheme of a source that does not say.
pub const DEFAULT: &str = "hmac-sha256";

/// The scheme without a signature, which a source must allow expressly.
pub const NONE: &str = "none";

/// A scheme's row. All of them use HMAC with SHA-256.
struct Row {
    name: &'static str,
    headers: &'static [&'static str],
    encoding: Encoding,
    /// The shape of the header's value: its prefixes, or the name of the fields or versions that hold.
    value: Value,
    signed: &'static str,
    secret: SecretForm,
    timestamp: Option<&'static str>,
    id: Option<&'static str>,
    delivery_id: &'static [&'static str],
    event_type: &'static [&'static str],
    challenge: Option<[&'static str; 3]>,
}

enum Value {
    Single(&'static [&'static str]),
    Fields(&'static str),
    Versions(&'static str),
}

/// A row with what most schemes share.
const USUAL: Row = Row {
    name: "",
    headers: &[],
    encoding: Encoding::Hex,
    value: Value::Single(&[]),
    signed: "{body}",
    secret: SecretForm::Text,
    timestamp: None,
    id: None,
    delivery_id: &[],
    event_type: &[],
    challenge: None,
};

/// What a Base64 secret begins with (Standard Webhooks 1.0.0).
const BASE64_PREFIX: &str = "whsec_";

const TABLE: &[Row] = &[
    Row {
        name: DEFAULT,
        headers: &["x-signature", "x-webhook-signature"],
        value: Value::Single(&["sha256=", ""]),
        ..USUAL
    },
    // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
    Row {
        name: "github",
        headers: &["x-hub-signature-256"],
        value: Value::Single(&["sha256="]),
        delivery_id: &["header:x-github-delivery"],
        event_type: &["header:x-github-event"],
        ..USUAL
    },
    // https://docs.stripe.com/webhooks#verify-manually; the secret is used as it is shown, `whsec_` included.
    Row {
        name: "stripe",
        headers: &["stripe-signature"],
        value: Value::Fields("v1"),
        signed: "{timestamp}.{body}",
        timestamp: Some("field:t"),
        delivery_id: &["json:/id"],
        event_type: &["json:/type"],
        ..USUAL
    },
    // https://shopify.dev/docs/apps/build/webhooks/subscribe/https
    Row {
        name: "shopify",
        headers: &["x-shopify-hmac-sha256"],
        encoding: Encoding::Base64,
        delivery_id: &["header:x-shopify-webhook-id"],
        event_type: &["header:x-shopify-topic"],
        ..USUAL
    },
    // https://developer.squareup.com/docs/webhooks/step3validate
    Row {
        name: "square",
        headers: &["x-square-hmacsha256-signature"],
        encoding: Encoding::Base64,
        signed: "{url}{body}",
        delivery_id: &["json:/event_id"],
        event_type: &["json:/type"],
        ..USUAL
    },
    // https://api.slack.com/authentication/verifying-requests-from-slack and https://api.slack.com/events/url_verification
    Row {
        name: "slack",
        headers: &["x-slack-signature"],
        value: Value::Single(&["v0="]),
        signed: "v0:{timestamp}:{body}",
        timestamp: Some("header:x-slack-request-timestamp"),
        delivery_id: &["json:/event_id"],
        event_type: &["json:/event/type", "json:/type"],
        challenge: Some(["/type", "url_verification", "/challenge"]),
        ..USUAL
    },
    // https://www.standardwebhooks.com
    Row {
        name: "standard",
        headers: &["webhook-signature"],
        encoding: Encoding::Base64,
        value: Value::Versions("v1"),
        signed: "{id}.{timestamp}.{body}",
        secret: SecretForm::Base64,
        timestamp: Some("header:webhook-timestamp"),
        id: Some("webhook-id"),
        delivery_id: &["header:webhook-id"],
        event_type: &["json:/type"],
        ..USUAL
    },
    Row { name: NONE, ..USUAL },
];

/// Returns every built-in scheme, in the order of the documentation.
pub fn all() -> Vec<Scheme> {
    TABLE.iter().map(scheme).collect()
}

const RIGHT: &str = "the table is read by a test";

fn scheme(row: &Row) -> Scheme {
    let places = |texts: &[&str]| texts.iter().map(|text| Place::parse(text).expect(RIGHT)).collect();
    let challenge = row.challenge.map(|[at, is, echo]| Challenge {
        at: Pointer::parse(at).expect(RIGHT),
        is: is.to_owned(),
        echo: Pointer::parse(echo).expect(RIGHT),
    });
    Scheme {
        name: Slug::parse(row.name).expect(RIGHT),
        signature: (!row.headers.is_empty()).then(|| signature(row)),
        delivery_id: places(row.delivery_id),
        event_type: places(row.event_type),
        challenge,
    }
}

fn signature(row: &Row) -> Signature {
    let header = |name: &str| HeaderName::parse(name).expect(RIGHT);
    let field = |name: &str| FieldName::parse(name).expect(RIGHT);
    let (shape, prefixes) = match row.value {
        Value::Single(prefixes) => (Shape::Single, prefixes),
        Value::Fields(name) => (Shape::Fields(field(name)), &[] as &[&str]),
        Value::Versions(name) => (Shape::Versions(field(name)), &[] as &[&str]),
    };
    let secret_prefix = match row.secret {
        SecretForm::Text => "",
        SecretForm::Base64 => BASE64_PREFIX,
    };
    Signature {
        headers: row.headers.iter().map(|name| header(name)).collect(),
        hash: MacHash::Sha256,
        encoding: row.encoding,
        shape,
        prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        signed: Template::parse(row.signed).expect(RIGHT),
        secret: row.secret,
        secret_prefix: secret_prefix.to_owned(),
        timestamp: row.timestamp.map(|place| Place::parse(place).expect(RIGHT)),
        tolerance: TOLERANCE,
        id: row.id.map(header),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scheme::definition::SecretError;

    #[test]
    fn every_row_is_a_scheme_whose_parts_fit() {
        let names: Vec<_> = all().iter().map(|scheme| scheme.name.to_string()).collect();
        assert_eq!(
            names,
            ["hmac-sha256", "github", "stripe", "shopify", "square", "slack", "standard", "none"]
        );
        for scheme in all() {
            assert_eq!(scheme.misfits(), [], "{}", scheme.name);
            assert_eq!(scheme.signature.is_none(), scheme.name.as_str() == NONE);
        }
    }

    fn misfits_of(change: impl FnOnce(&mut Signature)) -> Vec<&'static str> {
        let mut scheme = all().into_iter().find(|scheme| scheme.name.as_str() == "standard").unwrap();
        change(scheme.signature.as_mut().unwrap());
        scheme.misfits().iter().map(|misfit| misfit.field).collect()
    }

    #[test]
    fn parts_that_do_not_fit_are_named() {
        assert_eq!(misfits_of(|_| ()), [""; 0]);
        assert_eq!(misfits_of(|signature| signature.headers.clear()), ["headers"]);
        assert_eq!(misfits_of(|signature| signature.prefixes = vec!["v0=".into()]), ["prefixes"]);
        assert_eq!(misfits_of(|signature| signature.timestamp = None), ["timestamp"]);
        assert_eq!(misfits_of(|signature| signature.timestamp = Place::parse("field:t").ok()), ["timestamp"]);
        assert_eq!(misfits_of(|signature| signature.timestamp = Place::parse("json:/t").ok()), ["timestamp"]);
        assert_eq!(
            misfits_of(|signature| signature.signed = Template::parse("{body}").unwrap()),
            ["timestamp", "id"]
        );
        assert_eq!(misfits_of(|signature| signature.id = None), ["id"]);
        assert_eq!(misfits_of(|signature| signature.secret = SecretForm::Text), ["secret_prefix"]);
    }

    #[test]
    fn a_secret_is_of_its_schemes_form() {
        let known = all();
        let signature = |name: &str| {
            known
                .iter()
                .find(|scheme| scheme.name.as_str() == name)
                .and_then(|scheme| scheme.signature.clone())
                .unwrap()
        };
        let (standard, stripe) = (signature("standard"), signature("stripe"));
        assert_eq!(standard.secret_of(&[0; 24]), format!("whsec_{}", "A".repeat(32)));
        assert_eq!(standard.key("whsec_AAAA"), Some(vec![0; 3]));
        assert_eq!(standard.key("AAAA"), Some(vec![0; 3]));
        assert_eq!(standard.check_secret("whsec_"), Err(SecretError::Base64));
        assert_eq!(standard.check_secret("whsec_AAA"), Err(SecretError::Base64));
        assert_eq!(stripe.key("whsec_AAA"), Some(b"whsec_AAA".to_vec()));
        assert_eq!(stripe.check_secret(""), Err(SecretError::Length));
        assert_eq!(stripe.check_secret(&"x".repeat(1_025)), Err(SecretError::Length));
        assert_eq!(stripe.check_secret("a\nb"), Err(SecretError::Control));
        assert!(stripe.check_secret(&stripe.secret_of(&[7; 32])).is_ok());
    }
}
