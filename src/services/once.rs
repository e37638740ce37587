//! Requests that may come twice.

/// What became of a request that may have come before: its repeat makes nothing, and what it made is known by the digest
/// that is kept with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once<T, S = ()> {
    /// It made this, and what is told this one time.
    Now(T, S),
    /// It came before and made this.
    Before(T),
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
