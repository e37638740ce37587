//! People who run the appliance.

use crate::domain::time::Timestamp;
use crate::domain::totp::Totp;
use serde::{Deserialize, Serialize};

/// Shortest password in characters.
pub const PASSWORD_LEN_MIN: usize = 12;

/// Longest password in characters, so that hashing has a bound.
pub const PASSWORD_LEN_MAX: usize = 256;

/// Most operators: they are people.
pub const OPERATORS_MAX: usize = 256;

/// A person who runs the appliance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Login name, a slug.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// PHC text of the password.
    pub password_hash: String,
    /// The second factor, once it was set up.
    #[serde(default)]
    pub totp: Option<Totp>,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl Operator {
    /// Returns its place among what is managed.
    pub fn place(&self) -> String {
        format!("operators/{}", self.name)
    }
}

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, other operators included.
    Owner,
    /// Everything but other operators, and tokens that do what an owner does.
    Admin,
    /// Reading only.
    Viewer,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Admin, Self::Viewer];

    /// Returns the role's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Viewer => "viewer",
        }
    }

    /// Returns the role with the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A password of the wrong length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password has {0} characters; hint: use 12 to 256")]
pub struct PasswordLengthError(usize);

/// Checks a new password's length: 12 to 256 characters.
pub fn check_password(password: &str) -> Result<(), PasswordLengthError> {
    let length = password.chars().count();
    if (PASSWORD_LEN_MIN..=PASSWORD_LEN_MAX).contains(&length) {
        Ok(())
    } else {
        Err(PasswordLengthError(length))
    }
}
