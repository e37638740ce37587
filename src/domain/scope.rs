//! What a token may do.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One permission of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `events:write`: send events.
    EventsWrite,
    /// `events:read`: list and read the tenant's events.
    EventsRead,
    /// `flags:read`: evaluate flags.
    FlagsRead,
    /// `flags:write`: change flags.
    FlagsWrite,
    /// `agents`: register and send heartbeats.
    Agents,
    /// `metrics:read`: metrics and the detailed health report; tenant `system` only.
    MetricsRead,
    /// `ledger:read`: proofs over every tenant's entries; tenant `system` only.
    LedgerRead,
    /// `admin`: everything the operator can do; tenant `system` only.
    Admin,
}

/// A text that is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a scope; hint: one of {all}", all = Scope::ALL.map(Scope::as_str).join(", "))]
pub struct ScopeError {
    text: String,
}

impl Scope {
    /// Every scope, in the order they are shown.
    pub const ALL: [Self; 8] = [
        Self::EventsWrite,
        Self::EventsRead,
        Self::FlagsRead,
        Self::FlagsWrite,
        Self::Agents,
        Self::MetricsRead,
        Self::LedgerRead,
        Self::Admin,
    ];

    /// Returns the scope's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventsWrite => "events:write",
            Self::EventsRead => "events:read",
            Self::FlagsRead => "flags:read",
            Self::FlagsWrite => "flags:write",
            Self::Agents => "agents",
            Self::MetricsRead => "metrics:read",
            Self::LedgerRead => "ledger:read",
            Self::Admin => "admin",
        }
    }

    /// Reads a scope's text.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| ScopeError { text: text.chars().take(64).collect() })
    }

    /// Tells whether only tokens of tenant `system` may hold the scope.
    pub const fn system_only(self) -> bool {
        matches!(self, Self::MetricsRead | Self::LedgerRead | Self::Admin)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Scopes(u16);

impl Scopes {
    /// Tells whether the set holds the scope; `admin` holds every one.
    pub const fn allow(self, scope: Scope) -> bool {
        self.0 & (scope.bit() | Scope::Admin.bit()) != 0
    }

    /// Tells whether the set holds nothing.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the scopes in the order they are shown.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.0 & scope.bit() != 0)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl TryFrom<Vec<String>> for Scopes {
    type Error = ScopeError;

    fn try_from(texts: Vec<String>) -> Result<Self, ScopeError> {
        texts.iter().map(|text| Scope::parse(text)).collect()
    }
}

impl From<Scopes> for Vec<String> {
    fn from(scopes: Scopes) -> Self {
        scopes.iter().map(|scope| scope.as_str().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_allows_what_it_holds_and_admin_allows_all() {
        let till: Scopes = [Scope::EventsWrite].into_iter().collect();
        assert!(till.allow(Scope::EventsWrite));
        assert!(!till.allow(Scope::EventsRead));
        let admin: Scopes = [Scope::Admin].into_iter().collect();
        assert!(Scope::ALL.into_iter().all(|scope| admin.allow(scope)));
    }

    #[test]
    fn scopes_survive_writing_and_reading() {
        let all: Scopes = Scope::ALL.into_iter().collect();
        let written = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Scopes>(&written).unwrap(), all);
        assert!(serde_json::from_str::<Scopes>(r#"["events:delete"]"#).is_err());
    }
}
