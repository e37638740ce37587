//! Requests that may come twice.

use crate::crypto::digest::Digest;

/// What became of a request that may have come before: its repeat makes nothing, and what it made is known by the digest
/// that is kept with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once<T, S = ()> {
    /// It made this, and what is told this one time.
    Now(T, S),
    /// It came before and made this.
    Before(T),
}

impl<T, S> Once<T, S> {
    /// Puts something in the place of what there is.
    pub(super) fn map<U>(self, made: impl FnOnce(T) -> U) -> Once<U, S> {
        match self {
            Self::Now(it, told) => Once::Now(made(it), told),
            Self::Before(it) => Once::Before(made(it)),
        }
    }
}

impl<T, S: Default> Once<T, S> {
    /// Returns what there is, and what is told this one time.
    pub fn into_parts(self) -> (T, S) {
        match self {
            Self::Now(made, told) => (made, told),
            Self::Before(made) => (made, S::default()),
        }
    }
}

/// Tells whether a request is the one that left its digest.
pub(super) fn is_repeat(request: Option<Digest>, left: Option<Digest>) -> bool {
    request.is_some() && request == left
}
