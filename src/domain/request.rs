//! Requests that change something once, however often they are sent: what is remembered of each.

use crate::crypto::digest::Digest;
use crate::domain::members;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Most requests that are remembered: their table stays within tens of megabytes.
pub const REQUESTS_MAX: usize = 100_000;

/// Most requests that are forgotten at once: their deletions fit a journal entry.
pub const FORGOTTEN_MAX: usize = 1_000;

/// How long every request is remembered, even when there are too many.
pub const REMEMBERED_MIN: Duration = Duration::from_hours(24);

/// Who sends a request and the idempotency key it carries, as one digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey(pub Digest);

/// A request that carries an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotentRequest {
    /// Sender and key.
    pub key: RequestKey,
    /// Digest of method, path and body.
    pub fingerprint: Digest,
}

/// What is remembered of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedRequest {
    /// Sender and key, in a row the row's own.
    #[serde(skip)]
    pub key: RequestKey,
    /// Digest of method, path and body.
    #[serde(serialize_with = "members::hex", deserialize_with = "members::from_hex")]
    pub fingerprint: Digest,
    /// Path of what it made; empty if it made nothing that has one.
    pub location: String,
    /// How far it has come.
    pub state: RequestState,
    /// When it was begun or done.
    pub at: Timestamp,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// It was begun. This holds only within the process that began it.
    InProgress,
    /// It was carried out.
    Done,
}

/// What is known of a request that was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EarlierRequest {
    /// It was carried out: the path of what it made, empty if it made nothing that has one.
    Done(String),
    /// Its key came with another request.
    Reused,
    /// It is being carried out.
    InProgress,
}

impl IdempotentRequest {
    /// Returns what is remembered of the request from now on.
    pub fn remembered(self, state: RequestState, location: String, at: Timestamp) -> RememberedRequest {
        RememberedRequest { key: self.key, fingerprint: self.fingerprint, location, state, at }
    }
}

impl RememberedRequest {
    /// Tells what this is to a request with the same key.
    pub fn seen_by(self, request: &IdempotentRequest) -> EarlierRequest {
        match self.state {
            _ if self.fingerprint != request.fingerprint => EarlierRequest::Reused,
            RequestState::InProgress => EarlierRequest::InProgress,
            RequestState::Done => EarlierRequest::Done(self.location),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_request_is_told_to_its_repeats_and_to_others_with_its_key() {
        let request = IdempotentRequest { key: RequestKey([1; 32]), fingerprint: [2; 32] };
        let other = IdempotentRequest { fingerprint: [3; 32], ..request };
        let remembered = |state| request.remembered(state, "/a".to_owned(), Timestamp::default());
        let done = EarlierRequest::Done("/a".to_owned());
        assert_eq!(remembered(RequestState::Done).seen_by(&request), done);
        assert_eq!(remembered(RequestState::InProgress).seen_by(&request), EarlierRequest::InProgress);
        for state in [RequestState::Done, RequestState::InProgress] {
            assert_eq!(remembered(state).seen_by(&other), EarlierRequest::Reused);
        }
    }
}
