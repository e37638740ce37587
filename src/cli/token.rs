//! `token`.

use crate::app::admin::protocol::Request;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::scope::{Scope, ScopeError};
use crate::domain::time::parse_duration;

/// Creates, lists, shows, rotates and revokes tokens.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum TokenCommand {
    /// Creates a token; its text is shown once
    #[command(
        after_help = "Example: mainstay token create --tenant acme --name till --scope events:write --scope events:read --json"
    )]
    Create {
        /// Tenant it reaches; tokens of `system` act on the whole appliance
        #[arg(long)]
        tenant: String,
        /// Name for people, and the default source of its events
        #[arg(long)]
        name: String,
        /// What it may do: events:write, events:read, flags:read, flags:write, agents, and for tenant system also
        /// metrics:read, ledger:read, admin; may be repeated
        #[arg(long = "scope", required = true, value_parser = parse_scope)]
        scopes: Vec<Scope>,
        /// How long it works, such as 90d [default: until revoked]
        #[arg(long, value_name = "DURATION")]
        expires_in: Option<String>,
    },
    /// Lists tokens, without their secrets
    #[command(after_help = "Example: mainstay token list --tenant acme")]
    List {
        /// Only this tenant's
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Shows a token
    #[command(after_help = "Example: mainstay token show q4w7xk2m5n6p7r2t")]
    Show {
        /// The token's id
        id: String,
    },
    /// Gives a token a new secret, shown once; the present one works on for a while
    #[command(after_help = "Example: mainstay token rotate q4w7xk2m5n6p7r2t --overlap 24h --json")]
    Rotate {
        /// The token's id
        id: String,
        /// How long the present secret works on, at most 30d
        #[arg(long, value_name = "DURATION", default_value = "24h")]
        overlap: String,
    },
    /// Revokes a token at once
    #[command(after_help = "Example: mainstay token delete q4w7xk2m5n6p7r2t", visible_alias = "revoke")]
    Delete {
        /// The token's id
        id: String,
    },
}

fn parse_scope(text: &str) -> Result<Scope, ScopeError> {
    Scope::parse(text)
}

impl TokenCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let listed = matches!(self, Self::List { .. });
        let value = context.ask(self.request()?).await?;
        if context.json {
            return Ok(output::json(&value)?);
        }
        if listed {
            let columns =
                ["id", "tenant", "name", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at"];
            return Ok(output::table(&value, &columns, "there are no tokens")?);
        }
        if value.get("token").is_some() {
            output::note("keep the token now: it is shown once and stored nowhere");
        }
        Ok(output::fields(&value)?)
    }

    fn request(self) -> Result<Request, Failure> {
        let duration = |option: &str, text: &str| {
            let parsed =
                parse_duration(text).map_err(|error| Failure::Usage(format!("{option}: {error}")))?;
            Ok::<_, Failure>(parsed.as_secs())
        };
        Ok(match self {
            Self::Create { tenant, name, scopes, expires_in } => {
                let valid_for_seconds =
                    expires_in.as_deref().map(|text| duration("--expires-in", text)).transpose()?;
                let scopes = scopes.into_iter().collect();
                Request::TokenCreate { tenant, name, scopes, valid_for_seconds }
            }
            Self::List { tenant } => Request::TokenList { tenant },
            Self::Show { id } => Request::TokenShow { id },
            Self::Rotate { id, overlap } => {
                let overlap_seconds = duration("--overlap", &overlap)?;
                Request::TokenRotate { id, overlap_seconds }
            }
            Self::Delete { id } => Request::TokenRevoke { id },
        })
    }
}
