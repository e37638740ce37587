//! What health questions are answered.

use crate::domain::time::Timestamp;
use crate::services::health::Readiness;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// `GET /health`, for load balancers.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Health")]
pub struct HealthJson {
    /// Always `ok`.
    pub status: &'static str,
    /// Now.
    pub time: Timestamp,
    /// Always `mainstay`.
    pub service: &'static str,
}

/// `GET /livez` and its aliases.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Alive")]
pub struct AliveJson {
    /// Always true.
    pub alive: bool,
    /// Always `alive`.
    pub status: &'static str,
    /// Now.
    pub timestamp: Timestamp,
}

/// `GET /startupz`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Startup")]
pub struct StartupJson {
    /// Whether start has completed.
    pub started: bool,
    /// `started` or `starting`.
    pub status: &'static str,
    /// Now.
    pub timestamp: Timestamp,
}

/// `GET /health/ready`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "DatabaseReady")]
pub struct DatabaseReadyJson {
    /// `ready` or `not ready`.
    pub status: &'static str,
    /// `connected` or `disconnected`.
    pub database: &'static str,
    /// Now.
    pub timestamp: Timestamp,
}

/// `GET /ready` and `/readyz`.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "Ready")]
pub struct ReadyJson<'a> {
    /// `ok` or `degraded`.
    pub status: &'static str,
    /// What else clients of `ops.allow` see; strangers get the status word alone.
    #[serde(flatten)]
    pub details: Option<ReadyDetails<'a>>,
}

/// What clients of `ops.allow` see of readiness.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "ReadyDetails")]
pub struct ReadyDetails<'a> {
    /// Each check's name and whether it passed.
    #[schemars(with = "std::collections::BTreeMap<String, bool>")]
    pub checks: ChecksJson<'a>,
    /// The program's version.
    pub version: &'static str,
    /// Seconds since start.
    pub uptime: u64,
}

/// The checks as one object, in their fixed order.
#[derive(Debug)]
pub struct ChecksJson<'a>(pub &'a Readiness);

impl Serialize for ChecksJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.checks.len()))?;
        for (name, passed) in &self.0.checks {
            map.serialize_entry(name, passed)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_keep_their_order() {
        let readiness = Readiness { checks: vec![("sequencer", true), ("database", false)] };
        let ready = ReadyJson {
            status: "degraded",
            details: Some(ReadyDetails { checks: ChecksJson(&readiness), version: "1", uptime: 3 }),
        };
        assert_eq!(
            serde_json::to_string(&ready).unwrap(),
            r#"{"status":"degraded","checks":{"sequencer":true,"database":false},"version":"1","uptime":3}"#
        );
    }
}
