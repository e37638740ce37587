//! `tenant`.

use crate::cli::ask::Ask;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::domain::rate::Quota;
use crate::domain::time::parse_duration;
use crate::services::input::Change;
use crate::services::reading::LIMIT_MAX;
use serde_json::{Value, json};

/// Where tenants are.
const TENANTS: &str = "/api/v1/tenants";

/// Creates, lists, shows, changes and deletes tenants.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum TenantCommand {
    /// Creates a tenant
    #[command(after_help = "Example: mainstay tenant create acme --name \"Acme\" --json")]
    Create {
        /// Short name: 1 to 63 of a-z, 0-9 and -
        slug: String,
        /// Name for people [default: the slug]
        #[arg(long)]
        name: Option<String>,
    },
    /// Lists the tenants
    #[command(after_help = "Example: mainstay tenant list --json")]
    List,
    /// Shows a tenant
    #[command(after_help = "Example: mainstay tenant show acme")]
    Show {
        /// Short name
        slug: String,
    },
    /// Changes a tenant; what is not named stays
    #[command(
        after_help = "Example: mainstay tenant set acme --strict true --key-retention 7d --rate-limit 1000/1m"
    )]
    Set {
        /// Short name
        slug: String,
        /// Name for people
        #[arg(long)]
        name: Option<String>,
        /// Whether its credentials work
        #[arg(long, value_parser = ["active", "suspended"])]
        status: Option<String>,
        /// Strict idempotency: a repeat of a key with another payload is refused with 422
        #[arg(long)]
        strict: Option<bool>,
        /// How long its keys are remembered, such as 7d, at most idempotency.retention; `default` for that
        #[arg(long, value_name = "DURATION", value_parser = retention)]
        key_retention: Option<String>,
        /// How often requests may work on it, such as 1000/1m; `off` for no limit
        #[arg(long, value_name = "MAX/WINDOW", value_parser = limiting)]
        rate_limit: Option<String>,
        /// How often each token may, such as 100/1m; `off` for no limit
        #[arg(long, value_name = "MAX/WINDOW", value_parser = limiting)]
        token_rate_limit: Option<String>,
    },
    /// Deletes a tenant: its credentials stop working, its events stay in the ledger
    #[command(after_help = "Example: mainstay tenant delete acme --yes")]
    Delete {
        /// Short name
        slug: String,
        /// Confirms the deletion, which cannot be undone
        #[arg(long)]
        yes: bool,
    },
}

impl TenantCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let value = match self {
            Self::List => {
                let mut tenants =
                    context.list(Ask::get(TENANTS).with("limit", Some(LIMIT_MAX)), "tenants").await?;
                if let Value::Array(tenants) = &mut tenants {
                    tenants.sort_by_key(|tenant| tenant["number"].as_u64());
                }
                let columns = ["slug", "name", "status", "created_at"];
                return context.show_list(&tenants, &columns, "there are no tenants");
            }
            Self::Create { slug, name } => {
                context.ask(Ask::post(TENANTS, json!({ "slug": slug, "name": name }))).await?
            }
            Self::Show { slug } => context.ask(Ask::get(TENANTS).at(&slug)).await?,
            Self::Set { slug, name, status, strict, key_retention, rate_limit, token_rate_limit } => {
                let mismatch = strict.map(|strict| if strict { "refuse" } else { "report" });
                let body = json!({
                    "name": name,
                    "status": status,
                    "mismatch": mismatch,
                    "key_retention": key_retention,
                    "rate_limit": rate_limit,
                    "token_rate_limit": token_rate_limit,
                });
                context.ask(Ask::patch(TENANTS, body).at(&slug)).await?
            }
            Self::Delete { slug, yes: true } => {
                context.ask(Ask::delete(TENANTS).at(&slug)).await?;
                json!({ "slug": slug, "status": "deleted" })
            }
            Self::Delete { slug, yes: false } => {
                return Err(Failure::Usage(format!(
                    "deleting tenant `{slug}` cannot be undone; hint: add --yes if its credentials shall stop working"
                )));
            }
        };
        context.show(&value)
    }
}

/// Takes the text of a limit that is one.
fn limiting(text: &str) -> Result<String, String> {
    checked(text, Quota::parse)
}

/// Takes the text of a retention that is one.
fn retention(text: &str) -> Result<String, String> {
    checked(text, |text| match parse_duration(text) {
        Ok(duration) if duration.as_secs() == 0 => Err("keys are remembered for at least 1s".to_owned()),
        read => read.map_err(|error| error.to_string()),
    })
}

/// Takes a text that the appliance can read.
fn checked<T, E: ToString>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<String, String> {
    if let Change::To(text) = Change::of(text) {
        parse(&text).map_err(|error| error.to_string())?;
    }
    Ok(text.to_owned())
}
