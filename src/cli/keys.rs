//! `keys`.

use crate::app::keys::transfer;
use crate::cli::context::{Context, machine, read_secret_line};
use crate::cli::exit::Failure;
use crate::config::{self, SecretVariable};
use crate::domain::secret::Secret;
use serde_json::json;
use std::path::PathBuf;

/// Takes the keys outside the database along.
///
/// The database's secrets are sealed with keys/sealing.key, and clients trust tls/ca.pem. A snapshot holds neither, so
/// keep an export of both beside your snapshots, and its passphrase elsewhere.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum KeysCommand {
    /// Writes keys/ and the authority into one new file, encrypted with a passphrase
    ///
    /// The passphrase has at least 12 characters; it comes from stdin, or else from MAINSTAY_KEYS_PASSPHRASE or the
    /// file that MAINSTAY_KEYS_PASSPHRASE_FILE names. The appliance may run meanwhile. `mainstay init --keys FILE` makes
    /// a data directory with these keys.
    #[command(
        after_help = "Example: mainstay keys export mainstay.keys --data-dir /var/lib/mainstay --passphrase-stdin < passphrase.txt"
    )]
    Export {
        /// The file to be made (mode 0600); an existing one is never replaced
        file: PathBuf,

        /// Reads the passphrase from stdin, one line
        #[arg(long)]
        passphrase_stdin: bool,
    },
}

impl KeysCommand {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<(), Failure> {
        let Self::Export { file, passphrase_stdin } = self;
        context.expect_this_machine()?;
        let directory = context.directory()?;
        let environment = context.load()?.config.environment;
        let passphrase = if passphrase_stdin { passphrase_line()? } else { passphrase_of_environment()? };
        let machine = machine();
        let (now, entropy) = (machine.clock.now(), machine.entropy.as_ref());
        let files = transfer::export(&directory, environment, &file, &passphrase, now, entropy)?;
        context.show(&json!({ "file": file, "holds": files }))
    }
}

/// Reads the passphrase of an export as one line of stdin.
pub fn passphrase_line() -> Result<Secret, Failure> {
    Ok(Secret::new(read_secret_line()?))
}

/// Returns the passphrase of an export from the environment, for who has not announced it on stdin.
pub fn passphrase_of_environment() -> Result<Secret, Failure> {
    let found = config::secret(
        SecretVariable::KeysPassphrase,
        |name| std::env::var_os(name),
        |path| std::fs::read_to_string(path),
    )?;
    found.map(Secret::new).ok_or_else(|| {
        let message =
            "there is no passphrase; hint: give it with --passphrase-stdin or in MAINSTAY_KEYS_PASSPHRASE";
        Failure::Usage(message.into())
    })
}
