//! Why a change was refused.

use crate::domain::names::NameError;
use crate::domain::operator::PasswordLengthError;
use crate::domain::time::DurationError;
use crate::store::handle::CommandError;
use crate::store::sequencer::queue::QueueError;

/// Why a change was refused; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// There is one already.
    #[error("there is a {what} `{name}` already; hint: choose another name, or change the existing one")]
    Exists {
        /// The kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// There may not be more.
    #[error("there are {most} {what} already, the most there can be")]
    TooMany {
        /// The kind of thing.
        what: &'static str,
        /// The most there can be.
        most: usize,
    },
    /// The role of the operator who asks does not allow it.
    #[error("{0}; hint: ask an owner")]
    RoleLacking(String),
    /// The token that asks may not do it.
    #[error("{0}; hint: use a token with the scope `admin`")]
    ScopeLacking(String),
    /// It is decided elsewhere.
    #[error("{0}")]
    ReadOnly(String),
    /// A name is not acceptable.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A password is not acceptable.
    #[error(transparent)]
    Password(#[from] PasswordLengthError),
    /// The request was carried out before.
    #[error("the request was carried out before")]
    Repeated {
        /// The place of what it made, such as `tenants/acme`; empty if that has none.
        made: String,
    },
    /// The same request is being carried out.
    #[error("the same request is being carried out; hint: wait a moment and send it again with the same key")]
    InProgress,
    /// The request's idempotency key came with another request.
    #[error("the idempotency key was used for another request; hint: send a new key with a new request")]
    Reused,
    /// No more requests can be remembered.
    #[error("too many requests with an idempotency key were sent within a day; hint: try again later")]
    TooManyRequests,
    /// The value of a field is refused.
    #[error("{reason}")]
    Field {
        /// The field's name in JSON and forms.
        field: &'static str,
        /// What is wrong with its value.
        reason: Box<Refusal>,
    },
    /// The values of several fields are refused.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Several(Vec<Refusal>),
    /// A text is not of the form that its field has.
    #[error("{0}")]
    Unreadable(String),
    /// Something else about the request is not acceptable.
    #[error("{0}")]
    Unacceptable(String),
    /// The appliance cannot take the change now.
    #[error("the change was not carried out: {0}; hint: look at the appliance's log and try again")]
    Unavailable(QueueError),
    /// A file could not be written.
    #[error("the change was not carried out: {0}")]
    NotWritten(String),
}

impl From<CommandError<Refusal>> for Refusal {
    fn from(error: CommandError<Refusal>) -> Self {
        match error {
            CommandError::Refused(refusal) => refusal,
            CommandError::Queue(error) => Self::Unavailable(error),
            CommandError::Repeated(made) => Self::Repeated { made },
            CommandError::KeyReused => Self::Reused,
            CommandError::InProgress => Self::InProgress,
            CommandError::TooManyRequests => Self::TooManyRequests,
        }
    }
}

impl From<DurationError> for Refusal {
    fn from(error: DurationError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Returns both values, or everything that is refused of them.
pub(super) fn both<A, B>(one: Result<A, Refusal>, other: Result<B, Refusal>) -> Result<(A, B), Refusal> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(one), Err(other)) => Err(Refusal::Several([one.parts(), other.parts()].concat())),
        (Err(refusal), Ok(_)) | (Ok(_), Err(refusal)) => Err(refusal),
    }
}

/// Names the field that a refused value stands in.
pub(super) trait RefusalExt<T> {
    fn at(self, field: &'static str) -> Result<T, Refusal>;
}

impl<T, E: Into<Refusal>> RefusalExt<T> for Result<T, E> {
    fn at(self, field: &'static str) -> Result<T, Refusal> {
        self.map_err(|error| error.into().at(field))
    }
}

impl Refusal {
    /// Names the field that the refused value stands in, unless it is named already.
    #[must_use]
    pub(super) fn at(self, field: &'static str) -> Self {
        match self {
            Self::Field { .. } => self,
            reason => Self::Field { field, reason: Box::new(reason) },
        }
    }

    pub(super) fn field_unacceptable(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Unacceptable(detail.into()).at(field)
    }

    /// Tells whether another person could do it: nothing about the request itself is wrong.
    pub fn lacks_permission(&self) -> bool {
        match self {
            Self::RoleLacking(_) | Self::ScopeLacking(_) => true,
            Self::Field { reason, .. } => reason.lacks_permission(),
            Self::Several(parts) => parts.iter().any(Self::lacks_permission),
            _ => false,
        }
    }

    /// Returns each thing that is refused: one, or several values.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::Several(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// Returns the field whose value is refused, if it is that of one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Field { field, .. } => Some(field),
            Self::Name(NameError::Empty(what) | NameError::TooLong(what) | NameError::Control(what)) => {
                Some(what)
            }
            _ => None,
        }
    }

    pub(super) fn not_found(what: &'static str, name: &str) -> Self {
        Self::NotFound { what, name: shortened(name) }
    }

    pub(super) fn exists(what: &'static str, name: &str) -> Self {
        Self::Exists { what, name: name.to_owned() }
    }
}

/// Shortens a text that was sent, to be named in a refusal.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
