//! Does the signature hold? One function for every scheme; it reads no clock and compares in constant time.

use crate::crypto::digest::equal_in_constant_time;
use crate::crypto::mac::authenticate_once;
use crate::domain::scheme::definition::{Encoding, Shape, Signature};
use crate::domain::scheme::place::{HeaderName, Place};
use crate::domain::scheme::template::Piece;
use crate::domain::time::Timestamp;
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use std::time::Duration;

/// Longest signature header in bytes: two dozen signatures of the longest kind.
const HEADER_LEN_MAX: usize = 4_096;

/// Most signatures in a header: a provider that changes its secret sends two.
const SIGNATURES_MAX: usize = 16;

/// Most digits of a timestamp: seconds of the year 9999 have twelve.
const TIMESTAMP_LEN_MAX: usize = 12;

/// What a delivery's head says under a header's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// There is no such header.
    Nothing,
    /// It is there once.
    Once(&'a [u8]),
    /// It is there more than once, so that nobody knows which one is meant.
    Repeated,
}

/// A delivery's headers.
pub trait Headers {
    /// Finds a header by its name in lower case.
    fn find(&self, name: &str) -> Found<'_>;
}

/// What is signed besides the headers.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The body as received.
    pub body: &'a [u8],
    /// The address the provider was given; empty where none is configured.
    pub url: &'a str,
}

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header that the scheme needs is not there.
    #[error("the signature is missing; hint: sign the body and send the header {0}")]
    Missing(HeaderName),
    /// A header of the scheme was sent twice.
    #[error("the header {0} was sent more than once; hint: send it once")]
    Repeated(HeaderName),
    /// A header's value is not of the scheme's form.
    #[error(
        "the header {0} is not of the form its scheme has; hint: compare it with the provider's documentation"
    )]
    Malformed(HeaderName),
    /// The time of signing is too far from now.
    #[error("the signature was made more than {} s from now; hint: check both clocks, and sign every attempt anew", .0.as_secs())]
    Stale(Duration),
    /// No secret gives this signature.
    #[error("the signature is wrong; hint: check the secret, and that the body arrives as it was signed")]
    Wrong,
}

/// A value of a signature header, taken apart.
struct Value<'a> {
    codes: Vec<Vec<u8>>,
    /// What the field of the timestamp holds, where it has one.
    timestamp: Option<&'a [u8]>,
}

impl Signature {
    /// Checks what needs no body: that every header is there once, and holds a code as long as codes are.
    pub fn check_headers(&self, headers: &dyn Headers) -> Result<(), SignatureError> {
        for (name, bytes) in self.values(headers)? {
            let value = self.read(bytes);
            let is_code = |code: &Vec<u8>| code.len() == self.hash.code_len();
            if !value.is_some_and(|value| value.codes.iter().any(is_code)) {
                return Err(SignatureError::Malformed(name.clone()));
            }
        }
        self.header_timestamp(headers).map(drop)?;
        self.header_id(headers).map(drop)
    }

    /// Tells whether a header that may hold a signature is there, whatever it holds.
    pub fn is_there(&self, headers: &dyn Headers) -> bool {
        self.headers.iter().any(|name| headers.find(name.as_str()) != Found::Nothing)
    }

    /// Decides whether the delivery was signed with one of the secrets. Every secret is tried, whatever the others
    /// gave.
    pub fn verify(
        &self,
        secrets: &[&str],
        headers: &dyn Headers,
        signed: Signed<'_>,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let values = self.values(headers)?;
        let (own_time, id) = (self.header_timestamp(headers)?, self.header_id(headers)?);
        let keys: Vec<_> = secrets.iter().filter_map(|secret| self.key(secret)).collect();
        let mut all_hold = true;
        for (name, bytes) in values {
            let value = self.read(bytes).ok_or_else(|| SignatureError::Malformed(name.clone()))?;
            let timestamp = own_time.or(value.timestamp.map(|field| (name, field)));
            if let Some((name, digits)) = timestamp {
                self.check_time(name, digits, now)?;
            }
            let timestamp = timestamp.map_or(&[] as &[u8], |(_, digits)| digits);
            let pieces = self.pieces(signed, timestamp, id);
            let mut holds = false;
            for key in &keys {
                let code = authenticate_once(self.hash, key, &pieces);
                for sent in &value.codes {
                    holds |= equal_in_constant_time(&code, sent);
                }
            }
            all_hold &= holds;
        }
        if all_hold { Ok(()) } else { Err(SignatureError::Wrong) }
    }

    /// Returns the signature headers that are there, at least one.
    fn values<'a>(&self, headers: &'a dyn Headers) -> Result<Vec<(&HeaderName, &'a [u8])>, SignatureError> {
        let mut values = Vec::new();
        for name in &self.headers {
            match headers.find(name.as_str()) {
                Found::Nothing => {}
                Found::Once(value) => values.push((name, value)),
                Found::Repeated => return Err(SignatureError::Repeated(name.clone())),
            }
        }
        match self.headers.first() {
            Some(first) if values.is_empty() => Err(SignatureError::Missing(first.clone())),
            _ => Ok(values),
        }
    }

    fn header_timestamp<'a>(
        &'a self,
        headers: &'a dyn Headers,
    ) -> Result<Option<(&'a HeaderName, &'a [u8])>, SignatureError> {
        match &self.timestamp {
            Some(Place::Header(name)) => Ok(Some((name, needed(name, headers)?))),
            _ => Ok(None),
        }
    }

    fn header_id<'a>(&self, headers: &'a dyn Headers) -> Result<&'a [u8], SignatureError> {
        self.id.as_ref().map_or(Ok(&[]), |name| needed(name, headers))
    }

    /// Takes a header's value apart; none if it is not of the scheme's form.
    fn read<'a>(&self, value: &'a [u8]) -> Option<Value<'a>> {
        if value.len() > HEADER_LEN_MAX {
            return None;
        }
        let value = value.trim_ascii();
        match &self.shape {
            Shape::Single => {
                let code = self.without_prefix(value)?;
                Some(Value { codes: vec![self.decode(code)?], timestamp: None })
            }
            Shape::Fields(wanted) => self.read_fields(value, wanted.as_str()),
            Shape::Versions(wanted) => {
                let items = value.split(|byte| *byte == b' ').filter(|item| !item.is_empty());
                let codes = items
                    .filter_map(|item| split(item, b','))
                    .filter(|(name, _)| *name == wanted.as_str().as_bytes());
                Some(Value { codes: self.decode_all(codes.map(|(_, code)| code))?, timestamp: None })
            }
        }
    }

    fn read_fields<'a>(&self, value: &'a [u8], wanted: &str) -> Option<Value<'a>> {
        let fields: Vec<_> = value
            .split(|byte| *byte == b',')
            .map(|field| split(field.trim_ascii(), b'='))
            .collect::<Option<_>>()?;
        let named = |wanted: &str| {
            let wanted = wanted.as_bytes().to_vec();
            fields.iter().filter(move |(name, _)| *name == wanted).map(|(_, value)| *value)
        };
        let timestamp = match &self.timestamp {
            Some(Place::Field(name)) => {
                let mut times = named(name.as_str());
                let first = times.next()?;
                if times.next().is_some() {
                    return None;
                }
                Some(first)
            }
            _ => None,
        };
        Some(Value { codes: self.decode_all(named(wanted))?, timestamp })
    }

    /// Decodes codes of which any may hold: one that cannot be decoded is passed over, but there must be one left.
    fn decode_all<'a>(&self, codes: impl Iterator<Item = &'a [u8]>) -> Option<Vec<Vec<u8>>> {
        let codes: Vec<_> = codes.take(SIGNATURES_MAX + 1).collect();
        let decoded: Vec<_> = codes.iter().filter_map(|code| self.decode(code)).collect();
        (codes.len() <= SIGNATURES_MAX && !decoded.is_empty()).then_some(decoded)
    }

    fn without_prefix<'a>(&self, value: &'a [u8]) -> Option<&'a [u8]> {
        if self.prefixes.is_empty() {
            return Some(value);
        }
        let longest = self
            .prefixes
            .iter()
            .filter(|prefix| value.starts_with(prefix.as_bytes()))
            .max_by_key(|p| p.len());
        value.strip_prefix(longest?.as_bytes())
    }

    fn decode(&self, code: &[u8]) -> Option<Vec<u8>> {
        let decoded = match self.encoding {
            Encoding::Hex => HEXLOWER_PERMISSIVE.decode(code),
            Encoding::Base64 => BASE64.decode(code),
        };
        decoded.ok().filter(|code| !code.is_empty())
    }

    fn check_time(&self, name: &HeaderName, digits: &[u8], now: Timestamp) -> Result<(), SignatureError> {
        let malformed = || SignatureError::Malformed(name.clone());
        let plain = (1..=TIMESTAMP_LEN_MAX).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
        let text = std::str::from_utf8(digits).ok().filter(|_| plain).ok_or_else(malformed)?;
        let seconds: u64 = text.parse().map_err(|_error| malformed())?;
        if seconds.abs_diff(now.as_seconds()) > self.tolerance.as_secs() {
            return Err(SignatureError::Stale(self.tolerance));
        }
        Ok(())
    }

    fn pieces<'a>(&'a self, signed: Signed<'a>, timestamp: &'a [u8], id: &'a [u8]) -> Vec<&'a [u8]> {
        let piece = |piece: &'a Piece| match piece {
            Piece::Text(text) => text.as_bytes(),
            Piece::Body => signed.body,
            Piece::Timestamp => timestamp,
            Piece::Id => id,
            Piece::Url => signed.url.as_bytes(),
        };
        self.signed.pieces().iter().map(piece).collect()
    }
}

fn needed<'a>(name: &HeaderName, headers: &'a dyn Headers) -> Result<&'a [u8], SignatureError> {
    match headers.find(name.as_str()) {
        Found::Nothing => Err(SignatureError::Missing(name.clone())),
        Found::Once(value) => Ok(value.trim_ascii()),
        Found::Repeated => Err(SignatureError::Repeated(name.clone())),
    }
}

/// Splits at the first separator.
fn split(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == separator)?;
    let (name, rest) = text.split_at_checked(at)?;
    Some((name, rest.get(1..)?))
}
