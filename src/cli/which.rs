//! Which events a command is about.

use crate::cli::ask::Ask;
use crate::cli::exit::Failure;

/// Whose events, and of what kind.
#[derive(Clone, Debug, clap::Args)]
pub struct Which {
    /// Whose events [default: the token's tenant, or default]
    #[arg(long)]
    pub tenant: Option<String>,
    /// Exactly this type
    #[arg(long = "type", value_name = "TYPE")]
    pub event_type: Option<String>,
    /// Exactly this source
    #[arg(long)]
    pub source: Option<String>,
    /// Exactly this trace id
    #[arg(long)]
    pub trace: Option<String>,
}

impl Which {
    /// Returns a request for these events.
    pub fn ask(&self, path: &str) -> Result<Ask, Failure> {
        let ask = Ask::get(path)
            .with("type", self.event_type.as_ref())
            .with("source", self.source.as_ref())
            .with("trace", self.trace.as_ref());
        ask.in_tenant(self.tenant.as_deref())
    }
}
