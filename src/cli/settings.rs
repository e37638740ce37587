//! `settings`.

use crate::cli::ask::Ask;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use serde_json::{Value, json};

/// Where settings are.
const SETTINGS: &str = "/api/v1/settings";

/// Shows settings, and sets those that are kept in the database.
///
/// A value set here holds over the default and gives way to the configuration file, the environment and --set. A
/// running appliance takes it at once. `mainstay config reference` tells which settings can be set so.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum SettingsCommand {
    /// Lists every setting with its value and who set it
    #[command(after_help = "Example: mainstay settings list --json")]
    List,
    /// Shows a setting: value, default, bounds and who set it
    #[command(after_help = "Example: mainstay settings show limits.rate_limit_max")]
    Show {
        /// The key
        key: String,
    },
    /// Sets a value
    #[command(after_help = "Example: mainstay settings set limits.rate_limit_max 500")]
    Set {
        /// The key
        key: String,
        /// The value as with --set; items of lists are separated by commas
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Takes a value back: the default holds again
    #[command(after_help = "Example: mainstay settings reset limits.rate_limit_max")]
    Reset {
        /// The key
        key: String,
    },
}

impl SettingsCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let value = match self {
            Self::List => {
                let settings = context.list(Ask::get(SETTINGS), "settings").await?;
                let columns = ["key", "value", "origin", "settable", "reload"];
                return context.show_list(&settings, &columns, "there are no settings");
            }
            Self::Show { key } => context.ask(Ask::get(SETTINGS).at(&key)).await?,
            Self::Set { key, value } => {
                context.ask(Ask::put(SETTINGS, json!({ "value": value })).at(&key)).await?
            }
            Self::Reset { key } => match context.ask(Ask::delete(SETTINGS).at(&key)).await? {
                // A key that the appliance does not know has nothing more to show.
                Value::Null => json!({ "key": key }),
                shown => shown,
            },
        };
        context.show(&value)
    }
}
