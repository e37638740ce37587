//! Rows of remembered requests.

use crate::crypto::digest::Digest;
use crate::domain::request::{RememberedRequest, RequestKey, RequestState};
use crate::domain::time::Timestamp;
use crate::store::rows::hex::Hex;
use crate::store::rows::stored::{Stored, from_json, to_json};
use crate::store::tables::{REQUESTS, RowTable};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct RequestRow {
    fingerprint: Hex,
    location: String,
    state: StateRow,
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateRow {
    InProgress,
    Done,
}

impl Stored for RememberedRequest {
    const TABLE: RowTable = REQUESTS;

    type Key<'a> = &'a Digest;

    fn key(&self) -> &Digest {
        &self.key.0
    }

    fn encode(&self) -> Vec<u8> {
        let state = match self.state {
            RequestState::InProgress => StateRow::InProgress,
            RequestState::Done => StateRow::Done,
        };
        let location = self.location.clone();
        to_json(&RequestRow { fingerprint: Hex(self.fingerprint), location, state, at: self.at })
    }

    fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let RequestRow { fingerprint: Hex(fingerprint), location, state, at } = from_json(value)?;
        let state = match state {
            StateRow::InProgress => RequestState::InProgress,
            StateRow::Done => RequestState::Done,
        };
        Some(Self { key: RequestKey(key.try_into().ok()?), fingerprint, location, state, at })
    }
}
