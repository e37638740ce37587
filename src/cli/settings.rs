//! `settings`.

use crate::app::admin::protocol::{Request, SettingRequest};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::output;

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
        let listed = matches!(self, Self::List);
        let value = context.ask(Request::Setting(self.request())).await?;
        if context.json {
            return Ok(output::json(&value)?);
        }
        if listed {
            let columns = ["key", "value", "origin", "settable", "reload"];
            return Ok(output::table(&value, &columns, "there are no settings")?);
        }
        Ok(output::fields(&value)?)
    }

    fn request(self) -> SettingRequest {
        match self {
            Self::List => SettingRequest::List,
            Self::Show { key } => SettingRequest::Show { key },
            Self::Set { key, value } => SettingRequest::Set { key, value },
            Self::Reset { key } => SettingRequest::Reset { key },
        }
    }
}
