//! `operator`.

use crate::cli::ask::Ask;
use crate::cli::context::{Context, read_secret_line};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::operator::Role;
use serde_json::json;

/// Where operators are.
const OPERATORS: &str = "/api/v1/operators";

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
        let value = match self {
            Self::List => {
                let operators = context.list(Ask::get(OPERATORS), "operators").await?;
                let columns =
                    ["name", "role", "second_factor", "open_sessions", "last_seen_at", "created_at"];
                return context.show_list(&operators, &columns, "there are no operators");
            }
            Self::Create { name, role, password_stdin: _ } => {
                let password = read_secret_line()?;
                let body = json!({ "name": name, "role": role.as_str(), "password": password });
                context.ask(Ask::post(OPERATORS, body)).await?
            }
            Self::Show { name } => context.ask(Ask::get(OPERATORS).at(&name)).await?,
            Self::Set { name, role } => {
                context.ask(Ask::patch(OPERATORS, json!({ "role": role.as_str() })).at(&name)).await?
            }
            Self::ResetPassword { name, password_stdin } => {
                let password = password_stdin.then(read_secret_line).transpose()?;
                let ask = Ask::post(OPERATORS, json!({ "password": password }));
                context.ask(ask.at(&name).at("reset-password")).await?
            }
            Self::Delete { name } => {
                context.ask(Ask::delete(OPERATORS).at(&name)).await?;
                json!({ "name": name, "status": "deleted" })
            }
        };
        if !context.json && value.get("password").is_some_and(|password| !password.is_null()) {
            output::note("keep the password now: it is shown once and stored nowhere");
        }
        context.show(&value)
    }
}
