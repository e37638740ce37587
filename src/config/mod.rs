//! Settings: as written in file, environment and flags, then typed and checked.
//!
//! Every setting is one declaration in its section's file: documentation, key, type, default and bounds in one place
//! (`section!`). Reading, `config show`, `config example` and the reference in the README all walk the same
//! table, so a new setting needs nothing else. Nothing here reads the clock, the environment or the disk: all of it
//! is handed in.

/// Where a setting came from, and what is wrong with it.
mod problem;

/// The known name nearest to a mistyped one.
mod nearest;

/// Values as written, and why one is refused.
mod raw;

/// Whole numbers with a unit: counts, bytes, milliseconds, durations.
mod measure;

/// What kind of value a setting takes, with its bounds.
mod kind;

/// Types that a setting's value can have.
mod field;

/// Settings fixed to a few words.
mod choice;

/// One setting, and the declaration of a section of them.
mod setting;

/// Values with a spelling of their own, one or several.
pub mod spelling;

/// `environment`: development or production.
pub mod environment;

/// `[listen]`: addresses and connections.
pub mod listen;

/// `[tls]`: whose certificate is shown.
pub mod tls;

/// `[limits]`: what one client may ask for.
pub mod limits;

/// `[cors]`: which other sites' pages may call the appliance.
pub mod cors;

/// `[idempotency]`: how long repeats are recognized.
pub mod idempotency;

/// `[store]`: journal, database and queue.
pub mod store;

/// `[logging]`: where the log goes and what stands in it.
pub mod logging;

/// `[shutdown]`: the graceful stop.
pub mod shutdown;

/// `[ops]`: who may see details and metrics.
pub mod ops;

/// `[schemes.NAME]`: signature schemes of the operator's own.
pub mod schemes;

/// All sections together.
mod whole;

/// The table of all settings.
pub mod reference;

/// Own schemes out of the file.
mod scheme_tables;

/// Where values come from.
mod sources;

/// The configuration file, flattened to keys and values.
mod file;

/// Environment variables that are settings.
mod variables;

/// `--set KEY=VALUE`.
mod flags;

/// What settings must hold together, and what production forbids.
mod checks;

/// From sources to a checked configuration.
mod load;

/// What the console set, between the defaults and everything else.
mod console;

/// The commented file of defaults.
mod example;

/// What changed between two configurations.
mod changes;

/// Secrets from the environment that are no settings.
mod secret;

/// What own schemes promise.
#[cfg(test)]
mod scheme_tests;

/// What the whole floor promises.
#[cfg(test)]
mod tests;

pub use changes::{Change, Changes, take_live};
pub use checks::check_key_file_mode;
pub use console::{check_stored, overlay};
pub use environment::Environment;
pub use example::example;
pub use idempotency::{IdempotencyConfig, Retention};
pub use limits::{LimitsConfig, RateLimitApplies};
pub use listen::ListenConfig;
pub use load::{Loaded, environment_of, load};
pub use logging::{ClientAddress, FieldName, LogFormat, LogLevel, LoggingConfig};
pub use ops::OpsConfig;
pub use problem::{Origin, Problem, Problems, Provenance};
pub use reference::{Entry, find, reference, reference_markdown, schemes_markdown, section_about};
pub use secret::{SecretVariable, check_secret, secret, secret_origin};
pub use setting::{Console, Reload, Secrecy};
pub use shutdown::ShutdownConfig;
pub use sources::Sources;
pub use store::StoreConfig;
pub use tls::{TlsConfig, TlsMode};
pub use whole::Config;
