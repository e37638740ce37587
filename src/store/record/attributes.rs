//! The attributes' bytes: whether there is a key (1 byte), the key's hash (16 bytes, zero without one), then fields of
//! tag (1 byte), length (2 bytes) and content. Unknown tags are passed over, so fields can be added.

use crate::domain::event::{Attributes, DataForm, ExtensionValue, Severity};
use crate::domain::idempotency::{IdempotencyKey, KeyHash};

const SOURCE: u8 = 1;
const TYPE: u8 = 2;
const SUBJECT: u8 = 3;
const TIME: u8 = 4;
const CONTENT_TYPE: u8 = 5;
const TRACE_ID: u8 = 6;
const ACTOR: u8 = 7;
const SEVERITY: u8 = 8;
const KEY: u8 = 9;
const SENDER_ID: u8 = 10;
const EXTENSION_TEXT: u8 = 11;
const EXTENSION_BOOLEAN: u8 = 12;
const EXTENSION_INTEGER: u8 = 13;
const DATA_FORM: u8 = 14;

/// Bytes before the first field.
const FIXED_LEN: usize = 17;

/// Appends attributes; the caller checks the length of what was added. A field over 65,535 bytes is cut there, which
/// the check of the whole (16 KiB) refuses.
pub fn encode(attributes: &Attributes, bytes: &mut Vec<u8>) {
    bytes.push(u8::from(attributes.key_hash.is_some()));
    bytes.extend_from_slice(&attributes.key_hash.map_or(0, |hash| hash.0).to_be_bytes());
    put(bytes, SOURCE, attributes.source.as_bytes());
    put(bytes, TYPE, attributes.event_type.as_bytes());
    let optional = [
        (SUBJECT, &attributes.subject),
        (TIME, &attributes.time),
        (CONTENT_TYPE, &attributes.content_type),
        (TRACE_ID, &attributes.trace_id),
        (ACTOR, &attributes.actor),
        (SENDER_ID, &attributes.sender_id),
    ];
    for (tag, text) in optional {
        if let Some(text) = text {
            put(bytes, tag, text.as_bytes());
        }
    }
    if let Some(severity) = attributes.severity {
        put(bytes, SEVERITY, severity.as_str().as_bytes());
    }
    if let Some(key) = &attributes.key {
        put(bytes, KEY, key.as_str().as_bytes());
    }
    for (name, value) in &attributes.extensions {
        put_extension(bytes, name, value);
    }
    if let Some(code) = form_code(attributes.data_form) {
        put(bytes, DATA_FORM, &[code]);
    }
}

/// Returns the code of a form that is written; most payloads are typed and need none.
const fn form_code(form: DataForm) -> Option<u8> {
    match form {
        DataForm::Typed => None,
        DataForm::Json => Some(1),
        DataForm::Absent => Some(2),
    }
}

fn put(bytes: &mut Vec<u8>, tag: u8, content: &[u8]) {
    let len = u16::try_from(content.len()).unwrap_or(u16::MAX);
    let [high, low] = len.to_be_bytes();
    bytes.extend_from_slice(&[tag, high, low]);
    bytes.extend_from_slice(content.get(..usize::from(len)).unwrap_or(content));
}

fn put_extension(bytes: &mut Vec<u8>, name: &str, value: &ExtensionValue) {
    let mut content = Vec::with_capacity(name.len() + 8);
    content.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    content.extend(name.bytes().take(usize::from(u8::MAX)));
    let tag = match value {
        ExtensionValue::Text(text) => {
            content.extend(text.as_bytes());
            EXTENSION_TEXT
        }
        ExtensionValue::Boolean(boolean) => {
            content.push(u8::from(*boolean));
            EXTENSION_BOOLEAN
        }
        ExtensionValue::Integer(integer) => {
            content.extend(integer.to_be_bytes());
            EXTENSION_INTEGER
        }
    };
    put(bytes, tag, &content);
}

/// Returns the hash of the key, if the event has one; none also if the bytes are too short.
pub fn key_hash(bytes: &[u8]) -> Option<KeyHash> {
    let (present, rest) = bytes.split_first()?;
    let hash = rest.first_chunk::<16>()?;
    (*present == 1).then(|| KeyHash(u128::from_be_bytes(*hash)))
}

/// The fields a listing filters by, without allocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filterable<'a> {
    /// Source.
    pub source: &'a [u8],
    /// Type.
    pub event_type: &'a [u8],
    /// Trace id.
    pub trace_id: Option<&'a [u8]>,
    /// Subject.
    pub subject: Option<&'a [u8]>,
    /// Who did it.
    pub actor: Option<&'a [u8]>,
}

/// Reads the fields a listing filters by.
pub fn filterable(bytes: &[u8]) -> Filterable<'_> {
    let mut found = Filterable::default();
    for (tag, content) in fields(bytes) {
        match tag {
            SOURCE => found.source = content,
            TYPE => found.event_type = content,
            TRACE_ID => found.trace_id = Some(content),
            SUBJECT => found.subject = Some(content),
            ACTOR => found.actor = Some(content),
            _ => {}
        }
    }
    found
}

/// Reads attributes; none if the bytes are not what `encode` writes.
pub fn decode(bytes: &[u8]) -> Option<Attributes> {
    let mut attributes = Attributes { key_hash: key_hash(bytes), ..Attributes::default() };
    bytes.get(..FIXED_LEN)?;
    let mut consumed = FIXED_LEN;
    for (tag, content) in fields(bytes) {
        consumed += 3 + content.len();
        decode_field(&mut attributes, tag, content)?;
    }
    let complete =
        consumed == bytes.len() && !attributes.source.is_empty() && !attributes.event_type.is_empty();
    complete.then_some(attributes)
}

fn decode_field(attributes: &mut Attributes, tag: u8, content: &[u8]) -> Option<()> {
    let text = || std::str::from_utf8(content).ok().map(str::to_owned);
    match tag {
        SOURCE => attributes.source = text()?,
        TYPE => attributes.event_type = text()?,
        SUBJECT => attributes.subject = Some(text()?),
        TIME => attributes.time = Some(text()?),
        CONTENT_TYPE => attributes.content_type = Some(text()?),
        TRACE_ID => attributes.trace_id = Some(text()?),
        ACTOR => attributes.actor = Some(text()?),
        SENDER_ID => attributes.sender_id = Some(text()?),
        SEVERITY => {
            let severities = [Severity::Info, Severity::Warning, Severity::Error];
            attributes.severity =
                Some(severities.into_iter().find(|severity| severity.as_str().as_bytes() == content)?);
        }
        KEY => attributes.key = Some(IdempotencyKey::parse(&format!("\"{}\"", text()?)).ok()?),
        EXTENSION_TEXT | EXTENSION_BOOLEAN | EXTENSION_INTEGER => {
            let (len, rest) = content.split_first()?;
            let (name, value) = rest.split_at_checked(usize::from(*len))?;
            let value = match tag {
                EXTENSION_TEXT => ExtensionValue::Text(String::from_utf8(value.to_vec()).ok()?),
                EXTENSION_BOOLEAN => ExtensionValue::Boolean(*value.first()? == 1),
                _ => ExtensionValue::Integer(i32::from_be_bytes(*value.first_chunk()?)),
            };
            attributes.extensions.push((String::from_utf8(name.to_vec()).ok()?, value));
        }
        DATA_FORM => {
            let forms = [DataForm::Json, DataForm::Absent];
            let known = |form: &DataForm| form_code(*form).as_slice() == content;
            attributes.data_form = forms.into_iter().find(known)?;
        }
        _ => {}
    }
    Some(())
}

/// Walks the fields; ends at the first that is cut.
fn fields(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes.get(FIXED_LEN..).unwrap_or_default();
    std::iter::from_fn(move || {
        let ([tag, high, low], after) = rest.split_first_chunk::<3>()?;
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        let (content, after) = after.split_at_checked(len)?;
        rest = after;
        Some((*tag, content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(attributes: &Attributes) -> Vec<u8> {
        let mut bytes = Vec::new();
        super::encode(attributes, &mut bytes);
        bytes
    }

    fn full() -> Attributes {
        Attributes {
            subject: Some("till 4".into()),
            time: Some("2026-01-01T00:00:00Z".into()),
            content_type: Some("application/json".into()),
            trace_id: Some("0".repeat(32)),
            actor: Some("owner".into()),
            severity: Some(Severity::Warning),
            key: Some(IdempotencyKey::parse("\"\"quoted\"\"").unwrap()),
            key_hash: Some(KeyHash(7)),
            sender_id: Some("A-1".into()),
            extensions: vec![
                ("region".into(), ExtensionValue::Text("eu".into())),
                ("sampled".into(), ExtensionValue::Boolean(true)),
                ("shard".into(), ExtensionValue::Integer(-3)),
            ],
            data_form: DataForm::Absent,
            ..Attributes::new("pos", "sale").unwrap()
        }
    }

    #[test]
    fn attributes_survive_writing_and_reading() {
        let bytes = encode(&full());
        assert_eq!(decode(&bytes), Some(full()));
        assert_eq!(key_hash(&bytes), Some(KeyHash(7)));
        let filterable = filterable(&bytes);
        assert_eq!((filterable.source, filterable.event_type), (&b"pos"[..], &b"sale"[..]));
        let bare = Attributes::new("s", "t").unwrap();
        assert_eq!(decode(&encode(&bare)), Some(bare));
    }

    #[test]
    fn cut_attributes_are_refused() {
        let bytes = encode(&full());
        for end in 0..bytes.len() {
            let cut = decode(&bytes[..end]);
            assert!(cut.is_none() || cut != Some(full()), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_attributes_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (decode(&bytes), filterable(&bytes), key_hash(&bytes));
        }
    }
}
