//! An event as a sender submits it.

use crate::domain::event::{DataForm, ExtensionValue};
use crate::domain::idempotency::IdempotencyKey;
use bytes::Bytes;

/// An event as a sender submits it, with what the edge could read from the request.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    /// Source: 1 to 255 characters.
    pub source: String,
    /// Type; none: `event`.
    pub event_type: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// When it happened, as the sender wrote it (RFC 3339).
    pub time: Option<String>,
    /// Media type as sent.
    pub content_type: Option<String>,
    /// The sender's own id (CloudEvents `id`).
    pub sender_id: Option<String>,
    /// Further CloudEvents attributes.
    pub extensions: Vec<(String, ExtensionValue)>,
    /// Under which key repeats are known.
    pub key: KeyChoice,
    /// Trace id out of `traceparent`.
    pub trace_id: Option<String>,
    /// The body.
    pub payload: Payload,
}

impl Submission {
    /// Returns about how many bytes have to be checked and hashed.
    pub fn weight(&self) -> usize {
        let texts = [&self.subject, &self.sender_id].into_iter().flatten().map(String::len).sum::<usize>();
        let extensions = self.extensions.iter().map(|(name, value)| match value {
            ExtensionValue::Text(text) => name.len() + text.len(),
            ExtensionValue::Boolean(_) | ExtensionValue::Integer(_) => name.len() + 4,
        });
        self.payload.len() + texts + extensions.sum::<usize>()
    }
}

/// Under which key repeats of an event are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeyChoice {
    /// The one the client sent: it stands for the whole tenant.
    Sent(IdempotencyKey),
    /// A provider's delivery id: it stands for the source alone.
    Delivered(IdempotencyKey),
    /// Made from source and the sender's own id, which CloudEvents makes unique together.
    SourceAndId,
    /// Made from source, type and payload; counts for a short time only.
    #[default]
    Automatic,
    /// None: every arrival is an event of its own.
    None,
}

/// An event's payload, and how it came.
#[derive(Clone, Debug)]
pub enum Payload {
    /// The body of a request, or a line of it: checked if its media type is JSON.
    Received(Bytes),
    /// A value inside a JSON document, which has been read as JSON already.
    Json(Bytes),
    /// Bytes decoded from a text, whatever their media type says.
    Decoded(Bytes),
    /// There is none.
    Absent,
}

impl Default for Payload {
    fn default() -> Self {
        Self::Received(Bytes::new())
    }
}

impl Payload {
    /// Returns how many bytes there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Received(bytes) | Self::Json(bytes) | Self::Decoded(bytes) => bytes.len(),
            Self::Absent => 0,
        }
    }

    /// Tells whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bytes and the form that is kept with them.
    pub(super) fn into_parts(self) -> (Bytes, DataForm) {
        match self {
            Self::Received(bytes) | Self::Decoded(bytes) => (bytes, DataForm::Typed),
            Self::Json(bytes) => (bytes, DataForm::Json),
            Self::Absent => (Bytes::new(), DataForm::Absent),
        }
    }
}

/// What the sender prefers (`Prefer`, RFC 7240).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `return=representation`: a repeat answers with the first receipt.
    pub representation: bool,
    /// `handling=strict`: a repeat with another payload is refused.
    pub strict: bool,
}
