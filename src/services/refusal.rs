//! Why a change was refused.

use crate::domain::names::NameError;
use crate::domain::operator::PasswordLengthError;
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
    /// It is decided elsewhere.
    #[error("{0}")]
    ReadOnly(String),
    /// A name is not acceptable.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A password is not acceptable.
    #[error(transparent)]
    Password(#[from] PasswordLengthError),
    /// The request's idempotency key came with a request for another thing.
    #[error("the idempotency key made the {what} `{name}`; hint: send a new key with a new request")]
    KeyReused {
        /// The kind of thing.
        what: &'static str,
        /// What the key made.
        name: String,
    },
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
            earlier => Self::Unacceptable(earlier.to_string()),
        }
    }
}

impl Refusal {
    /// Says that there is no such thing.
    pub(super) fn not_found(what: &'static str, name: &str) -> Self {
        Self::NotFound { what, name: name.chars().take(80).collect() }
    }

    /// Says that there is one already.
    pub(super) fn exists(what: &'static str, name: &str) -> Self {
        Self::Exists { what, name: name.to_owned() }
    }

    /// Says that the request's key made something else.
    pub(super) fn key_reused(what: &'static str, name: &str) -> Self {
        Self::KeyReused { what, name: name.to_owned() }
    }
}
