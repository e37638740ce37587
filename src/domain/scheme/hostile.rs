//! Deliveries that mean no good: for every scheme each way of being almost right.

use crate::crypto::mac::{MacHash, authenticate_once};
use crate::domain::scheme::definition::{Encoding, Scheme, Shape};
use crate::domain::scheme::place::Place;
use crate::domain::scheme::template::Piece;
use crate::domain::scheme::testing::{Delivery, scheme};
use crate::domain::scheme::verify::SignatureError;
use data_encoding::{BASE64, HEXLOWER};
use proptest::prelude::*;

const SIGNED: [&str; 7] = ["hmac-sha256", "github", "stripe", "shopify", "square", "slack", "standard"];

const NOW: u64 = 1_700_000_000;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const URL: &str = "https://example.org/in/acme/pos";

const ID: &str = "msg_1";

/// Signs as the scheme's data say, by another way than the code that checks.
fn code(scheme: &Scheme, secret: &str, body: &[u8], seconds: u64) -> String {
    let signature = scheme.signature.as_ref().unwrap();
    let mut text = Vec::new();
    for piece in signature.signed.pieces() {
        match piece {
            Piece::Text(piece) => text.extend_from_slice(piece.as_bytes()),
            Piece::Body => text.extend_from_slice(body),
            Piece::Timestamp => text.extend_from_slice(seconds.to_string().as_bytes()),
            Piece::Id => text.extend_from_slice(ID.as_bytes()),
            Piece::Url => text.extend_from_slice(URL.as_bytes()),
        }
    }
    let code = authenticate_once(MacHash::Sha256, &signature.key(secret).unwrap(), &[&text]);
    match signature.encoding {
        Encoding::Hex => HEXLOWER.encode(&code),
        Encoding::Base64 => BASE64.encode(&code),
    }
}

fn header(scheme: &Scheme, code: &str, seconds: u64) -> String {
    match &scheme.signature.as_ref().unwrap().shape {
        Shape::Single => {
            let prefixes = &scheme.signature.as_ref().unwrap().prefixes;
            format!("{}{code}", prefixes.first().map_or("", String::as_str))
        }
        Shape::Fields(name) => format!("t={seconds},{name}={code}"),
        Shape::Versions(name) => format!("{name},{code}"),
    }
}

fn name_of(scheme: &Scheme) -> String {
    scheme.signature.as_ref().unwrap().headers[0].to_string()
}

fn signed_at(scheme: &Scheme, secret: &str, body: &[u8], seconds: u64) -> Delivery {
    let code = code(scheme, secret, body, seconds);
    let mut delivery =
        Delivery::of(body).with(&name_of(scheme), header(scheme, &code, seconds)).to(URL).at(NOW);
    let signature = scheme.signature.as_ref().unwrap();
    if let Some(Place::Header(name)) = &signature.timestamp {
        delivery = delivery.with(name.as_str(), seconds.to_string());
    }
    if let Some(name) = &signature.id {
        delivery = delivery.with(name.as_str(), ID);
    }
    delivery
}

fn each(mut check: impl FnMut(&Scheme, Delivery)) {
    for name in SIGNED {
        let scheme = scheme(name);
        check(&scheme, signed_at(&scheme, SECRET, b"{\"a\":1}", NOW));
    }
}

#[test]
fn a_changed_byte_of_body_or_signature_is_wrong() {
    each(|scheme, delivery| {
        assert_eq!(delivery.verify_with(scheme, &[SECRET]), Ok(()), "{}", scheme.name);
        for body in ["{\"a\":2}", "{\"a\":1} ", "", "{\"A\":1}"] {
            let changed = delivery.clone().carrying(body);
            assert_eq!(changed.verify_with(scheme, &[SECRET]), Err(SignatureError::Wrong), "{}", scheme.name);
        }
        let name = name_of(scheme);
        let good = code(scheme, SECRET, b"{\"a\":1}", NOW);
        for at in 0..good.len().min(40) {
            let mut bad = good.clone().into_bytes();
            bad[at] = if bad[at] == b'0' { b'1' } else { b'0' };
            let value = header(scheme, std::str::from_utf8(&bad).unwrap(), NOW);
            let changed = delivery.clone().without(&name).with(&name, value);
            assert!(changed.verify_with(scheme, &[SECRET]).is_err(), "{} at {at}", scheme.name);
        }
    });
}

#[test]
fn unicode_binary_and_empty_bodies_are_signed_as_bytes() {
    for body in ["".as_bytes(), "{\"ü\":\"日本語 🎉\"}".as_bytes(), b"\xff\x00\xfe", b" {} \r\n"] {
        for name in SIGNED {
            let scheme = scheme(name);
            let delivery = signed_at(&scheme, SECRET, body, NOW);
            assert_eq!(delivery.verify_with(&scheme, &[SECRET]), Ok(()), "{name}");
        }
    }
}

#[test]
fn every_valid_secret_counts_and_no_other() {
    each(|scheme, delivery| {
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for right in [vec![SECRET], vec![other, SECRET], vec![SECRET, other]] {
            assert_eq!(delivery.verify_with(scheme, &right), Ok(()), "{}", scheme.name);
        }
        for wrong in [vec![], vec![other], vec![other, "not base64!"], vec![""]] {
            assert_eq!(delivery.verify_with(scheme, &wrong), Err(SignatureError::Wrong), "{}", scheme.name);
        }
    });
}

#[test]
fn timestamps_count_five_minutes_in_both_directions() {
    for name in ["stripe", "slack", "standard"] {
        let scheme = scheme(name);
        let at = |seconds: u64| signed_at(&scheme, SECRET, b"x", seconds).verify_with(&scheme, &[SECRET]);
        for good in [NOW, NOW - 300, NOW + 300] {
            assert_eq!(at(good), Ok(()), "{name}");
        }
        for stale in [NOW - 301, NOW + 301, 0, 999_999_999_999] {
            assert!(matches!(at(stale), Err(SignatureError::Stale(_))), "{name} {stale}");
        }
        assert!(matches!(at(u64::MAX), Err(SignatureError::Malformed(_))), "{name}");
    }
}

#[test]
fn a_malformed_timestamp_is_refused_even_where_it_was_signed() {
    for time in [
        "",
        " ",
        "-1",
        "+1700000000",
        "1700000000.0",
        "0x6553f100",
        "1700000000 ",
        "１７０００００００",
        "now",
    ] {
        let sign = |text: &str| {
            let key = SECRET.as_bytes();
            HEXLOWER.encode(&authenticate_once(MacHash::Sha256, key, &[text.as_bytes()]))
        };
        let stripe = Delivery::of("x")
            .with("stripe-signature", format!("t={time},v1={}", sign(&format!("{time}.x"))))
            .at(NOW);
        let slack = Delivery::of("x")
            .with("x-slack-request-timestamp", time)
            .with("x-slack-signature", format!("v0={}", sign(&format!("v0:{time}:x"))))
            .at(NOW);
        let malformed = |verified| matches!(verified, Err(SignatureError::Malformed(_)));
        if time != "1700000000 " {
            assert!(malformed(stripe.verify("stripe", &[SECRET])), "{time}");
            assert!(malformed(slack.verify("slack", &[SECRET])), "{time}");
        }
    }
    let no_time = Delivery::of("x").with("stripe-signature", format!("v1={}", "a".repeat(64))).at(NOW);
    assert!(matches!(no_time.verify("stripe", &[SECRET]), Err(SignatureError::Malformed(_))));
    let two =
        Delivery::of("x").with("stripe-signature", format!("t=1,t={NOW},v1={}", "a".repeat(64))).at(NOW);
    assert!(matches!(two.verify("stripe", &[SECRET]), Err(SignatureError::Malformed(_))));
}

#[test]
fn a_missing_header_is_missing_and_a_doubled_one_is_refused() {
    each(|scheme, delivery| {
        let signature = scheme.signature.as_ref().unwrap();
        let mut names = vec![name_of(scheme)];
        if let Some(Place::Header(name)) = &signature.timestamp {
            names.push(name.to_string());
        }
        names.extend(signature.id.as_ref().map(ToString::to_string));
        for name in names {
            let missing = delivery.clone().without(&name);
            for checked in [signature.check_headers(&missing), missing.verify_with(scheme, &[SECRET])] {
                assert!(matches!(checked, Err(SignatureError::Missing(_))), "{name}");
            }
            let doubled = delivery.clone().with(&name, "x");
            for checked in [signature.check_headers(&doubled), doubled.verify_with(scheme, &[SECRET])] {
                assert!(matches!(checked, Err(SignatureError::Repeated(_))), "{name}");
            }
        }
    });
    let both = signed_at(&scheme("hmac-sha256"), SECRET, b"x", NOW);
    let other = both.clone().with("x-webhook-signature", "00");
    assert_eq!(other.verify("hmac-sha256", &[SECRET]), Err(SignatureError::Wrong));
    let same = both.with("x-webhook-signature", code(&scheme("hmac-sha256"), SECRET, b"x", NOW));
    assert_eq!(same.verify("hmac-sha256", &[SECRET]), Ok(()));
}

#[test]
fn a_value_of_another_form_never_holds() {
    each(|scheme, delivery| {
        let name = name_of(scheme);
        let good = code(scheme, SECRET, b"{\"a\":1}", NOW);
        let whole = header(scheme, &good, NOW);
        let shorter = |by: usize| good.split_at(good.len() - by).0;
        let shapes = [
            String::new(),
            " ".to_owned(),
            "sha256=".to_owned(),
            "v1,".to_owned(),
            format!("t={NOW},v1="),
            shorter(4).to_owned(),
            header(scheme, shorter(4), NOW),
            header(scheme, shorter(1), NOW),
            header(scheme, &format!("{good}00"), NOW),
            header(scheme, &format!("{good}=="), NOW),
            whole.replace("sha256=", "SHA256="),
            whole.replace("sha256=", "sha1="),
            whole.replace("v0=", "V0="),
            whole.replace("v1", "V1"),
            format!("{whole}{}", "0".repeat(60_000)),
            format!("{whole}\u{a0}"),
            "é".repeat(32),
        ];
        for value in shapes.iter().filter(|value| **value != whole) {
            let changed = delivery.clone().without(&name).with(&name, value);
            let verified = changed.verify_with(scheme, &[SECRET]);
            assert!(
                matches!(verified, Err(SignatureError::Malformed(_) | SignatureError::Wrong)),
                "{}: {value}: {verified:?}",
                scheme.name
            );
        }
    });
}

#[test]
fn too_many_signatures_are_refused() {
    let wrong = "0".repeat(64);
    let right = code(&scheme("stripe"), SECRET, b"x", NOW);
    let list = |count: usize| format!("t={NOW}{},v1={right}", format!(",v1={wrong}").repeat(count));
    let verify =
        |count| Delivery::of("x").with("stripe-signature", list(count)).at(NOW).verify("stripe", &[SECRET]);
    assert_eq!(verify(15), Ok(()));
    assert!(matches!(verify(16), Err(SignatureError::Malformed(_))));
}

#[test]
fn another_address_gives_another_signature() {
    let delivery = signed_at(&scheme("square"), SECRET, b"x", NOW).to("https://example.org/in/acme/other");
    assert_eq!(delivery.verify("square", &[SECRET]), Err(SignatureError::Wrong));
}

proptest! {
    #[test]
    fn any_bytes_in_headers_are_judged(
        value in proptest::collection::vec(any::<u8>(), 0..200),
        shaped in "((t|v1|v0|sha256)[=,])?[0-9a-fA-F+/=, ]{0,80}",
        other in proptest::collection::vec(any::<u8>(), 0..20),
        body in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        for name in SIGNED {
            let scheme = scheme(name);
            for value in [value.as_slice(), shaped.as_bytes()] {
                let delivery = Delivery::of(&body)
                    .with(&name_of(&scheme), value)
                    .with("x-slack-request-timestamp", &other)
                    .with("webhook-timestamp", &other)
                    .with("webhook-id", &other)
                    .at(NOW);
                prop_assert!(delivery.verify_with(&scheme, &[SECRET]).is_err());
                let _ = scheme.delivery_id(&delivery, &body);
                let _ = scheme.event_type(&delivery, &body);
            }
        }
    }
}
