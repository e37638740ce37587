//! Rows that tell of stretches of time: usage and series.

use crate::domain::ids::TenantNumber;
use crate::domain::series::{Length, Sample, Stretch};
use crate::domain::usage::{Day, Totals};
use crate::store::rows::stored::{RowKey, Stored, from_json, to_json};
use crate::store::tables::{RowTable, SERIES, USAGE};

/// What a tenant used on a day.
pub type UsageRow = ((Day, TenantNumber), Totals);

/// What is kept of a minute or an hour.
pub type SeriesRow = (Stretch, Sample);

impl RowKey for (Day, TenantNumber) {
    fn to_bytes(&self) -> Vec<u8> {
        [self.0.0.to_be_bytes(), self.1.0.to_be_bytes()].concat()
    }
}

impl Stored for UsageRow {
    const TABLE: RowTable = USAGE;

    type Key<'a> = (Day, TenantNumber);

    fn key(&self) -> (Day, TenantNumber) {
        self.0
    }

    fn encode(&self) -> Vec<u8> {
        to_json(&self.1)
    }

    fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let (day, tenant) = key.split_first_chunk::<4>()?;
        let tenant = u32::from_be_bytes(tenant.try_into().ok()?);
        Some(((Day(u32::from_be_bytes(*day)), TenantNumber(tenant)), from_json(value)?))
    }
}

impl RowKey for Stretch {
    fn to_bytes(&self) -> Vec<u8> {
        [&[code(self.length)][..], &self.number.to_be_bytes()].concat()
    }
}

/// Returns the first byte of the keys of minutes or hours.
const fn code(length: Length) -> u8 {
    match length {
        Length::Minute => b'm',
        Length::Hour => b'h',
    }
}

impl Stored for SeriesRow {
    const TABLE: RowTable = SERIES;

    type Key<'a> = Stretch;

    fn key(&self) -> Stretch {
        self.0
    }

    fn encode(&self) -> Vec<u8> {
        to_json(&self.1)
    }

    fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let (first, number) = key.split_first()?;
        let length = [Length::Minute, Length::Hour].into_iter().find(|length| code(*length) == *first)?;
        let number = u32::from_be_bytes(number.try_into().ok()?);
        Some((Stretch { length, number }, from_json(value)?))
    }
}
