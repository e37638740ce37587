//! `source`.

use crate::app::admin::protocol::{Request, SourceRequest};
use crate::cli::context::{Context, read_secret_line};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::secret::Secret;
use crate::domain::source::{AutomaticKeys, Unsigned};
use crate::domain::time::parse_duration;
use crate::services::sources::{NewSource, SourceChange};
use serde_json::Value;

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
        #[arg(long, value_name = "DURATION", default_value = "24h")]
        overlap: String,
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
    fn automatic_keys(&self) -> Option<AutomaticKeys> {
        self.automatic_keys.as_deref().map(|word| match word {
            "off" => AutomaticKeys::Off,
            _ => AutomaticKeys::On,
        })
    }

    fn unsigned(&self) -> Option<Unsigned> {
        self.allow_unsigned.then_some(Unsigned::Allowed)
    }
}

impl SourceCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let listed = matches!(self, Self::List { .. });
        let value = context.ask(Request::Source(self.request()?)).await?;
        if context.json {
            return Ok(output::json(&value)?);
        }
        if listed {
            let columns =
                ["tenant", "name", "scheme", "path", "default_type", "automatic_keys", "created_at", "fault"];
            return Ok(output::table(&value, &columns, "there are no sources")?);
        }
        if value.get("secret").is_some() {
            output::note("give the secret to the provider now: it is shown once");
        }
        if let Some(fault) = value.get("fault").and_then(Value::as_str) {
            output::note(&format!("warning: the source cannot be used: {fault}"));
        }
        Ok(output::fields(&value)?)
    }

    fn request(self) -> Result<SourceRequest, Failure> {
        Ok(match self {
            Self::Create { tenant, name, scheme, secret_stdin, options } => {
                let secret = secret(secret_stdin)?;
                let (automatic_keys, unsigned) = (options.automatic_keys(), options.unsigned());
                let none_if_empty = |text: Option<String>| text.filter(|text| !text.is_empty());
                SourceRequest::Create(NewSource {
                    tenant,
                    name,
                    scheme: Some(scheme),
                    secret,
                    default_type: none_if_empty(options.default_type),
                    notification_url: none_if_empty(options.notification_url),
                    automatic_keys,
                    unsigned,
                })
            }
            Self::List { tenant } => SourceRequest::List { tenant },
            Self::Show { place: Place { tenant, name } } => SourceRequest::Show { tenant, name },
            Self::Set { place: Place { tenant, name }, scheme, options } => {
                let (automatic_keys, unsigned) = (options.automatic_keys(), options.unsigned());
                let Options { default_type, notification_url, .. } = options;
                let change =
                    SourceChange { scheme, default_type, notification_url, automatic_keys, unsigned };
                SourceRequest::Set { tenant, name, change }
            }
            Self::Rotate { place: Place { tenant, name }, secret_stdin, overlap } => {
                let overlap = parse_duration(&overlap);
                let overlap = overlap.map_err(|error| Failure::Usage(format!("--overlap: {error}")))?;
                let secret = secret(secret_stdin)?;
                SourceRequest::Rotate { tenant, name, secret, overlap_seconds: overlap.as_secs() }
            }
            Self::Delete { place: Place { tenant, name } } => SourceRequest::Delete { tenant, name },
        })
    }
}

fn secret(from_stdin: bool) -> Result<Option<Secret>, Failure> {
    if !from_stdin {
        return Ok(None);
    }
    let text = read_secret_line()?;
    if text.len() < SHORT_SECRET_LEN {
        let least = SHORT_SECRET_LEN;
        output::note(&format!("warning: the secret is shorter than {least} characters and could be guessed"));
    }
    Ok(Some(Secret::new(text)))
}
