//! The right to read, which is looked at again while a stream goes on.

use crate::crypto::digest::Digest;
use crate::domain::permission::Permission;
use crate::http::code::Code;
use crate::http::problem::Problem;
use crate::services::access::{Access, Standing};
use crate::services::operators::Sessions;
use std::time::Duration;

/// Why somebody may read.
#[derive(Debug)]
pub(crate) enum Right {
    /// By a token.
    Token(Access, Standing),
    /// As an operator, by the session of this digest.
    Session(Sessions, Digest),
    /// As the administrator of this machine.
    CommandLine,
}

/// How often the right to read is looked at while nothing is given: a stream ends this soon after a token, a session, an
/// operator or a tenant that it goes on by. One look takes microseconds, and a timer costs a sleeping reader little.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Right {
    /// Waits until the right is gone, and returns why. May be given up while it waits.
    pub(super) async fn lost(&self) -> Problem {
        if matches!(self, Self::CommandLine) {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Err(problem) = self.check() {
                return problem;
            }
        }
    }

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
