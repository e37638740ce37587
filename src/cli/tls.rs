//! `tls`.

use crate::cli::ask::Ask;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use serde_json::Value;

/// Shows and renews certificates.
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub enum TlsCommand {
    /// Shows the certificates: names, ends, fingerprints
    #[command(after_help = "Example: mainstay tls show --json")]
    Show,
    /// Issues a new server certificate now
    #[command(after_help = "Example: mainstay tls renew")]
    Renew,
    /// Begins a new authority; the old one stays trusted for 30 days
    ///
    /// Clients that trust the old authority go on for 30 days. If `tls show` lists `names_left_out`, the new authority
    /// certifies those names too, and clients that trust the old one alone need the new ca.pem at once.
    #[command(after_help = "Example: mainstay tls rotate-ca")]
    RotateCa,
}

impl TlsCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let ask = match self {
            Self::Show => Ask::get("/api/v1/certificate"),
            Self::Renew => Ask::post("/api/v1/certificate/renew", Value::Null),
            Self::RotateCa => Ask::post("/api/v1/certificate/rotate", Value::Null),
        };
        let value = context.ask(ask).await?;
        context.show(&value)
    }
}
