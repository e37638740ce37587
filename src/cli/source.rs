//! `source`.

use crate::cli::ask::Ask;
use crate::cli::context::{Context, read_secret_line};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::time::{format_duration, parse_duration};
use crate::services::reading::LIMIT_MAX;
use serde_json::{Value, json};
use std::time::Duration;

/// Where sources are.
const SOURCES: &str = "/api/v1/sources";

/// Shorter secrets can be guessed by trying; providers give out longer ones.
const SHORT_SECRET_LEN: usize = 16;

/// Creates, lists, shows, changes, rotates and deletes sources: senders of signed webhooks.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum SourceCommand {
    /// Creates a source
    ///
    /// Give the provider the address of this appliance with the path that is shown. Without --secret-stdin a secret is
    /// made and shown once.
    #[command(
        after_help = "Example: mainstay source create --tenant acme pos --scheme hmac-sha256 --secret-stdin --json < secret.txt"
    )]
    Create {
        /// Whose events it sends
        #[arg(long, default_value = "default")]
        tenant: String,
        /// Its name, which is its events' source: 1 to 63 of a-z, 0-9 and -
        name: String,
        /// How it signs: hmac-sha256, github, stripe, shopify, square, slack, standard, none, or a scheme of your own
        #[arg(long, default_value = "hmac-sha256")]
        scheme: String,
        /// Reads the secret from stdin, one line
        #[arg(long)]
        secret_stdin: bool,
        /// What may differ
        #[command(flatten)]
        options: Options,
    },
    /// Lists sources, without their secrets
    #[command(after_help = "Example: mainstay source list --tenant acme")]
    List {
        /// Only this tenant's
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Shows a source
    #[command(after_help = "Example: mainstay source show --tenant acme pos")]
    Show {
        /// Which source
        #[command(flatten)]
        place: Place,
    },
    /// Changes a source; what is not named stays
    #[command(after_help = "Example: mainstay source set --tenant acme pos --type sale --automatic-keys off")]
    Set {
        /// Which source
        #[command(flatten)]
        place: Place,
        /// How it signs
        #[arg(long)]
        scheme: Option<String>,
        /// What to change
        #[command(flatten)]
        options: Options,
    },
    /// Gives a source a new secret; the present one works on for a while
    ///
    /// Without --secret-stdin a secret is made and shown once. At most two work at a time.
    #[command(after_help = "Example: mainstay source rotate --tenant acme pos --overlap 24h --json")]
    Rotate {
        /// Which source
        #[command(flatten)]
        place: Place,
        /// Reads the new secret from stdin, one line
        #[arg(long)]
        secret_stdin: bool,
        /// How long the present secret works on, at most 30d
        #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
        overlap: Duration,
    },
    /// Deletes a source: its deliveries are refused, its events stay in the ledger
    #[command(after_help = "Example: mainstay source delete --tenant acme pos")]
    Delete {
        /// Which source
        #[command(flatten)]
        place: Place,
    },
}

/// Which source.
#[derive(Clone, Debug, clap::Args)]
pub struct Place {
    /// Whose it is
    #[arg(long, default_value = "default")]
    tenant: String,
    /// Its name
    name: String,
}

impl Place {
    fn lead(&self, ask: Ask) -> Ask {
        ask.at(&self.tenant).at(&self.name)
    }
}

/// What may differ between sources.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Type of events that say none themselves [default: event]; empty for none
    #[arg(long = "type", value_name = "TYPE")]
    default_type: Option<String>,
    /// The address the provider was given, where the scheme signs it, such as square's; empty for none
    #[arg(long, value_name = "URL")]
    notification_url: Option<String>,
    /// Whether a delivery without an id counts as a repeat of one with the same content shortly before [default: on]
    #[arg(long, value_parser = ["on", "off"], value_name = "on|off")]
    automatic_keys: Option<String>,
    /// Takes deliveries without a signature, for scheme none: anybody who knows the address may send
    #[arg(long)]
    allow_unsigned: bool,
}

impl Options {
    /// Returns a body of `members` and the options, of which those that are left out are null.
    fn body<const N: usize>(self, members: [(&str, Value); N]) -> Value {
        let options = [
            ("default_type", self.default_type.into()),
            ("notification_url", self.notification_url.into()),
            ("automatic_keys", self.automatic_keys.into()),
            ("unsigned", self.allow_unsigned.then_some("allowed").into()),
        ];
        members.into_iter().chain(options).collect()
    }
}

impl SourceCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let value = match self {
            Self::List { tenant } => {
                let ask = Ask::get(SOURCES).with("tenant", tenant).with("limit", Some(LIMIT_MAX));
                let sources = context.list(ask, "sources").await?;
                let columns = ["tenant", "name", "scheme", "path", "default_type", "automatic_keys"];
                let columns = [&columns[..], &["created_at", "fault"]].concat();
                return context.show_list(&sources, &columns, "there are no sources");
            }
            Self::Create { tenant, name, scheme, secret_stdin, options } => {
                let none_if_empty = |text: &String| !text.is_empty();
                let options = Options {
                    default_type: options.default_type.filter(none_if_empty),
                    notification_url: options.notification_url.filter(none_if_empty),
                    ..options
                };
                let body = options.body([
                    ("tenant", tenant.into()),
                    ("name", name.into()),
                    ("scheme", scheme.into()),
                    ("secret", secret(secret_stdin)?.into()),
                ]);
                context.ask(Ask::post(SOURCES, body)).await?
            }
            Self::Show { place } => context.ask(place.lead(Ask::get(SOURCES))).await?,
            Self::Set { place, scheme, options } => {
                let body = options.body([("scheme", scheme.into())]);
                context.ask(place.lead(Ask::patch(SOURCES, body))).await?
            }
            Self::Rotate { place, secret_stdin, overlap } => {
                let body = json!({ "secret": secret(secret_stdin)?, "overlap": format_duration(overlap) });
                context.ask(place.lead(Ask::post(SOURCES, body)).at("rotate")).await?
            }
            Self::Delete { place } => {
                context.ask(place.lead(Ask::delete(SOURCES))).await?;
                json!({ "tenant": place.tenant, "name": place.name, "status": "deleted" })
            }
        };
        if !context.json {
            remark(&value);
        }
        context.show(&value)
    }
}

/// Says what must not be passed over.
fn remark(value: &Value) {
    if value.get("secret").is_some() {
        output::note("give the secret to the provider now: it is shown once");
    }
    if let Some(fault) = value.get("fault").and_then(Value::as_str) {
        output::warning(format_args!("the source cannot be used: {fault}"));
    }
}

fn secret(from_stdin: bool) -> Result<Option<String>, Failure> {
    if !from_stdin {
        return Ok(None);
    }
    let text = read_secret_line()?;
    if text.len() < SHORT_SECRET_LEN {
        let least = SHORT_SECRET_LEN;
        output::warning(format_args!("the secret is shorter than {least} characters and could be guessed"));
    }
    Ok(Some(text))
}
