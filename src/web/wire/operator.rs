//! Operators and their sessions as JSON.

use crate::domain::operator::{Operator, Role};
use crate::domain::secret::Secret;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An operator, without password and second factor.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Operator")]
pub struct OperatorJson<'a> {
    name: &'a str,
    /// `owner`, `admin` or `viewer`.
    role: &'static str,
    /// Whether signing in asks for a code too.
    second_factor: bool,
    created_at: Timestamp,
    /// How many sessions are open.
    open_sessions: usize,
    /// When one of them was last used, to the minute; null: none is open.
    last_seen_at: Option<Timestamp>,
    /// Where the operator is shown alone: the open sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<SessionJson<'a>>>,
    /// A password that was made just now: shown once and kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

impl<'a> OperatorJson<'a> {
    /// Shows an operator; of the sessions those that are theirs count, the one used last first.
    pub fn new(operator: &'a Operator, sessions: &[Session]) -> Self {
        let mut own = sessions.iter().filter(|session| session.operator == operator.name);
        let last_seen_at = own.clone().map(|session| session.seen_at).max();
        Self {
            name: &operator.name,
            role: operator.role.as_str(),
            second_factor: operator.totp.is_some(),
            created_at: operator.created_at,
            open_sessions: own.by_ref().count(),
            last_seen_at,
            sessions: None,
            password: None,
        }
    }

    /// Lists the sessions too.
    #[must_use]
    pub fn with_sessions(self, sessions: &'a [Session]) -> Self {
        Self { sessions: Some(sessions.iter().map(SessionJson::from).collect()), ..self }
    }

    /// Shows a password that was made just now.
    #[must_use]
    pub(crate) fn with_password(self, made: Option<&'a Secret>) -> Self {
        Self { password: made.map(Secret::expose), ..self }
    }
}

/// All operators.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Operators")]
pub(crate) struct OperatorsJson<'a> {
    pub(crate) operators: Vec<OperatorJson<'a>>,
}

/// A session of an operator.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Session")]
pub struct SessionJson<'a> {
    id: String,
    operator: &'a str,
    began_at: Timestamp,
    /// When a request last came with it, to the minute.
    seen_at: Timestamp,
    /// The address that signed in.
    address: &'a str,
    /// What the browser called itself.
    agent: &'a str,
}

impl<'a> From<&'a Session> for SessionJson<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            id: session.id(),
            operator: &session.operator,
            began_at: session.began_at,
            seen_at: session.seen_at,
            address: &session.address,
            agent: &session.agent,
        }
    }
}

/// Open sessions.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Sessions")]
pub(crate) struct SessionsJson<'a> {
    pub(crate) sessions: Vec<SessionJson<'a>>,
}

/// How many sessions have ended.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "EndedSessions")]
pub(crate) struct EndedSessionsJson<'a> {
    pub(crate) operator: &'a str,
    pub(crate) ended: usize,
}

/// What an operator may do.
#[derive(Clone, Copy, Debug, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleJson {
    Owner,
    Admin,
    Viewer,
}

impl From<RoleJson> for Role {
    fn from(role: RoleJson) -> Self {
        match role {
            RoleJson::Owner => Self::Owner,
            RoleJson::Admin => Self::Admin,
            RoleJson::Viewer => Self::Viewer,
        }
    }
}

/// Somebody who is to run the appliance.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewOperator")]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOperatorJson {
    /// Login name: a slug.
    pub(crate) name: String,
    pub(crate) role: RoleJson,
    /// 12 to 256 characters; without one a password is made and shown once.
    #[schemars(with = "Option<String>")]
    pub(crate) password: Option<Secret>,
}

/// What is to change of an operator.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "OperatorChange")]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorChangeJson {
    pub(crate) role: RoleJson,
}

/// Another password for an operator.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "NewPassword")]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasswordJson {
    /// 12 to 256 characters; without one a password is made and shown once.
    #[schemars(with = "Option<String>")]
    pub(crate) password: Option<Secret>,
}

/// What a reset answers.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "ResetPassword")]
pub(crate) struct ResetPasswordJson<'a> {
    pub(crate) name: &'a str,
    /// The password, if it was made: shown once and kept nowhere. Null if it was sent.
    pub(crate) password: Option<&'a str>,
}
