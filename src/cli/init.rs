//! `init`.

use crate::app::directory::DataDirectory;
use crate::app::keys::bundle::Bundle;
use crate::app::keys::transfer;
use crate::app::offline::Offline;
use crate::cli::ask::Ask;
use crate::cli::client::Client;
use crate::cli::context::{Context, machine, read_secret_line};
use crate::cli::exit::Failure;
use crate::cli::keys::{passphrase_line, passphrase_of_environment};
use crate::cli::output;
use serde_json::json;
use std::path::PathBuf;

/// Makes the data directory, its keys and the first operator without serving.
///
/// The password is read as one line from stdin, 12 to 256 characters. Without --operator only the directory, the
/// database with the tenants `system` and `default`, the keys and the certificates are made; run again, what is there
/// stays.
///
/// With --keys the keys and the authority come from an export instead of being made; a directory that has keys already
/// is refused. Put a copy of the database there before, and its secrets open again. The export's passphrase comes from
/// stdin with --passphrase-stdin, or else from MAINSTAY_KEYS_PASSPHRASE or the file that MAINSTAY_KEYS_PASSPHRASE_FILE
/// names. With both --passphrase-stdin and --password-stdin, stdin's first line is the passphrase and its second the
/// password.
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Example: mainstay init --data-dir ./mainstay-data --operator owner --password-stdin < password.txt\nExample: mainstay init --data-dir ./mainstay-data --keys mainstay.keys --passphrase-stdin < passphrase.txt"
)]
pub struct Init {
    /// Login name of the first operator, an owner
    #[arg(long, value_name = "NAME", requires = "password_stdin")]
    pub operator: Option<String>,

    /// Reads the operator's password from stdin, one line
    #[arg(long, requires = "operator")]
    pub password_stdin: bool,

    /// Takes keys and authority from this file of `mainstay keys export`
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,

    /// Reads the passphrase of --keys from stdin, one line, before the password's
    #[arg(long, requires = "keys")]
    pub passphrase_stdin: bool,
}

impl Init {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        context.expect_this_machine()?;
        let loaded = context.load()?;
        let keys = self.read_keys()?;
        let password = if self.password_stdin { Some(read_secret_line()?) } else { None };
        let directory = DataDirectory::create(&context.data_path())?;
        output::note(&format!("data directory {}", directory.path().display()));
        let machine = machine();
        let lock = directory.lock()?;
        if let Some(keys) = keys {
            transfer::install(&directory, &keys)?;
            let taken: Vec<_> = keys.files().map(|(path, _)| path).collect();
            output::note(&format!("took {} from the export", taken.join(", ")));
        }
        directory.create_database(machine.clock.as_ref(), machine.entropy.as_ref())?;
        let opened = Offline::open(lock, &directory, &loaded, &machine).await?;
        let client = Client::Offline(Box::new(opened));
        let mut created = None;
        if let (Some(name), Some(password)) = (self.operator, password) {
            let body = json!({ "name": name, "password": password });
            let answer = client.json(&Ask::post("/local/first-operator", body)).await;
            created = Some(answer.map(|_operator| name));
        }
        client.close().await?;
        let operator = created.transpose()?;
        let ca = directory.tls().join("ca.pem");
        let value = json!({
            "data_dir": directory.path(),
            "operator": operator,
            "ca": ca.exists().then_some(ca),
        });
        context.show(&value)?;
        Ok(())
    }

    fn read_keys(&self) -> Result<Option<Bundle>, Failure> {
        let Some(file) = &self.keys else { return Ok(None) };
        let passphrase =
            if self.passphrase_stdin { passphrase_line()? } else { passphrase_of_environment()? };
        Ok(Some(transfer::read_export(file, &passphrase)?))
    }
}
