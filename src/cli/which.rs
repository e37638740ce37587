//! Which events a command is about.

/// Whose events, and of what kind.
#[derive(Clone, Debug, clap::Args)]
pub struct Which {
    /// Whose events
    #[arg(long, default_value = "default")]
    pub tenant: String,
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
