//! `init`.

use crate::app::admin::client::Opened;
use crate::app::admin::protocol::Request;
use crate::app::directory::DataDirectory;
use crate::cli::context::{Context, machine, read_secret_line, unwrap_answer};
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::secret::Secret;
use serde_json::json;

/// Makes the data directory, its keys and the first operator without serving.
///
/// The password is read as one line from stdin, 12 to 256 characters. Without --operator only the directory, the
/// database with the tenants `system` and `default`, and the certificates are made; run again, what is there stays.
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Example: mainstay init --data-dir ./mainstay-data --operator owner --password-stdin < password.txt"
)]
pub struct Init {
    /// Login name of the first operator, an owner
    #[arg(long, value_name = "NAME", requires = "password_stdin")]
    pub operator: Option<String>,

    /// Reads the operator's password from stdin, one line
    #[arg(long, requires = "operator")]
    pub password_stdin: bool,
}

impl Init {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let config = context.load()?.config;
        let password = if self.password_stdin { Some(read_secret_line()?) } else { None };
        let directory = DataDirectory::create(&context.data_path())?;
        output::note(&format!("data directory {}", directory.path().display()));
        let machine = machine();
        let lock = directory.lock()?;
        directory.create_database(machine.clock.as_ref(), machine.entropy.as_ref())?;
        let opened = Opened::open(lock, &directory, &config, &machine).await?;
        let mut created = None;
        if let (Some(name), Some(password)) = (self.operator, password) {
            let request =
                Request::OperatorCreateFirst { name: name.clone(), password: Secret::new(password) };
            let answer = opened.dispatcher().carry_out(request).await;
            created = Some(unwrap_answer(answer).map(|_| name));
        }
        opened.close().await?;
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
}
