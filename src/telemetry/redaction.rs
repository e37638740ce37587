//! Secrets are masked in every line before it is written, however they came into it.
//!
//! Code never logs a secret on purpose. This is the second line of defence, for text that came from outside and went
//! into a message by way of an error: what has the shape of a credential is masked wherever it stands, and so is the
//! value of every member, parameter or header with a name that promises a secret. It works on the finished line, in the
//! thread that writes lines, so that no request pays for it; and it keeps a JSON line a JSON line.

use super::secret_value::{self, Masked};
use std::borrow::Cow;
use std::collections::HashSet;

/// Longest name that is compared; what is longer is no name.
const NAME_LEN_MAX: usize = 64;

/// Headers that carry credentials. They are masked whatever the settings say, to the end of the text they stand in.
const HEADERS: [&str; 13] = [
    "signature",
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "x-signature",
    "x-webhook-signature",
    "x-hub-signature-256",
    "stripe-signature",
    "x-shopify-hmac-sha256",
    "x-square-hmacsha256-signature",
    "webhook-signature",
];

/// Prefixes of credentials that tell what they are.
const PREFIXES: [&[u8]; 4] = [b"mst_", b"whsec_", b"whsk_", b"xoxb-"];

/// Schemes in front of credentials.
const SCHEMES: [&[u8]; 2] = [b"bearer", b"basic"];

/// Words after a scheme that are shorter are prose.
const CREDENTIAL_LEN_MIN: usize = 6;

/// Names in front of signatures, and from which length on what follows is one: `v1=1` may be anything.
const SIGNATURES: [(&[u8], usize); 6] =
    [(b"sha256", 1), (b"sha1", 1), (b"sha512", 1), (b"v0", 16), (b"v1", 16), (b"v1a", 16)];

#[derive(Clone, Debug)]
pub(super) struct Redaction {
    /// In lower case, without `_` and `-`: `card_number`, `Card-Number` and `cardNumber` are one name.
    names: HashSet<Vec<u8>>,
    headers: HashSet<Vec<u8>>,
}

impl Redaction {
    /// Masks the values of fields with these names besides what is masked always.
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let all = |names: &mut dyn Iterator<Item = &'a str>| {
            names.map(|name| normal(name.as_bytes()).collect()).collect()
        };
        Self { names: all(&mut names.into_iter()), headers: all(&mut HEADERS.into_iter()) }
    }

    pub(super) fn apply<'a>(&self, line: &'a [u8]) -> Cow<'a, [u8]> {
        let (mut clean, mut copied, mut at) = (Vec::new(), 0, 0);
        while let Some(byte) = line.get(at) {
            if !is_word(*byte) {
                at = secret_value::skip_colour(line, at).max(at + 1);
                continue;
            }
            let begin = after_escape(line, at);
            let end = word_end(line, begin);
            let Some(masked) = self.find(line, begin, end) else {
                at = end.max(at + 1);
                continue;
            };
            clean.extend_from_slice(line.get(copied..masked.begin).unwrap_or_default());
            masked.write(&mut clean);
            copied = masked.end;
            at = masked.end.max(end);
        }
        if copied == 0 {
            return Cow::Borrowed(line);
        }
        clean.extend_from_slice(line.get(copied..).unwrap_or_default());
        Cow::Owned(clean)
    }

    /// Returns what is secret at or behind the word.
    fn find(&self, line: &[u8], begin: usize, end: usize) -> Option<Masked> {
        let word = line.get(begin..end)?;
        if let Some(prefix) = PREFIXES.iter().find_map(|prefix| memchr::memmem::find(word, prefix)) {
            return Some(Masked::plain(begin + prefix, secret_value::credential_end(line, end)));
        }
        let named = |known: &[u8]| word.eq_ignore_ascii_case(known);
        if SCHEMES.iter().any(|scheme| named(scheme)) {
            return behind_scheme(line, end);
        }
        if let Some((_, len_min)) = SIGNATURES.iter().find(|(name, _)| named(name)) {
            return behind_sign(line, end, *len_min);
        }
        if word.len() > NAME_LEN_MAX {
            return None;
        }
        if is_among(&self.headers, word) {
            return secret_value::of_header(line, end);
        }
        is_among(&self.names, word).then(|| secret_value::of_field(line, end)).flatten()
    }
}

fn behind_scheme(line: &[u8], end: usize) -> Option<Masked> {
    let rest = line.get(end..)?;
    let blank = [&b" "[..], b"+", b"%20"].into_iter().find(|blank| rest.starts_with(blank))?;
    let begin = end + blank.len();
    let end = secret_value::credential_end(line, begin);
    (end >= begin + CREDENTIAL_LEN_MIN).then_some(Masked::plain(begin, end))
}

fn behind_sign(line: &[u8], end: usize, len_min: usize) -> Option<Masked> {
    matches!(line.get(end)?, b'=' | b',').then_some(())?;
    let stop = secret_value::credential_end(line, end + 1);
    (stop > end + len_min).then_some(Masked::plain(end + 1, stop))
}

/// Tells whether a word, or its end behind a `_` or `-`, is a name: `db_password` is a password.
fn is_among(names: &HashSet<Vec<u8>>, word: &[u8]) -> bool {
    let parts = word.iter().enumerate().filter(|(_, byte)| matches!(byte, b'_' | b'-'));
    let ends = std::iter::once(0).chain(parts.map(|(at, _)| at + 1));
    let mut buffer = [0; NAME_LEN_MAX];
    ends.into_iter().any(|begin| {
        let end = normal(word.get(begin..).unwrap_or_default());
        let len = buffer.iter_mut().zip(end).map(|(place, byte)| *place = byte).count();
        names.contains(buffer.get(..len).unwrap_or_default())
    })
}

fn normal(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().filter(|byte| !matches!(byte, b'_' | b'-')).map(u8::to_ascii_lowercase)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn word_end(line: &[u8], begin: usize) -> usize {
    let len = line.get(begin..).map_or(0, |rest| rest.iter().take_while(|byte| is_word(**byte)).count());
    begin + len
}

/// Returns where a word begins that may follow an escape such as `\n`, `\u000a` or `%0a`: its letters belong to no name.
fn after_escape(line: &[u8], at: usize) -> usize {
    let before = at.checked_sub(1).and_then(|before| line.get(before));
    let escaped = before == Some(&b'\\');
    match line.get(at) {
        Some(_) if before == Some(&b'%') => (at + 2).min(line.len()),
        Some(b'n' | b't' | b'r' | b'b' | b'f') if escaped => at + 1,
        Some(b'u') if escaped => (at + 5).min(line.len()),
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::super::secret_value::MASK;
    use super::*;
    use proptest::prelude::*;

    fn redaction() -> Redaction {
        Redaction::new(["password", "token", "card_number", "cvv"])
    }

    fn redacted(line: &str) -> String {
        String::from_utf8(redaction().apply(line.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn what_looks_like_a_credential_is_masked_wherever_it_stands() {
        for (line, clean) in [
            ("saw mst_abc_DEF-1 twice", "saw [redacted] twice"),
            ("x-mst_abc_DEF", "x-[redacted]"),
            ("whsec_MfKQ9r8GKYq+/w== and whsk_MfKQ/+==", "[redacted] and [redacted]"),
            ("Bearer eyJhbGciOi.J9~x, next", "Bearer [redacted], next"),
            ("a%20bearer%20c2VjcmV0", "a%20bearer%20[redacted]"),
            ("Basic dXNlcjpwYXNz\"", "Basic [redacted]\""),
            ("sha256=00ff17;", "sha256=[redacted];"),
            ("t=1,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e7", "t=1,v1=[redacted]"),
            ("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,[redacted]"),
        ] {
            assert_eq!(redacted(line), clean);
        }
    }

    #[test]
    fn values_of_named_fields_are_masked_in_every_notation() {
        for (line, clean) in [
            (r#"{"password":"hunter2","a":1}"#, r#"{"password":"[redacted]","a":1}"#),
            (r#"{"cvv": 123, "a":1}"#, r#"{"cvv": "[redacted]", "a":1}"#),
            (r#"{"cardNumber":"4111 1111"}"#, r#"{"cardNumber":"[redacted]"}"#),
            (
                r#"Login { db_password: Some("a\"b"), n: 1 }"#,
                r#"Login { db_password: Some("[redacted]"), n: 1 }"#,
            ),
            ("/x?token=abc&b=2", "/x?token=[redacted]&b=2"),
            ("got a\\npassword=x", "got a\\npassword=[redacted]"),
            ("Cookie: a=b; c=d", "Cookie: [redacted]"),
            (r#"{"authorization": "Digest x"}"#, r#"{"authorization": "[redacted]"}"#),
            (
                "\u{1b}[3mpassword\u{1b}[0m\u{1b}[2m=\u{1b}[0m\"x y\"",
                "\u{1b}[3mpassword\u{1b}[0m\u{1b}[2m=\u{1b}[0m\"[redacted]\"",
            ),
        ] {
            assert_eq!(redacted(line), clean);
        }
    }

    #[test]
    fn json_in_the_text_of_a_json_line_is_masked_and_the_line_stays_json() {
        let inner = serde_json::json!({"password": "a\"b\\", "cvv": 7, "token": {"deep": ["x-secret"]}});
        for message in [inner.to_string(), serde_json::json!(inner.to_string()).to_string()] {
            let line = serde_json::json!({"message": message, "status": 400}).to_string();
            let clean = redacted(&line);
            let read: serde_json::Value = serde_json::from_str(&clean).unwrap();
            assert!(read["message"].as_str().unwrap().contains("[redacted]"), "{clean}");
            assert_eq!(read["status"], 400);
            assert!(!clean.contains("x-secret") && !clean.contains("a\\") && !clean.contains('7'), "{clean}");
        }
    }

    #[test]
    fn prose_stays_as_it_is() {
        for line in [
            "the token: it is unknown",
            "a basic rule of v1=2 and sha256",
            r#"{"token_id":"abc","message":"Setting limits.cvv_x is off","v1":"x"}"#,
            "password",
            "GET /v1/events answered 200",
        ] {
            assert!(matches!(redaction().apply(line.as_bytes()), Cow::Borrowed(_)), "{}", redacted(line));
        }
    }

    fn assert_stays_json(message: &str) {
        let line = serde_json::json!({"message": message, "token": message, "status": 201}).to_string();
        let clean = redacted(&line);
        let read: serde_json::Value =
            serde_json::from_str(&clean).unwrap_or_else(|error| panic!("{error}: {clean}"));
        assert_eq!(read["status"].as_u64(), Some(201));
        assert!(read["token"] == MASK || message.is_empty(), "{clean}");
    }

    #[test]
    fn a_quote_alone_leaves_a_json_line() {
        assert_stays_json("\"");
    }

    proptest! {
        #[test]
        fn a_json_line_stays_a_json_line(message in r#"(\\|"|'|password|token|[:=,{}\[\] a]|mst_a|Bearer |sha256=|\n){0,24}"#) {
            assert_stays_json(&message);
        }

        #[test]
        fn any_bytes_are_taken(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = redaction().apply(&line);
        }
    }
}
