//! The right to read, which is looked at again while a stream goes on.

use crate::crypto::digest::Digest;
use crate::domain::permission::Permission;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::services::access::{Access, Standing};
use crate::services::operators::Sessions;

/// Why somebody may read.
#[derive(Debug)]
pub(crate) enum Right {
    Token(Access, Standing),
    /// As an operator, by the session of this digest.
    Session(Sessions, Digest),
    /// As the administrator of this machine.
    CommandLine,
}

impl Right {
    /// Decides anew whether somebody may go on.
    pub(super) fn check(&self) -> Result<(), Problem> {
        match self {
            Self::Token(access, standing) => Ok(access.still(standing)?),
            Self::CommandLine => Ok(()),
            Self::Session(sessions, digest) => {
                let signed_in = sessions.look_at(digest).ok_or_else(session_over)?;
                if signed_in.operator.role.may(Permission::See) {
                    return Ok(());
                }
                let detail = "the operator may see this no more; hint: ask an owner";
                Err(Problem::new(Code::RoleLacking, detail))
            }
        }
    }
}

fn session_over() -> Problem {
    Problem::new(Code::SessionOver, "the session has ended; hint: sign in again")
}
