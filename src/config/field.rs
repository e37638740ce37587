//! Types that a setting's value can have.

use crate::config::kind::Kind;
use crate::config::raw::{Raw, Refusal, shortened};
use ipnet::IpNet;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// A field of a section, as reading and showing see it.
pub(super) trait Field {
    /// Takes the value written, or refuses it and stays as it is.
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal>;

    /// Writes the value so that `read` takes it.
    fn text(&self, kind: &Kind) -> String;
}

/// A value that stands in a text, alone or among others; `Display` writes it so that `read` takes it.
pub(super) trait Spelling: Display + PartialEq + Sized {
    /// Reads the text, or says what it is instead.
    fn read(text: &str) -> Result<Self, String>;
}

/// The word for an optional value that is not there.
const OFF: &str = "off";

/// Longest host name (RFC 1035, 2.3.4).
const HOST_LEN_MAX: usize = 253;

/// Longest label of a host name (RFC 1035, 2.3.4).
const HOST_LABEL_LEN_MAX: usize = 63;

fn number<T: TryFrom<u64>>(kind: &Kind, raw: &Raw) -> Result<T, Refusal> {
    let refusal = |_error| Refusal::new("more than this machine can address", "write a smaller number");
    T::try_from(kind.measure(raw)?).map_err(refusal)
}

impl Field for u64 {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        *self = number(kind, raw)?;
        Ok(())
    }

    fn text(&self, kind: &Kind) -> String {
        kind.measure_text(*self)
    }
}

impl Field for u32 {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        *self = number(kind, raw)?;
        Ok(())
    }

    fn text(&self, kind: &Kind) -> String {
        kind.measure_text(u64::from(*self))
    }
}

impl Field for usize {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        *self = number(kind, raw)?;
        Ok(())
    }

    fn text(&self, kind: &Kind) -> String {
        kind.measure_text(*self as u64)
    }
}

impl Field for Duration {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        *self = Self::from_millis(kind.measure(raw)?);
        Ok(())
    }

    fn text(&self, kind: &Kind) -> String {
        kind.measure_text(u64::try_from(self.as_millis()).unwrap_or(u64::MAX))
    }
}

impl Field for SocketAddr {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        *self = raw.text().and_then(|text| text.parse().ok()).ok_or_else(|| kind.mismatch())?;
        Ok(())
    }

    fn text(&self, _kind: &Kind) -> String {
        self.to_string()
    }
}

impl Field for Option<SocketAddr> {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        let text = raw.text().ok_or_else(|| kind.mismatch())?;
        *self = if is_off(text) { None } else { Some(text.parse().map_err(|_error| kind.mismatch())?) };
        Ok(())
    }

    fn text(&self, _kind: &Kind) -> String {
        self.map_or_else(|| OFF.to_owned(), |address| address.to_string())
    }
}

impl Field for Option<PathBuf> {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        let text = raw.text().ok_or_else(|| kind.mismatch())?;
        if text.chars().any(char::is_control) {
            return Err(kind.mismatch());
        }
        *self = if is_off(text) { None } else { Some(PathBuf::from(text)) };
        Ok(())
    }

    fn text(&self, _kind: &Kind) -> String {
        self.as_ref().map_or_else(|| OFF.to_owned(), |path| path.display().to_string())
    }
}

/// Names and addresses that go into a certificate.
impl Spelling for String {
    fn read(text: &str) -> Result<Self, String> {
        let name = text.parse().map_or_else(|_error| host(text), |address: IpAddr| Some(address.to_string()));
        name.ok_or_else(|| "neither a DNS name nor an IP address".to_owned())
    }
}

impl Spelling for IpNet {
    fn read(text: &str) -> Result<Self, String> {
        let network: Result<Self, _> =
            text.parse().or_else(|_error| text.parse().map(|address: IpAddr| address.into()));
        let wrong = |_error| "neither a network nor an IP address".to_owned();
        network.map(|network| network.trunc()).map_err(wrong)
    }
}

impl<T: Spelling> Field for Vec<T> {
    fn read(&mut self, kind: &Kind, raw: &Raw) -> Result<(), Refusal> {
        *self = spelled_list(kind, &raw.items().ok_or_else(|| kind.mismatch())?)?;
        Ok(())
    }

    fn text(&self, _kind: &Kind) -> String {
        joined(self)
    }
}

fn is_off(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case(OFF)
}

/// Reads the items of a list, each once and in their order.
pub(super) fn spelled_list<T: Spelling>(kind: &Kind, items: &[impl AsRef<str>]) -> Result<Vec<T>, Refusal> {
    let Kind::List(_, len_max) = kind else { return Err(kind.mismatch()) };
    if items.len() > *len_max {
        let reason = format!("a list of {} items", items.len());
        return Err(Refusal::new(reason, format!("write at most {len_max}")));
    }
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        let value = spelled(kind, item.as_ref())?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(values)
}

/// Reads a value, or says which text is none and why.
pub(super) fn spelled<T: Spelling>(kind: &Kind, text: &str) -> Result<T, Refusal> {
    let refusal = |wrong| Refusal::new(format!("`{}` is {wrong}", shortened(text)), kind.mismatch().hint);
    T::read(text).map_err(refusal)
}

pub(super) fn joined<T: Spelling>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Reads a host name into lower case; a last label of digits only would be a mistyped address.
fn host(name: &str) -> Option<String> {
    let label = |label: &str| {
        (1..=HOST_LABEL_LEN_MAX).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let valid = name.len() <= HOST_LEN_MAX
        && name.split('.').all(label)
        && !last.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<T: Field + Default>(kind: Kind, text: &str) -> Result<T, Refusal> {
        let mut field = T::default();
        field.read(&kind, &Raw::Text(text.to_owned()))?;
        Ok(field)
    }

    #[test]
    fn names_are_dns_names_or_addresses_in_lower_case() {
        let names: Vec<String> =
            read(Kind::NAMES, "Mainstay.Example.org, 10.0.0.1,::1,localhost,LOCALHOST").unwrap();
        assert_eq!(names, ["mainstay.example.org", "10.0.0.1", "::1", "localhost"]);
        assert_eq!(read::<Vec<String>>(Kind::NAMES, " ").unwrap(), Vec::<String>::new());
        for wrong in
            ["a,", "a_b", "-a", "a..b", "a.", "10.0.0", "10.0.0.256", "*.a.org", "a b", &"a".repeat(64)]
        {
            assert!(read::<Vec<String>>(Kind::NAMES, wrong).is_err(), "{wrong}");
        }
        assert!(read::<Vec<String>>(Kind::NAMES, &"a,".repeat(101)).is_err());
    }

    #[test]
    fn a_network_is_written_with_or_without_its_length() {
        let networks: Vec<IpNet> = read(Kind::NETWORKS, "10.1.2.3/8,192.0.2.7,::1").unwrap();
        assert_eq!(networks.text(&Kind::NETWORKS), "10.0.0.0/8,192.0.2.7/32,::1/128");
        assert!(read::<Vec<IpNet>>(Kind::NETWORKS, "10.0.0.0/33").is_err());
    }

    #[test]
    fn optional_values_are_switched_off_by_a_word_or_by_nothing() {
        for off in ["off", "OFF", "", " "] {
            assert_eq!(read::<Option<SocketAddr>>(Kind::OPTIONAL_ADDRESS, off), Ok(None));
            assert_eq!(read::<Option<PathBuf>>(Kind::OPTIONAL_PATH, off), Ok(None));
        }
        assert!(read::<Option<SocketAddr>>(Kind::OPTIONAL_ADDRESS, "8443").is_err());
        assert!(read::<Option<PathBuf>>(Kind::OPTIONAL_PATH, "a\0b").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_value_or_refused(text in ".*") {
            if let Ok(names) = read::<Vec<String>>(Kind::NAMES, &text) {
                prop_assert_eq!(read::<Vec<String>>(Kind::NAMES, &names.join(",")).unwrap(), names);
            }
            let _ = read::<Vec<IpNet>>(Kind::NETWORKS, &text);
            let _ = read::<Option<SocketAddr>>(Kind::OPTIONAL_ADDRESS, &text);
            let _ = read::<Option<PathBuf>>(Kind::OPTIONAL_PATH, &text);
        }
    }
}
