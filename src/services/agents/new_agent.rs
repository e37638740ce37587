//! An agent to be registered.

use crate::domain::agent::{Agent, INTERVAL_DEFAULT, INTERVAL_MAX, INTERVAL_MIN, Work};
use crate::domain::ids::TenantNumber;
use crate::domain::names::{LABEL_PATTERN, SLUG_PATTERN, Slug, check_label};
use crate::domain::time::Timestamp;
use crate::services::refusal::{Refusal, RefusalExt};
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::time::Duration;

/// An agent to be registered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgent {
    /// Its name: a slug, unique within the tenant.
    #[schemars(regex(pattern = SLUG_PATTERN))]
    pub name: String,
    /// What it is; `agent` without. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    pub kind: Option<String>,
    /// Which version of it runs. No control characters.
    #[schemars(length(min = 1, max = 255), regex(pattern = LABEL_PATTERN))]
    pub version: Option<String>,
    /// How many seconds it means to wait between heartbeats: 5 to 86,400; 60 without.
    #[serde(default, deserialize_with = "whole_number")]
    #[schemars(range(min = 5, max = 86_400))]
    pub interval_seconds: Option<u64>,
}

impl NewAgent {
    /// Checks what was sent and makes an agent of it.
    pub(super) fn check(self, tenant: TenantNumber, now: Timestamp) -> Result<Agent, Refusal> {
        let kind = self.kind.unwrap_or_else(|| "agent".to_owned());
        check_label("kind", &kind)?;
        self.version.as_deref().map(|version| check_label("version", version)).transpose()?;
        let interval = self.interval_seconds.map_or(INTERVAL_DEFAULT, Duration::from_secs);
        if !(INTERVAL_MIN..=INTERVAL_MAX).contains(&interval) {
            let (seconds, min, max) = (interval.as_secs(), INTERVAL_MIN.as_secs(), INTERVAL_MAX.as_secs());
            let detail = format!("interval_seconds is {seconds}; hint: it may be {min} to {max}");
            return Err(Refusal::field_unacceptable("interval_seconds", detail));
        }
        let name = Slug::parse(&self.name).at("name")?;
        Ok(Agent {
            tenant,
            name,
            kind,
            version: self.version,
            interval,
            work: Work::Wanted,
            registered_at: now,
            last_heartbeat: now,
            changes: Vec::new(),
        })
    }
}

/// Reads a whole number also where it is written as `60.0`: JSON has one kind of numbers.
fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else { return Ok(None) };
    let whole = || number.to_string().strip_suffix(".0").and_then(|digits| digits.parse().ok());
    let read = number.as_u64().or_else(whole);
    read.map(Some).ok_or_else(|| D::Error::custom(format!("{number} is no whole number from 0")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_whole_number_however_it_is_written() {
        let read = |interval: &str| {
            let json = format!(r#"{{"name":"a","interval_seconds":{interval}}}"#);
            serde_json::from_str::<NewAgent>(&json).map(|new| new.interval_seconds)
        };
        assert_eq!(read("60").unwrap(), Some(60));
        assert_eq!(read("60.0").unwrap(), Some(60));
        assert_eq!(read("null").unwrap(), None);
        for wrong in ["60.5", "-1", "\"60\"", "1e99"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
