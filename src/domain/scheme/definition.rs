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
        let mut misfits = Misfits::default();
        for (field, places) in [("delivery_id", &self.delivery_id), ("event_type", &self.event_type)] {
            let in_fields = places.iter().any(|place| matches!(place, Place::Field(_)));
            let hint = "write header:NAME or json:/POINTER";
            misfits.add_if(in_fields, field, "a field of the signature holds neither", hint);
            let many = places.len() > LIST_LEN_MAX;
            misfits.add_if(many, field, "more than 4 places", "name the ones the provider uses");
        }
        let of_signature = self.signature.as_ref().map(Signature::misfits);
        misfits.0.into_iter().chain(of_signature.into_iter().flatten()).collect()
    }
}

/// Parts that do not fit, as they are found.
#[derive(Default)]
struct Misfits(Vec<Misfit>);

impl Misfits {
    fn add_if(&mut self, wrong: bool, field: &'static str, reason: &'static str, hint: &'static str) {
        if wrong {
            self.0.push(Misfit { field, reason, hint });
        }
    }
}

impl Signature {
    fn misfits(&self) -> Vec<Misfit> {
        let mut misfits = Misfits::default();
        self.value_misfits(&mut misfits);
        self.time_misfits(&mut misfits);
        let has_id = self.signed.holds(&Piece::Id);
        let (missing, unused) = (has_id && self.id.is_none(), !has_id && self.id.is_some());
        misfits.add_if(missing, "id", "missing, but `signed` holds {id}", "name the header that holds it");
        misfits.add_if(unused, "id", "not used, because `signed` holds no {id}", "take it out");
        let text = self.secret == SecretForm::Text && !self.secret_prefix.is_empty();
        misfits.add_if(text, "secret_prefix", "only a base64 secret has one", "take it out");
        misfits.0
    }

    fn value_misfits(&self, misfits: &mut Misfits) {
        let (none, many) = (self.headers.is_empty(), self.headers.len() > LIST_LEN_MAX);
        misfits.add_if(none, "headers", "missing", "name the header that holds the signature");
        misfits.add_if(many, "headers", "more than 4 headers", "name those the provider sends");
        let unused = self.shape != Shape::Single && !self.prefixes.is_empty();
        misfits.add_if(unused, "prefixes", "only a single signature has one", "take it out");
        let unfit = |prefix: &String| {
            prefix.len() > PREFIX_LEN_MAX || prefix.bytes().any(|byte| !(b' '..=b'~').contains(&byte))
        };
        misfits.add_if(
            self.prefixes.len() > LIST_LEN_MAX || self.prefixes.iter().any(unfit),
            "prefixes",
            "more than 4, longer than 32 bytes, or not printable ASCII",
            "write what stands before the signature, such as sha256=",
        );
    }

    fn time_misfits(&self, misfits: &mut Misfits) {
        let has_time = self.signed.holds(&Piece::Timestamp);
        let in_field = matches!(&self.timestamp, Some(Place::Field(_)));
        let hint = "write header:NAME or field:NAME";
        let missing = "missing, but `signed` holds {timestamp}";
        misfits.add_if(has_time && self.timestamp.is_none(), "timestamp", missing, hint);
        misfits.add_if(
            !has_time && self.timestamp.is_some(),
            "timestamp",
            "not signed, so that anybody could change it",
            "put {timestamp} into `signed`, or take it out",
        );
        let in_payload = matches!(&self.timestamp, Some(Place::Json(_)));
        misfits.add_if(in_payload, "timestamp", "the payload is read only after its signature", hint);
        let of_no_fields = in_field && !matches!(self.shape, Shape::Fields(_));
        let (reason, hint) =
            ("only a signature of shape fields has fields", "set shape to fields, or write header:NAME");
        misfits.add_if(of_no_fields, "timestamp", reason, hint);
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
