//! What a scheme consists of, and what of it must fit together.

use crate::crypto::mac::MacHash;
use crate::domain::names::Slug;
use crate::domain::scheme::place::{FieldName, HeaderName, Place, Pointer};
use crate::domain::scheme::template::{Piece, Template};
use data_encoding::BASE64;
use std::time::Duration;

/// How far a timestamp may lie in the past or the future unless a scheme says otherwise: clocks differ, and a recorded
/// delivery must not be played back later.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// Most headers, prefixes or places a scheme names.
pub const LIST_LEN_MAX: usize = 4;

/// Longest prefix in bytes.
const PREFIX_LEN_MAX: usize = 32;

/// Longest secret in bytes; providers give out some dozens.
pub const SECRET_LEN_MAX: usize = 1_024;

/// A scheme: how a delivery proves who sent it, and what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Its name, which sources refer to.
    pub name: Slug,
    /// What a delivery is signed with; none: not at all.
    pub signature: Option<Signature>,
    /// Where the delivery's id stands; the first place that holds one counts.
    pub delivery_id: Vec<Place>,
    /// Where the event's type stands; likewise.
    pub event_type: Vec<Place>,
    /// How the provider asks whether anybody is there.
    pub challenge: Option<Challenge>,
}

/// How a signature is made and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Headers that may hold it; at least one must be there and every one that is there must hold.
    pub headers: Vec<HeaderName>,
    /// Hash function under the HMAC.
    pub hash: MacHash,
    /// How the code is written.
    pub encoding: Encoding,
    /// What a header's value looks like.
    pub shape: Shape,
    /// What a single value may begin with; an empty one stands for nothing.
    pub prefixes: Vec<String>,
    /// What is signed.
    pub signed: Template,
    /// How a secret's text becomes the key.
    pub secret: SecretForm,
    /// What a Base64 secret may begin with.
    pub secret_prefix: String,
    /// Where the time of signing stands, in seconds since 1970.
    pub timestamp: Option<Place>,
    /// How far the time of signing may lie from now, in either direction.
    pub tolerance: Duration,
    /// Header of the delivery's id, where it is signed.
    pub id: Option<HeaderName>,
}

/// How a code is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal digits of either case: every provider writes lower case, some libraries upper.
    Hex,
    /// Base64 with padding (RFC 4648, 4).
    Base64,
}

/// What a signature header's value looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One code behind a prefix: `sha256=…`.
    Single,
    /// Fields with names, separated by commas: `t=…,v1=…,v1=…`. Any of those with the name may hold.
    Fields(FieldName),
    /// Codes with versions, separated by spaces: `v1,… v1,…`. Any of those with the version may hold.
    Versions(FieldName),
}

/// How a secret's text becomes the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretForm {
    /// The text's bytes are the key.
    Text,
    /// The text is Base64 of the key, behind the prefix or without it.
    Base64,
}

/// A question whether anybody is there: a payload that has a value in a place is answered with the text in another and
/// not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Where the value stands that tells such a question.
    pub at: Pointer,
    /// The value.
    pub is: String,
    /// Where the text stands that is sent back.
    pub echo: Pointer,
}

/// A part of a scheme that does not fit the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The part, as it is called in the configuration.
    pub field: &'static str,
    /// What is wrong.
    pub reason: &'static str,
    /// The way out.
    pub hint: &'static str,
}

/// Why a text cannot be a secret of a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing, or too much.
    #[error("the secret is empty or longer than 1,024 bytes; hint: give the one the provider shows")]
    Length,
    /// A control character.
    #[error("the secret holds a control character; hint: give it as one line")]
    Control,
    /// Not Base64.
    #[error(
        "the secret is not Base64, with or without `whsec_` before it; hint: copy all of what the provider shows"
    )]
    Base64,
}

impl Scheme {
    /// Returns every part that does not fit the others; a scheme without any can be used.
    pub fn misfits(&self) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        let mut add = |wrong: bool, field, reason, hint| {
            if wrong {
                misfits.push(Misfit { field, reason, hint });
            }
        };
        for (field, places) in [("delivery_id", &self.delivery_id), ("event_type", &self.event_type)] {
            let fields = places.iter().any(|place| matches!(place, Place::Field(_)));
            add(
                fields,
                field,
                "a field of the signature holds neither",
                "write header:NAME or json:/POINTER",
            );
            add(places.len() > LIST_LEN_MAX, field, "more than 4 places", "name the ones the provider uses");
        }
        if let Some(signature) = &self.signature {
            misfits.extend(signature.misfits());
        }
        misfits
    }
}

impl Signature {
    fn misfits(&self) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        let mut add = |wrong: bool, field, reason, hint| {
            if wrong {
                misfits.push(Misfit { field, reason, hint });
            }
        };
        add(self.headers.is_empty(), "headers", "missing", "name the header that holds the signature");
        add(
            self.headers.len() > LIST_LEN_MAX,
            "headers",
            "more than 4 headers",
            "name those the provider sends",
        );
        let single = self.shape == Shape::Single;
        add(
            !single && !self.prefixes.is_empty(),
            "prefixes",
            "only a single signature has one",
            "take it out",
        );
        let unfit = |prefix: &String| {
            prefix.len() > PREFIX_LEN_MAX || prefix.bytes().any(|byte| !(b' '..=b'~').contains(&byte))
        };
        add(
            self.prefixes.len() > LIST_LEN_MAX || self.prefixes.iter().any(unfit),
            "prefixes",
            "more than 4, longer than 32 bytes, or not printable ASCII",
            "write what stands before the signature, such as sha256=",
        );
        let has_time = self.signed.holds(&Piece::Timestamp);
        add(
            has_time && self.timestamp.is_none(),
            "timestamp",
            "missing, but `signed` holds {timestamp}",
            "write header:NAME or field:NAME",
        );
        add(
            !has_time && self.timestamp.is_some(),
            "timestamp",
            "not signed, so that anybody could change it",
            "put {timestamp} into `signed`, or take it out",
        );
        add(
            matches!(&self.timestamp, Some(Place::Json(_))),
            "timestamp",
            "the payload is read only after its signature",
            "write header:NAME or field:NAME",
        );
        add(
            matches!(&self.timestamp, Some(Place::Field(_))) && !matches!(self.shape, Shape::Fields(_)),
            "timestamp",
            "only a signature of shape fields has fields",
            "set shape to fields, or write header:NAME",
        );
        let has_id = self.signed.holds(&Piece::Id);
        add(
            has_id && self.id.is_none(),
            "id",
            "missing, but `signed` holds {id}",
            "name the header that holds it",
        );
        add(!has_id && self.id.is_some(), "id", "not used, because `signed` holds no {id}", "take it out");
        let text = self.secret == SecretForm::Text;
        add(
            text && !self.secret_prefix.is_empty(),
            "secret_prefix",
            "only a base64 secret has one",
            "take it out",
        );
        misfits
    }

    /// Returns the key that a secret's text stands for; none if it is not of this form.
    pub fn key(&self, secret: &str) -> Option<Vec<u8>> {
        match self.secret {
            SecretForm::Text => Some(secret.as_bytes().to_vec()),
            SecretForm::Base64 => {
                let bare = secret.strip_prefix(self.secret_prefix.as_str()).unwrap_or(secret);
                BASE64.decode(bare.as_bytes()).ok().filter(|key| !key.is_empty())
            }
        }
    }

    /// Checks that a text can be a secret.
    pub fn check_secret(&self, secret: &str) -> Result<(), SecretError> {
        if !(1..=SECRET_LEN_MAX).contains(&secret.len()) {
            return Err(SecretError::Length);
        }
        if secret.chars().any(char::is_control) {
            return Err(SecretError::Control);
        }
        self.key(secret).map(drop).ok_or(SecretError::Base64)
    }

    /// Makes a secret's text out of random bytes.
    pub fn secret_of(&self, random: &[u8]) -> String {
        match self.secret {
            SecretForm::Text => data_encoding::HEXLOWER.encode(random),
            SecretForm::Base64 => format!("{}{}", self.secret_prefix, BASE64.encode(random)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scheme::builtin;

    fn scheme(change: impl FnOnce(&mut Signature)) -> Vec<&'static str> {
        let mut scheme =
            builtin::all().into_iter().find(|scheme| scheme.name.as_str() == "standard").unwrap();
        change(scheme.signature.as_mut().unwrap());
        scheme.misfits().iter().map(|misfit| misfit.field).collect()
    }

    #[test]
    fn parts_that_do_not_fit_are_named() {
        assert_eq!(scheme(|_| ()), [""; 0]);
        assert_eq!(scheme(|signature| signature.headers.clear()), ["headers"]);
        assert_eq!(scheme(|signature| signature.prefixes = vec!["v0=".into()]), ["prefixes"]);
        assert_eq!(scheme(|signature| signature.timestamp = None), ["timestamp"]);
        assert_eq!(scheme(|signature| signature.timestamp = Place::parse("field:t").ok()), ["timestamp"]);
        assert_eq!(scheme(|signature| signature.timestamp = Place::parse("json:/t").ok()), ["timestamp"]);
        assert_eq!(
            scheme(|signature| signature.signed = Template::parse("{body}").unwrap()),
            ["timestamp", "id"]
        );
        assert_eq!(scheme(|signature| signature.id = None), ["id"]);
        assert_eq!(scheme(|signature| signature.secret = SecretForm::Text), ["secret_prefix"]);
    }

    #[test]
    fn a_secret_is_of_its_schemes_form() {
        let known = builtin::all();
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
