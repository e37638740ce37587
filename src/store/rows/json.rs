//! Rows that are types of the domain as JSON.

use crate::crypto::digest::Digest;
use crate::domain::agent::Agent;
use crate::domain::ban::Ban;
use crate::domain::believed_time::KeptClock;
use crate::domain::ids::TenantNumber;
use crate::domain::job::Run;
use crate::domain::names::Slug;
use crate::domain::operator::Operator;
use crate::domain::request::{RememberedRequest, RequestKey};
use crate::domain::session::Session;
use crate::domain::source::Source;
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::domain::token::Token;
use crate::store::rows::stored::{JsonRow, Stored, from_json, to_json};
use crate::store::tables::{
    AGENTS, BANS, CLOCK, JOB_RUNS, OPERATORS, REQUESTS, RowTable, SESSIONS, SOURCES, TENANTS, TOKENS,
};
use ipnet::IpNet;

/// The key of the only row of its table.
pub(in crate::store) const KEPT_CLOCK: &str = "clock";

impl JsonRow for Tenant {
    const TABLE: RowTable = TENANTS;

    type Key<'a> = TenantNumber;

    fn key(&self) -> TenantNumber {
        self.number
    }
}

impl JsonRow for Token {
    const TABLE: RowTable = TOKENS;

    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        self.id.as_str()
    }
}

impl JsonRow for Operator {
    const TABLE: RowTable = OPERATORS;

    type Key<'a> = &'a str;

    fn key(&self) -> &str {
        &self.name
    }
}

impl JsonRow for Session {
    const TABLE: RowTable = SESSIONS;

    type Key<'a> = &'a Digest;

    fn key(&self) -> &Digest {
        &self.digest
    }
}

impl JsonRow for Source {
    const TABLE: RowTable = SOURCES;

    type Key<'a> = (TenantNumber, &'a Slug);

    fn key(&self) -> (TenantNumber, &Slug) {
        (self.tenant, &self.name)
    }
}

impl JsonRow for Agent {
    const TABLE: RowTable = AGENTS;

    type Key<'a> = (TenantNumber, &'a Slug);

    fn key(&self) -> (TenantNumber, &Slug) {
        (self.tenant, &self.name)
    }
}

impl JsonRow for Ban {
    const TABLE: RowTable = BANS;

    type Key<'a> = &'a IpNet;

    fn key(&self) -> &IpNet {
        &self.network
    }
}

impl JsonRow for Run {
    const TABLE: RowTable = JOB_RUNS;

    type Key<'a> = (&'a str, Timestamp);

    fn key(&self) -> (&str, Timestamp) {
        (&self.job, self.started_at)
    }
}

impl JsonRow for KeptClock {
    const TABLE: RowTable = CLOCK;

    type Key<'a> = &'static str;

    fn key(&self) -> &'static str {
        KEPT_CLOCK
    }
}

impl Stored for RememberedRequest {
    const TABLE: RowTable = REQUESTS;

    type Key<'a> = &'a Digest;

    fn key(&self) -> &Digest {
        &self.key.0
    }

    fn encode(&self) -> Vec<u8> {
        to_json(self)
    }

    fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        Some(Self { key: RequestKey(key.try_into().ok()?), ..from_json(value)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::value::PurposeLink;

    /// Checks that a row that was stored is read and written again as it is.
    fn check<T: Stored>(key: &[u8], row: &str) {
        let again = T::decode(key, row.as_bytes()).unwrap().encode();
        assert_eq!(String::from_utf8(again).unwrap(), row);
    }

    #[test]
    fn what_is_stored_keeps_its_form() {
        let (digest, at) = ("ab".repeat(32), "2026-03-01T12:00:00.000001Z");
        check::<Tenant>(
            &[],
            &format!(
                r#"{{"number":1,"slug":"a","name":"A","status":"suspended","settings":{{"mismatch":"refuse","key_retention_seconds":60,"rate_limit":"5/1m","token_rate_limit":null}},"created_at":"{at}"}}"#
            ),
        );
        check::<Token>(
            &[],
            &format!(
                r#"{{"id":"aaaaaaaaaaaaaaaa","tenant":1,"name":"till","scopes":["events:write"],"secrets":[{{"sha256":"{digest}","created_at":null,"valid_until":"{at}"}}],"created_at":"{at}","expires_at":"{at}","revoked_at":null}}"#
            ),
        );
        check::<Operator>(
            &[],
            &format!(r#"{{"name":"a","role":"admin","password_hash":"x","totp":null,"created_at":"{at}"}}"#),
        );
        check::<Operator>(
            &[],
            &format!(
                r#"{{"name":"a","role":"owner","password_hash":"x","totp":{{"secret":"AQL/","last_step":7,"recovery":["{digest}","{digest}"]}},"created_at":"{at}"}}"#
            ),
        );
        check::<Source>(
            &[],
            &format!(
                r#"{{"tenant":1,"name":"pos","scheme":"github","default_type":"sale","automatic_keys":"on","notification_url":null,"unsigned":"refused","secrets":[{{"sealed":"AQL/","created_at":"{at}","valid_until":null}}],"created_at":"{at}"}}"#
            ),
        );
        check::<Ban>(
            &[],
            &format!(r#"{{"network":"192.0.2.0/24","reason":null,"since":"{at}","until":"{at}"}}"#),
        );
        check::<Ban>(
            &[],
            &format!(r#"{{"network":"2001:db8::/64","reason":"x","since":"{at}","until":null}}"#),
        );
        check::<Agent>(
            &[],
            &format!(
                r#"{{"tenant":1,"name":"a","kind":"till","version":"1","interval_seconds":60,"work":"paused","registered_at":"{at}","last_heartbeat":"{at}","changes":[["late",5],["paused",9]]}}"#
            ),
        );
        check::<Session>(
            &[],
            &format!(
                r#"{{"digest":"{digest}","operator":"a","began_at":"{at}","seen_at":"{at}","address":"b","agent":"c"}}"#
            ),
        );
        check::<PurposeLink>(b"setup", &format!(r#"{{"digest":"{digest}","expires_at":"{at}"}}"#));
        for state in ["in_progress", "done"] {
            check::<RememberedRequest>(
                &[7; 32],
                &format!(r#"{{"fingerprint":"{digest}","location":"/a","state":"{state}","at":"{at}"}}"#),
            );
        }
    }

    #[test]
    fn a_row_without_what_came_later_is_read() {
        let tenant = br#"{"number":1,"slug":"a","name":"A","status":"active","settings":{},"created_at":"2026-03-01T12:00:00Z"}"#;
        let tenant = Tenant::decode(&[], tenant).unwrap();
        assert_eq!(Tenant::decode(&[], &tenant.encode()), Some(tenant));
        let digest = "ab".repeat(32);
        let row = format!(
            r#"{{"id":"aaaaaaaaaaaaaaaa","tenant":1,"name":"till","scopes":["events:write"],"secrets":[{{"sha256":"{digest}",
            "valid_until":null}}],"created_at":"2026-03-01T12:00:00Z","expires_at":null,"revoked_at":null}}"#
        );
        let token = Token::decode(&[], row.as_bytes()).unwrap();
        assert_eq!(token.secrets[0].created_at, None);
        assert_eq!(Token::decode(&[], &token.encode()), Some(token));
        let agent = br#"{"tenant":1,"name":"a","kind":"till","version":null,"interval_seconds":60,"work":"wanted","registered_at":"2026-03-01T12:00:00Z","last_heartbeat":"2026-03-01T12:00:00Z"}"#;
        assert_eq!(Agent::decode(&[], agent).unwrap().changes, []);
        assert!(RememberedRequest::decode(&[7; 31], br"{}").is_none());
    }
}
