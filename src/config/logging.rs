//! `[logging]`: where the log goes and what stands in it.

use crate::config::choice::choice;
use crate::config::kind::Kind;
use crate::config::setting::{Row, section};
use std::path::PathBuf;

choice! {
    /// How log lines look.
    pub enum LogFormat {
        /// Pretty on a terminal, JSON elsewhere.
        Auto = "auto",
        /// One JSON object a line.
        Json = "json",
        /// For people.
        Pretty = "pretty",
    }
}

choice! {
    /// The least severe lines that are written.
    pub enum LogLevel {
        /// Failures only.
        Error = "error",
        /// And what may become one.
        Warn = "warn",
        /// And what happened.
        Info = "info",
        /// And how.
        Debug = "debug",
        /// And every step.
        Trace = "trace",
    }
}

choice! {
    /// How clients' addresses appear.
    pub enum ClientAddress {
        /// As they are.
        Full = "full",
        /// Only the network: IPv4 to 24 bits, IPv6 to 48.
        Masked = "masked",
        /// Not at all.
        Off = "off",
    }
}

section! {
    /// Where the log goes and what stands in it. Payloads, keys and secrets never do.
    pub struct LoggingConfig in "logging" {
        /// `auto` is pretty on a terminal and JSON elsewhere.
        "format" format: LogFormat = LogFormat::Auto, Row::of(Kind::Choice(LogFormat::WORDS)).plain("LOG_FORMAT");

        /// The least severe lines that are written.
        "level" level: LogLevel = LogLevel::Info,
            Row::of(Kind::Choice(LogLevel::WORDS)).live().plain("LOG_LEVEL");

        /// How clients' addresses appear: whole, only the network (IPv4 to 24 bits, IPv6 to 48), or not at all.
        "client_address" client_address: ClientAddress = ClientAddress::Full,
            Row::of(Kind::Choice(ClientAddress::WORDS)).live().default_note("masked in production");

        /// Directory of log files, a new one every day; without one the log goes to standard output.
        "directory" directory: Option<PathBuf> = None, Row::of(Kind::OptionalPath);

        /// Most log files kept in the directory; the oldest goes first.
        "files_max" files_max: usize = 14, Row::of(Kind::count(1, 1_000));

        /// Most lines of successful requests written per second and route; one line says how many more there were.
        "success_lines_per_second_max" success_lines_per_second_max: u32 = 100, Row::of(Kind::count(1, 100_000)).live();
    }
}
