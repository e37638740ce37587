//! `[schemes.NAME]`: signature schemes of the operator's own, with the fields that the built-in ones have.

use crate::config::choice::{Choice, choice};
use crate::config::kind::{Kind, Wording};
use crate::config::setting::{Row, section};
use crate::config::spelling::{Many, One, Words};
use crate::crypto::mac::MacHash;
use crate::domain::names::Slug;
use crate::domain::scheme::definition::{
    Challenge, Encoding, LIST_LEN_MAX, Scheme, SecretForm, Shape, Signature, TOLERANCE,
};
use crate::domain::scheme::place::{FieldName, HeaderName, Place, Pointer};
use crate::domain::scheme::template::Template;
use std::time::Duration;

const HEADER_NAMES: Wording = Wording {
    words: "list of header names",
    refusal: "not a list of header names",
    hint: "write names of headers, such as [\"X-Vendor-Signature\"]",
};

const HEADER_NAME: Wording = Wording {
    words: "header name",
    refusal: "not a header's name",
    hint: "write a header's name, such as X-Vendor-Id",
};

const FIELD_NAME: Wording =
    Wording { words: "name", refusal: "not a name", hint: "write letters, digits, _ and -, such as v1" };

const TEXT: Wording =
    Wording { words: "text", refusal: "not a text", hint: "write printable ASCII without commas" };

const TEXTS: Wording = Wording {
    words: "list of texts",
    refusal: "not a list of texts",
    hint: "write texts without commas, such as [\"sha256=\", \"\"]",
};

const TEMPLATE: Wording = Wording {
    words: "text with {body}, {timestamp}, {id}, {url}",
    refusal: "not a text",
    hint: "write such as {timestamp}.{body}",
};

const TIME_PLACE: Wording = Wording {
    words: "header:NAME or field:NAME",
    refusal: "not a place",
    hint: "write header:NAME or field:NAME",
};

const PLACES: Wording = Wording {
    words: "list of header:NAME and json:/POINTER",
    refusal: "not a list of places",
    hint: "write places such as [\"header:X-Vendor-Id\", \"json:/event/id\"]",
};

const POINTER: Wording =
    Wording { words: "JSON pointer", refusal: "not a JSON pointer", hint: "write such as /event/id" };

choice! {
    /// What the signature's header looks like.
    pub enum ShapeWord {
        /// One signature behind a prefix.
        Single = "single",
        /// Named fields, separated by commas.
        Fields = "fields",
        /// Signatures with versions, separated by spaces.
        Versions = "versions",
    }
}

/// Gives an enum of the domain its words.
macro_rules! words {
    ($($type:ident { $($value:ident = $word:literal),+ })+) => {
        $( impl Choice for $type {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$value)),+];
        } )+
    };
}

words! {
    MacHash { Sha256 = "hmac-sha256", Sha1 = "hmac-sha1", Sha512 = "hmac-sha512" }
    Encoding { Hex = "hex", Base64 = "base64" }
    SecretForm { Text = "text", Base64 = "base64" }
}

section! {
    /// A signature scheme of your own, beside the built-in ones; sources refer to it by its name.
    pub struct SchemeConfig in "schemes.NAME" {
        /// Headers that may hold the signature: at least one must be there, and every one that is there must hold.
        "headers" headers: Many<HeaderName> = Many(Vec::new()), Row::of(Kind::List(&HEADER_NAMES, LIST_LEN_MAX));

        /// Hash function under the HMAC.
        "algorithm" algorithm: MacHash = MacHash::Sha256,
            Row::of(Kind::Choice(&["hmac-sha256", "hmac-sha1", "hmac-sha512"]));

        /// How the signature is written.
        "encoding" encoding: Encoding = Encoding::Hex, Row::of(Kind::Choice(&["hex", "base64"]));

        /// What the header looks like. `single`: one signature behind a prefix. `fields`: `t=…,v1=…,v1=…`, any
        /// `version` field may hold. `versions`: `v1,… v1,…` with blanks between, any of the `version` may hold.
        "shape" shape: ShapeWord = ShapeWord::Single, Row::of(Kind::Choice(ShapeWord::WORDS));

        /// Name of the fields, or the version, that hold signatures, where the shape has such.
        "version" version: One<FieldName> = One(None), Row::of(Kind::Spelled(&FIELD_NAME));

        /// What a single signature may begin with; an empty one stands for nothing. Their case counts.
        "prefixes" prefixes: Many<Words> = Many(Vec::new()), Row::of(Kind::List(&TEXTS, LIST_LEN_MAX));

        /// What is signed: text, and in brackets the body, the timestamp and the delivery's id as they were sent, and
        /// the source's notification address.
        "signed" signed: Template = Template::parse("{body}").expect("this is a template"),
            Row::of(Kind::Spelled(&TEMPLATE));

        /// How a secret's text becomes the key: as it is, or decoded.
        "secret" secret: SecretForm = SecretForm::Text, Row::of(Kind::Choice(&["text", "base64"]));

        /// What a Base64 secret may begin with, such as `whsec_`.
        "secret_prefix" secret_prefix: One<Words> = One(None), Row::of(Kind::Spelled(&TEXT));

        /// Where the time of signing stands, in seconds since 1970; it must be signed.
        "timestamp" timestamp: One<Place> = One(None), Row::of(Kind::Spelled(&TIME_PLACE));

        /// How far the time of signing may lie in the past or the future.
        "tolerance" tolerance: Duration = TOLERANCE, Row::of(Kind::duration(1, 86_400));

        /// Header that holds the delivery's id, where that is signed.
        "id" id: One<HeaderName> = One(None), Row::of(Kind::Spelled(&HEADER_NAME));

        /// Where the delivery's id stands, by which repeats are known; the first place that holds one counts.
        "delivery_id" delivery_id: Many<Place> = Many(Vec::new()), Row::of(Kind::List(&PLACES, LIST_LEN_MAX));

        /// Where the event's type stands; the first place that holds one counts.
        "event_type" event_type: Many<Place> = Many(Vec::new()), Row::of(Kind::List(&PLACES, LIST_LEN_MAX));

        /// Where the value stands that tells the provider's question whether anybody is there.
        "challenge_at" challenge_at: One<Pointer> = One(None), Row::of(Kind::Spelled(&POINTER));

        /// The value that tells it. Such a payload is answered and not stored.
        "challenge_is" challenge_is: One<Words> = One(None), Row::of(Kind::Spelled(&TEXT));

        /// Where the text stands that is sent back.
        "challenge_echo" challenge_echo: One<Pointer> = One(None), Row::of(Kind::Spelled(&POINTER));
    }
}

/// What is wrong with a scheme as a whole: the field, the reason, the way out.
pub(super) type Misfit = (&'static str, &'static str, &'static str);

impl SchemeConfig {
    /// Makes a scheme of the name, or says everything that does not fit.
    pub(super) fn scheme(self, name: Slug) -> Result<Scheme, Vec<Misfit>> {
        let mut misfits = Vec::new();
        let shape = match (self.shape, self.version.0) {
            (ShapeWord::Fields, Some(name)) => Shape::Fields(name),
            (ShapeWord::Versions, Some(name)) => Shape::Versions(name),
            (ShapeWord::Single, version) => {
                if version.is_some() {
                    misfits.push((
                        "version",
                        "not used, because shape is single",
                        "take it out, or set shape",
                    ));
                }
                Shape::Single
            }
            (ShapeWord::Fields | ShapeWord::Versions, None) => {
                misfits.push((
                    "version",
                    "missing, but the shape needs it",
                    "write the name before signatures, such as v1",
                ));
                Shape::Single
            }
        };
        let challenge = match (self.challenge_at.0, self.challenge_is.0, self.challenge_echo.0) {
            (None, None, None) => None,
            (Some(at), Some(Words(is)), Some(echo)) => Some(Challenge { at, is, echo }),
            _ => {
                let hint = "set challenge_at, challenge_is and challenge_echo, or none of them";
                misfits.push(("challenge_at", "only a part of a challenge", hint));
                None
            }
        };
        let signature = Signature {
            headers: self.headers.0,
            hash: self.algorithm,
            encoding: self.encoding,
            shape,
            prefixes: self.prefixes.0.into_iter().map(|Words(prefix)| prefix).collect(),
            signed: self.signed,
            secret: self.secret,
            secret_prefix: self.secret_prefix.0.map(|Words(prefix)| prefix).unwrap_or_default(),
            timestamp: self.timestamp.0,
            tolerance: self.tolerance,
            id: self.id.0,
        };
        let (delivery_id, event_type) = (self.delivery_id.0, self.event_type.0);
        let scheme = Scheme { name, signature: Some(signature), delivery_id, event_type, challenge };
        if misfits.is_empty() {
            misfits.extend(
                scheme.misfits().into_iter().map(|misfit| (misfit.field, misfit.reason, misfit.hint)),
            );
        }
        if misfits.is_empty() { Ok(scheme) } else { Err(misfits) }
    }
}
