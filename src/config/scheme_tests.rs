//! What own schemes promise: every field read, shown and refused by name.

use crate::config::changes::changes;
use crate::config::load::load;
use crate::config::schemes::SchemeConfig;
use crate::config::sources::Sources;
use crate::config::whole::Config;
use crate::crypto::mac::MacHash;
use crate::domain::scheme::definition::{Encoding, SecretForm, Shape};
use crate::domain::scheme::place::HeaderName;
use proptest::prelude::*;
use std::time::Duration;

const WHOLE: &str = r#"
[schemes.vendor]
headers = ["X-Vendor-Signature", "X-Sig"]
algorithm = "hmac-sha512"
encoding = "base64"
shape = "single"
prefixes = ["HMAC ", ""]
signed = "{id}|{timestamp}|{url}|{body}"
secret = "base64"
secret_prefix = "key_"
timestamp = "header:X-Time"
tolerance = "90s"
id = "X-Id"
delivery_id = ["header:X-Id", "json:/meta/id"]
event_type = "json:/type"
challenge_at = "/type"
challenge_is = "ping"
challenge_echo = "/challenge"
"#;

fn problems(text: &str) -> Vec<String> {
    let loaded = load(&Sources::new().with_file("m.toml", text));
    loaded.map_or_else(|problems| problems.0.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

/// Returns the config without and with one line of the table changed.
fn with(line: &str, other: &str) -> Vec<String> {
    assert!(WHOLE.contains(line), "{line}");
    problems(&WHOLE.replace(line, other))
}

#[test]
fn every_field_of_a_scheme_is_read_and_shown_with_its_origin() {
    let loaded = load(&Sources::new().with_file("m.toml", WHOLE)).unwrap();
    let scheme = &loaded.config.schemes[0];
    let signature = scheme.signature.as_ref().unwrap();
    assert_eq!((scheme.name.as_str(), signature.hash), ("vendor", MacHash::Sha512));
    assert_eq!(
        signature.headers.iter().map(HeaderName::as_str).collect::<Vec<_>>(),
        ["x-vendor-signature", "x-sig"]
    );
    assert_eq!((signature.encoding, &signature.shape), (Encoding::Base64, &Shape::Single));
    assert_eq!(signature.prefixes, ["HMAC ", ""]);
    assert_eq!((signature.secret, signature.secret_prefix.as_str()), (SecretForm::Base64, "key_"));
    assert_eq!(signature.tolerance, Duration::from_secs(90));
    assert_eq!((scheme.delivery_id.len(), scheme.event_type.len()), (2, 1));
    assert!(scheme.challenge.is_some());
    let shown = loaded.show();
    assert!(shown.contains("schemes.vendor.prefixes = [\"HMAC \", \"\"]"), "{shown}");
    assert!(shown.contains("schemes.vendor.tolerance = \"90s\""), "{shown}");
    assert!(shown.contains("# m.toml:4\n"), "{shown}");
    assert_eq!(load(&Sources::new().with_file("m", shown)).unwrap().config, loaded.config);
    assert!(loaded.differences().any(|row| row.key == "schemes.vendor.headers"));
}

#[test]
fn a_scheme_needs_its_header_alone() {
    let loaded = load(&Sources::new().with_file("m", "[schemes.a]\nheaders = [\"X-A\"]")).unwrap();
    let signature = loaded.config.schemes[0].signature.clone().unwrap();
    assert_eq!(signature.signed.to_string(), "{body}");
    assert_eq!(loaded.differences().count(), 1);
}

#[test]
fn every_field_is_refused_by_name_with_a_way_out() {
    for (line, other, key) in [
        ("\"hmac-sha512\"", "\"md5\"", "algorithm"),
        ("algorithm", "algoritm", "algoritm"),
        ("\"base64\"\nshape", "\"base32\"\nshape", "encoding"),
        ("\"single\"", "\"list\"", "shape"),
        ("\"X-Sig\"", "\"X Sig\"", "headers"),
        ("[\"X-Vendor-Signature\", \"X-Sig\"]", "[]", "headers"),
        ("[\"X-Vendor-Signature\", \"X-Sig\"]", "7", "headers"),
        ("[\"HMAC \", \"\"]", "[\"a,b\"]", "prefixes"),
        ("|{body}", "|{Body}", "signed"),
        ("|{body}", "", "signed"),
        ("{timestamp}|", "", "timestamp"),
        ("{id}|", "", "id"),
        ("\"header:X-Time\"", "\"X-Time\"", "timestamp"),
        ("\"header:X-Time\"", "\"field:t\"", "timestamp"),
        ("\"90s\"", "\"0s\"", "tolerance"),
        ("\"90s\"", "90", "tolerance"),
        ("json:/meta/id", "json:meta", "delivery_id"),
        ("json:/meta/id", "field:v1", "delivery_id"),
        ("challenge_is = \"ping\"", "", "challenge_at"),
        ("shape = \"single\"", "shape = \"single\"\nversion = \"v1\"", "version"),
        ("shape = \"single\"", "shape = \"versions\"", "version"),
        ("secret = \"base64\"", "", "secret_prefix"),
    ] {
        let found = with(line, other);
        assert_eq!(found.len(), 1, "{other}: {found:?}");
        assert!(found[0].starts_with("m.toml:") && found[0].contains("; hint: "), "{}", found[0]);
        assert!(found[0].contains(&format!(": schemes.vendor.{key}")), "{key}: {}", found[0]);
    }
}

#[test]
fn names_of_schemes_are_checked() {
    for (text, what) in [
        ("[schemes.Vendor]\nheaders = [\"X-A\"]", "not a name"),
        ("[schemes.github]\nheaders = [\"X-A\"]", "built-in"),
        ("[schemes]\nvendor = 1", "not a scheme's table"),
        ("[shemes.vendor]\nheaders = [\"X-A\"]", "did you mean [schemes]?"),
    ] {
        let found = problems(text);
        assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
    }
    let flags = Sources::new().with_flags(["schemes.a.headers=X-A"]);
    assert!(load(&flags).unwrap_err().to_string().contains("configuration file alone"));
    let many: Vec<_> = (0..65).map(|n| format!("[schemes.a{n}]\nheaders = [\"X-A\"]\n")).collect();
    assert!(problems(&many.concat())[0].contains("more than 64"));
}

#[test]
fn changed_schemes_take_effect_at_the_next_start() {
    let mut new = Config::default();
    new.schemes = load(&Sources::new().with_file("m", WHOLE)).unwrap().config.schemes;
    let changes = changes(&Config::default(), &new);
    assert_eq!(
        (changes.live.len(), changes.restart[0].key, changes.restart[0].new.as_str()),
        (0, "schemes", "vendor")
    );
}

proptest! {
    #[test]
    fn any_values_are_a_scheme_or_problems(field in 0usize..17, value in "[ -~]{0,30}") {
        let setting = &SchemeConfig::SETTINGS[field];
        let value = toml::Value::String(value);
        let text = format!("[schemes.a]\nheaders = [\"X-A\"]\n{} = {value}", setting.name());
        let _ = problems(&text);
    }
}
