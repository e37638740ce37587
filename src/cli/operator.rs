//! `operator`.

use crate::app::admin::protocol::{OperatorRequest, Request};
use crate::cli::context::{Context, read_secret_line};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::operator::Role;
use crate::domain::secret::Secret;

/// Creates, lists, shows, changes and deletes operators: the people who use the console
///
/// An owner may do everything, an admin everything but manage operators, a viewer look. The last owner stays.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum OperatorCommand {
    /// Creates an operator; the password is read as one line from stdin, 12 to 256 characters
    #[command(
        after_help = "Example: mainstay operator create jo --role viewer --password-stdin < password.txt"
    )]
    Create {
        /// Login name: a slug
        name: String,
        /// owner, admin or viewer
        #[arg(long, value_parser = parse_role)]
        role: Role,
        /// Reads the password from stdin, one line
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Lists operators
    #[command(after_help = "Example: mainstay operator list --json")]
    List,
    /// Shows an operator with the sessions that are open
    #[command(after_help = "Example: mainstay operator show jo")]
    Show {
        /// Login name
        name: String,
    },
    /// Gives an operator another role and ends their sessions
    #[command(after_help = "Example: mainstay operator set jo --role admin")]
    Set {
        /// Login name
        name: String,
        /// owner, admin or viewer
        #[arg(long, value_parser = parse_role)]
        role: Role,
    },
    /// Recovers an operator who is locked out: another password, no second factor, no open sessions
    ///
    /// Without --password-stdin a password is made and shown once.
    #[command(after_help = "Example: mainstay operator reset-password owner")]
    ResetPassword {
        /// Login name
        name: String,
        /// Reads the password from stdin, one line
        #[arg(long)]
        password_stdin: bool,
    },
    /// Deletes an operator and ends their sessions
    #[command(after_help = "Example: mainstay operator delete jo")]
    Delete {
        /// Login name
        name: String,
    },
}

fn parse_role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "neither owner nor admin nor viewer".to_owned())
}

impl OperatorCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let listed = matches!(self, Self::List);
        let value = context.ask(Request::Operator(self.request()?)).await?;
        if context.json {
            return Ok(output::json(&value)?);
        }
        if listed {
            let columns = ["name", "role", "second_factor", "open_sessions", "last_seen_at", "created_at"];
            return Ok(output::table(&value, &columns, "there are no operators")?);
        }
        if value.get("password").is_some_and(|password| !password.is_null()) {
            output::note("keep the password now: it is shown once and stored nowhere");
        }
        Ok(output::fields(&value)?)
    }

    fn request(self) -> Result<OperatorRequest, Failure> {
        let password = || Ok::<_, Failure>(Secret::new(read_secret_line()?));
        Ok(match self {
            Self::Create { name, role, password_stdin: _ } => {
                OperatorRequest::Create { name, role, password: password()? }
            }
            Self::List => OperatorRequest::List,
            Self::Show { name } => OperatorRequest::Show { name },
            Self::Set { name, role } => OperatorRequest::Set { name, role },
            Self::ResetPassword { name, password_stdin } => {
                let password = if password_stdin { Some(password()?) } else { None };
                OperatorRequest::Reset { name, password }
            }
            Self::Delete { name } => OperatorRequest::Delete { name },
        })
    }
}
