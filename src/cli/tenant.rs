//! `tenant`.

use crate::app::admin::protocol::Request;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::rate::Quota;
use crate::domain::tenant::{MismatchPolicy, TenantStatus};
use crate::domain::time::parse_duration;
use crate::services::input::Change;
use crate::services::tenants::TenantChange;

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
        #[arg(long, value_name = "DURATION")]
        key_retention: Option<String>,
        /// How often requests may work on it, such as 1000/1m; `off` for no limit
        #[arg(long, value_name = "MAX/WINDOW")]
        rate_limit: Option<String>,
        /// How often each token may, such as 100/1m; `off` for no limit
        #[arg(long, value_name = "MAX/WINDOW")]
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
        let listed = matches!(self, Self::List);
        let value = context.ask(self.request()?).await?;
        if context.json {
            return Ok(output::json(&value)?);
        }
        if listed {
            return Ok(output::table(
                &value,
                &["slug", "name", "status", "created_at"],
                "there are no tenants",
            )?);
        }
        Ok(output::fields(&value)?)
    }

    fn request(self) -> Result<Request, Failure> {
        Ok(match self {
            Self::Create { slug, name } => Request::TenantCreate { slug, name },
            Self::List => Request::TenantList,
            Self::Show { slug } => Request::TenantShow { slug },
            Self::Set { slug, name, status, strict, key_retention, rate_limit, token_rate_limit } => {
                let status = status.map(|status| match status.as_str() {
                    "suspended" => TenantStatus::Suspended,
                    _ => TenantStatus::Active,
                });
                let mismatch =
                    strict.map(|strict| if strict { MismatchPolicy::Refuse } else { MismatchPolicy::Report });
                let change = TenantChange {
                    name,
                    status,
                    mismatch,
                    key_retention: checked("--key-retention", key_retention, parse_duration)?,
                    rate_limit: checked("--rate-limit", rate_limit, Quota::parse)?,
                    token_rate_limit: checked("--token-rate-limit", token_rate_limit, Quota::parse)?,
                };
                Request::TenantSet { slug, change }
            }
            Self::Delete { slug, yes: true } => Request::TenantDelete { slug },
            Self::Delete { slug, yes: false } => {
                return Err(Failure::Usage(format!(
                    "deleting tenant `{slug}` cannot be undone; hint: add --yes if its credentials shall stop working"
                )));
            }
        })
    }
}

/// Reads an option whose value the appliance reads too.
fn checked<T, E: std::fmt::Display>(
    option: &str,
    text: Option<String>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Change, Failure> {
    let change = text.map_or(Change::Keep, |text| Change::of(&text));
    if let Change::To(text) = &change {
        parse(text).map_err(|error| Failure::Usage(format!("{option}: {error}")))?;
    }
    Ok(change)
}
