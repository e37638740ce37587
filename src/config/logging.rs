//! `[logging]`: where the log goes and what stands in it.

use crate::config::choice::choice;
use crate::config::field::Spelling;
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

/// The name of a member that holds a secret in events or requests.
#[derive(Clone, Debug, PartialEq, Eq, derive_more::Display)]
pub struct FieldName(String);

/// Longest name of a member: what is longer is never compared.
const FIELD_NAME_LEN_MAX: usize = 64;

impl FieldName {
    /// Reads a name; none if no line could show it as one word.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let valid = (1..=FIELD_NAME_LEN_MAX).contains(&text.len())
            && text.bytes().all(plain)
            && text.bytes().any(|byte| byte.is_ascii_alphanumeric());
        valid.then(|| Self(text.to_owned()))
    }

    /// Returns the name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Spelling for FieldName {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "no field name".to_owned())
    }
}

/// Names of members that are secrets in most payloads; `token` covers `access_token`.
const SECRET_FIELDS: [&str; 9] =
    ["password", "secret", "token", "api_key", "private_key", "card_number", "cvv", "pin", "iban"];

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
        "directory" directory: Option<PathBuf> = None, Row::of(Kind::OPTIONAL_PATH);

        /// Most log files kept in the directory; the oldest goes first.
        "files_max" files_max: usize = 14, Row::of(Kind::count(1, 1_000));

        /// Most lines of successful requests written per second and route; one line says how many more there were.
        "success_lines_per_second_max" success_lines_per_second_max: u32 = 100, Row::of(Kind::count(1, 100_000)).live();

        /// Names of JSON members, parameters and headers whose values are masked should they ever come into a line;
        /// `card_number` covers `cardNumber` and `old-card-number` as well. Authorization, cookies, tokens and signatures
        /// are masked whatever stands here.
        "redact_fields" redact_fields: Vec<FieldName> =
            SECRET_FIELDS.iter().filter_map(|name| FieldName::parse(name)).collect(), Row::of(Kind::FIELD_NAMES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_field_name_is_one_word() {
        for good in ["card_number", "X-Api-Key", "cvv2", " pin "] {
            assert_eq!(FieldName::parse(good).unwrap().as_str(), good.trim());
        }
        for wrong in ["", "a b", "a.b", "né", "__", "\"a\"", &"a".repeat(65)] {
            assert_eq!(FieldName::parse(wrong), None, "{wrong}");
        }
        assert_eq!(LoggingConfig::default().redact_fields.len(), SECRET_FIELDS.len());
    }

    proptest! {
        #[test]
        fn any_text_is_a_field_name_or_refused(text in ".*") {
            if let Some(name) = FieldName::parse(&text) {
                prop_assert_eq!(FieldName::parse(name.as_str()), Some(name));
            }
        }
    }
}
