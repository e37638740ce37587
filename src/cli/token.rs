//! `token`.

use crate::cli::ask::Ask;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::ids::TokenId;
use crate::domain::scope::{Scope, ScopeError, Scopes};
use crate::domain::time::{format_duration, parse_duration};
use crate::services::reading::LIMIT_MAX;
use crate::services::tokens::parse_validity;
use serde_json::json;
use std::time::Duration;

/// Where tokens are.
const TOKENS: &str = "/api/v1/tokens";

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
        /// How long it works, for example 90d, or never [default: 90d with the scope admin, otherwise never]
        #[arg(long, value_name = "DURATION|never", value_parser = checked_validity)]
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
        #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
        overlap: Duration,
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

fn checked_validity(text: &str) -> Result<String, String> {
    parse_validity(text).map(|_valid| text.to_owned())
}

impl TokenCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let value = match self {
            Self::List { tenant } => {
                let ask = Ask::get(TOKENS).with("tenant", tenant).with("limit", Some(LIMIT_MAX));
                let tokens = context.list(ask, "tokens").await?;
                let columns = [
                    "id",
                    "tenant",
                    "name",
                    "scopes",
                    "created_at",
                    "expires_at",
                    "revoked_at",
                    "last_used_at",
                ];
                return context.show_list(&tokens, &columns, "there are no tokens");
            }
            Self::Create { tenant, name, scopes, expires_in } => {
                let scopes = Scopes::from_iter(scopes);
                let body =
                    json!({ "tenant": tenant, "name": name, "scopes": scopes, "expires_in": expires_in });
                context.ask(Ask::post(TOKENS, body)).await?
            }
            Self::Show { id } => context.ask(Ask::get(TOKENS).at(&id)).await?,
            Self::Rotate { id, overlap } => {
                let body = json!({ "overlap": format_duration(overlap) });
                context.ask(Ask::post(TOKENS, body).at(checked(&id)?).at("rotate")).await?
            }
            Self::Delete { id } => context.ask(Ask::delete(TOKENS).at(checked(&id)?)).await?,
        };
        if !context.json && value.get("token").is_some() {
            output::note("keep the token now: it is shown once and stored nowhere");
        }
        context.show(&value)
    }
}

/// Refuses what is no token's id, such as a token's whole text: it is no business of the appliance's log.
fn checked(id: &str) -> Result<&str, Failure> {
    TokenId::parse(id).map(|_id| id).map_err(|error| Failure::Refused(error.to_string()))
}
