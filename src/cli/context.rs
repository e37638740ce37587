//! Options that every command has.

use crate::app::directory::DataDirectory;
use crate::cli::ask::Ask;
use crate::cli::client::Client;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::cli::remote::RemoteOptions;
use crate::config::{self, Loaded, Origin, Problem, Problems, Sources};
use crate::platform::clock::SystemClock;
use crate::platform::entropy::SystemEntropy;
use crate::platform::machine::Machine;
use serde_json::Value;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the configuration is when nobody says.
const DEFAULT_CONFIG: &str = "/etc/mainstay/mainstay.toml";

/// Where the data is when nobody says.
const DEFAULT_DATA: &str = "./mainstay-data";

/// Options that every command has.
#[derive(Clone, Debug, clap::Args)]
pub struct Context {
    /// Configuration file [default: /etc/mainstay/mainstay.toml if it exists]
    #[arg(long, global = true, value_name = "FILE", env = "MAINSTAY_CONFIG")]
    pub config: Option<PathBuf>,

    /// Data directory [default: $STATE_DIRECTORY, else ./mainstay-data]
    #[arg(long, global = true, value_name = "DIR", env = "MAINSTAY_DATA_DIR")]
    pub data_dir: Option<PathBuf>,

    /// Overrides a setting, such as --set listen.https=127.0.0.1:0; may be repeated
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub settings: Vec<String>,

    /// An appliance elsewhere
    #[command(flatten)]
    pub remote: RemoteOptions,

    /// Prints results as JSON
    #[arg(long, global = true)]
    pub json: bool,
}

impl Context {
    /// Returns where values of settings come from.
    pub fn sources(&self) -> Result<Sources, Failure> {
        let mut sources =
            Sources::new().with_environment(std::env::vars_os()).with_flags(self.settings.clone());
        if let Some(path) = &self.config_path() {
            let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
            sources = sources.with_file(path, text);
        }
        Ok(sources)
    }

    /// Returns the configuration file's path, if there is one.
    pub fn config_path(&self) -> Option<PathBuf> {
        let default = Path::new(DEFAULT_CONFIG);
        self.config.clone().or_else(|| default.exists().then(|| default.to_owned()))
    }

    /// Reads and checks the configuration.
    pub fn load(&self) -> Result<Loaded, Failure> {
        Ok(config::load(&self.sources()?)?)
    }

    /// Returns the data directory's path.
    pub fn data_path(&self) -> PathBuf {
        let given = self.data_dir.clone().or_else(|| std::env::var_os("STATE_DIRECTORY").map(PathBuf::from));
        given.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA))
    }

    /// Returns the data directory, which must exist, and names it on stderr.
    pub fn directory(&self) -> Result<DataDirectory, Failure> {
        let directory = DataDirectory::existing(&self.data_path())?;
        let database = directory.path().join(crate::store::database::FILE_NAME);
        let there = database.try_exists().map_err(|error| {
            Failure::Failed(format!("{} cannot be looked at: {error}", database.display()))
        })?;
        if !there {
            let path = directory.path().display();
            return Err(Failure::Failed(format!(
                "there is no database in {path}; hint: name the right data directory with --data-dir, or make it with `mainstay init`"
            )));
        }
        output::note(&format!("data directory {}", directory.path().display()));
        Ok(directory)
    }

    /// Returns the address of the appliance elsewhere that is meant, if one is.
    pub fn url(&self) -> Option<String> {
        let of_environment = || RemoteOptions::url_of_environment().filter(|_| self.data_dir.is_none());
        self.remote.url.clone().or_else(of_environment)
    }

    /// Refuses an appliance elsewhere.
    pub fn expect_this_machine(&self) -> Result<(), Failure> {
        match self.url() {
            None => Ok(()),
            Some(_elsewhere) => Err(Failure::Usage(
                "this command works on the appliance's machine only; hint: give it there, without --url and MAINSTAY_URL"
                    .into(),
            )),
        }
    }

    /// Reaches the appliance, running or not, here or elsewhere.
    pub async fn client(&self) -> Result<Client, Failure> {
        if let Some(url) = self.url() {
            return self.elsewhere(&url);
        }
        let directory = self.directory()?;
        Ok(Client::of_directory(&directory, &self.load()?, &machine()).await?)
    }

    /// Reaches an appliance elsewhere, and names it on stderr.
    pub fn elsewhere(&self, url: &str) -> Result<Client, Failure> {
        let client = Client::of_address(url, &self.remote)?;
        output::note(&format!("appliance {url}"));
        Ok(client)
    }

    /// Shows a result: as JSON when asked for, else as lines of name and value.
    pub fn show(&self, value: &Value) -> Result<(), Failure> {
        if self.json {
            return Ok(output::json(value)?);
        }
        Ok(output::fields(value)?)
    }

    /// Shows a list: as JSON when asked for, else as a table.
    pub fn show_list(&self, list: &Value, columns: &[&str], empty: &str) -> Result<(), Failure> {
        if self.json {
            return Ok(output::json(list)?);
        }
        Ok(output::table(list, columns, empty)?)
    }

    /// Asks the appliance and returns what it answers.
    pub async fn ask(&self, ask: Ask) -> Result<Value, Failure> {
        if ask.is_local() {
            self.expect_this_machine()?;
        }
        let client = self.client().await?;
        let answer = client.json(&ask).await;
        client.close().await?;
        answer
    }

    /// Asks for a list and returns all of it: of every portion the member with this name.
    pub async fn list(&self, ask: Ask, member: &str) -> Result<Value, Failure> {
        let client = self.client().await?;
        let list = client.list(&ask, member).await;
        client.close().await?;
        list
    }
}

/// Says why a configuration file cannot be read, and what helps.
fn unreadable(path: &Path, error: &io::Error) -> Problems {
    let (reason, hint) = match error.kind() {
        io::ErrorKind::InvalidData => {
            ("the configuration file is not UTF-8".to_owned(), "save it as UTF-8; TOML has no other form")
        }
        io::ErrorKind::NotFound => {
            ("there is no such configuration file".to_owned(), "name the right one with --config")
        }
        _ => (
            format!("the configuration file cannot be read: {error}"),
            "check its owner and mode, or name another one with --config",
        ),
    };
    let origin = Origin::File { path: path.to_owned(), line: None };
    Problems(vec![Problem::new("", origin, reason, hint)])
}

/// Returns this machine's clock and entropy.
pub fn machine() -> Machine {
    Machine { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy::new()) }
}

/// Reads one line of stdin without its line ending.
pub fn read_secret_line() -> Result<String, Failure> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let secret = line.strip_suffix('\n').unwrap_or(&line);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(Failure::Usage("nothing came on stdin; hint: give the secret as one line".into()));
    }
    Ok(secret.to_owned())
}
