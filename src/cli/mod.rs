//! The command line: one file per command. Results go to stdout, everything else to stderr.

/// What every command returns.
pub mod exit;

/// Results for people and for scripts.
pub mod output;

/// An appliance elsewhere: its address, whom to trust, and the token.
pub mod remote;

/// What a command asks.
pub mod ask;

/// An answer read line by line as it comes.
pub mod lines;

/// A client of one appliance.
pub mod client;

/// Options that every command has.
pub mod context;

/// The signals that end a command.
pub mod interrupts;

/// Secrets that the environment, files and the service manager give.
pub mod secrets;

/// `setup-link`.
pub mod setup_link;

/// `serve`.
pub mod serve;

/// `demo`.
pub mod demo;

/// `keys`.
pub mod keys;

/// `init`.
pub mod init;

/// `config`.
pub mod config;

/// `settings`.
pub mod settings;

/// `tenant`.
pub mod tenant;

/// `token`.
pub mod token;

/// `source`.
pub mod source;

/// `operator`.
pub mod operator;

/// `block`.
pub mod block;

/// Which events a command is about, and `events tail`.
pub mod tail;

/// `events`.
pub mod events;

/// `send`.
pub mod send;

/// `tls`.
pub mod tls;

/// `clock`.
pub mod clock;

/// `schema` and `ledger`.
pub mod ledger;

/// `probe`.
pub mod probe;

/// `doctor`.
pub mod doctor;

/// All commands together.
pub mod command;
