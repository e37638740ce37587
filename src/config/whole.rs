//! All sections together.

use crate::config::cors::CorsConfig;
use crate::config::environment::Environment;
use crate::config::idempotency::IdempotencyConfig;
use crate::config::limits::LimitsConfig;
use crate::config::listen::ListenConfig;
use crate::config::logging::{ClientAddress, LoggingConfig};
use crate::config::ops::OpsConfig;
use crate::config::shutdown::ShutdownConfig;
use crate::config::store::StoreConfig;
use crate::config::tls::TlsConfig;
use crate::domain::scheme::definition::Scheme;

/// The whole configuration, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What the appliance runs for.
    pub environment: Environment,
    /// Addresses and connections.
    pub listen: ListenConfig,
    /// Whose certificate is shown.
    pub tls: TlsConfig,
    /// What one client may ask for.
    pub limits: LimitsConfig,
    /// How long repeats are recognized.
    pub idempotency: IdempotencyConfig,
    /// Journal, database and queue.
    pub store: StoreConfig,
    /// Where the log goes and what stands in it.
    pub logging: LoggingConfig,
    /// The graceful stop.
    pub shutdown: ShutdownConfig,
    /// Who may see details and metrics.
    pub ops: OpsConfig,
    /// Which other sites' pages may call.
    pub cors: CorsConfig,
    /// Signature schemes of the operator's own.
    pub schemes: Vec<Scheme>,
}

impl Config {
    /// Returns the defaults of an environment.
    pub fn defaults(environment: Environment) -> Self {
        let mut config = Self { environment, ..Self::default() };
        if environment == Environment::Production {
            config.logging.client_address = ClientAddress::Masked;
        }
        config
    }
}
