//! `tls`.

use crate::app::admin::protocol::Request;
use crate::cli::context::Context;
use crate::cli::exit::Failure;

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
    #[command(after_help = "Example: mainstay tls rotate-ca")]
    RotateCa,
}

impl TlsCommand {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        let request = match self {
            Self::Show => Request::TlsShow,
            Self::Renew => Request::TlsRenew,
            Self::RotateCa => Request::TlsRotateAuthority,
        };
        let value = context.ask(request).await?;
        context.show(&value)?;
        Ok(())
    }
}
