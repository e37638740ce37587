//! `config`.

use crate::cli::ask::Ask;
use crate::cli::context::{Context, machine};
use crate::cli::exit::Failure;
use crate::cli::{output, secrets};
use crate::config::{self, Loaded, Origin, Problem, Problems, TlsMode};
use crate::store::error::ErrorChain;
use crate::tls::keeper::TlsKeeper;
use serde_json::json;
use std::path::Path;

/// Checks and shows the configuration.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum ConfigCommand {
    /// Reports every problem of the configuration at once
    #[command(after_help = "Example: mainstay config check --config /etc/mainstay/mainstay.toml")]
    Check,
    /// Prints each effective value and where it comes from, secrets hidden
    #[command(after_help = "Example: mainstay config show --set logging.level=debug")]
    Show,
    /// Prints the tables of all settings and of a scheme's fields as Markdown
    #[command(after_help = "Example: mainstay config reference > settings.md")]
    Reference,
    /// Prints the commented default file
    #[command(after_help = "Example: mainstay config example > mainstay.toml")]
    Example,
}

impl ConfigCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Example => Ok(output::line(config::example().trim_end())?),
            Self::Reference => {
                let tables = [config::reference_markdown(), config::schemes_markdown()].join("\n");
                Ok(output::line(tables.trim_end())?)
            }
            Self::Check => {
                let (loaded, warnings) = check(context)?;
                warnings.iter().for_each(output::warning);
                if loaded.config.tls.mode == TlsMode::Files {
                    let opened = TlsKeeper::open(&loaded.config.tls, Path::new(""), machine().clock);
                    opened.map_err(|error| Failure::Configuration(ErrorChain(&error).to_string()))?;
                }
                let warnings = warnings.len();
                if context.json {
                    return Ok(output::json(&json!({ "valid": true, "warnings": warnings }))?);
                }
                Ok(output::line("the configuration is valid")?)
            }
            Self::Show => {
                let secrets = secrets::origins()?;
                let loaded = with_console(context).await?;
                if !context.json {
                    return Ok(output::line(&shown(&loaded, &secrets))?);
                }
                let settings = loaded.provenance.iter().map(
                    |row| json!({ "key": row.key, "value": row.value, "origin": row.origin.to_string() }),
                );
                let secrets = secrets.iter().map(|(name, origin)| {
                    let value = origin.as_ref().map(|_given| HIDDEN);
                    let origin = origin.as_ref().unwrap_or(&Origin::Default).to_string();
                    json!({ "key": name, "value": value, "origin": origin })
                });
                Ok(output::json(&settings.chain(secrets).collect())?)
            }
        }
    }
}

/// Stands for the value of a secret.
const HIDDEN: &str = "(hidden)";

/// Returns the settings as a file of them, and which secrets are given as remarks: no file of settings holds secrets.
fn shown(loaded: &Loaded, secrets: &[(&str, Option<Origin>)]) -> String {
    let secrets = secrets.iter().map(|(name, origin)| match origin {
        Some(origin) => format!("# {name} = {HIDDEN}  # {origin}"),
        None => format!("# {name} is not set"),
    });
    loaded.show() + &secrets.collect::<Vec<_>>().join("\n")
}

/// Reads the configuration and the secrets beside it: every problem of both at once, or else all warnings.
fn check(context: &Context) -> Result<(Loaded, Vec<Problem>), Failure> {
    let sources = context.sources()?;
    match (config::load(&sources), secrets::given(config::environment_of(&sources))) {
        (Ok(loaded), Ok((_secrets, unwise))) => {
            let warnings = loaded.warnings.iter().cloned().chain(unwise).collect();
            Ok((loaded, warnings))
        }
        (loaded, secrets) => {
            let problems = loaded.err().into_iter().chain(secrets.err());
            Err(Problems(problems.flat_map(|Problems(found)| found).collect()).into())
        }
    }
}

/// Reads the configuration and lays over it what the console set: as the running appliance has it, or else as the
/// database does, if there is one that can be opened. Otherwise it is said that nobody looked.
async fn with_console(context: &Context) -> Result<Loaded, Failure> {
    let loaded = context.load()?;
    let stored = match context.ask(Ask::get("/local/settings")).await {
        Ok(stored) => serde_json::from_value(stored).map_err(|error| Failure::from_error(&error))?,
        Err(failure @ Failure::Usage(_)) => return Err(failure),
        Err(failure) => {
            output::note(&format!("without the console's settings, which could not be read: {failure}"));
            return Ok(loaded);
        }
    };
    let laid = config::overlay(&loaded, &stored);
    laid.warnings.iter().filter(|warning| warning.origin == Origin::Console).for_each(output::warning);
    Ok(laid)
}
