//! What an authority may certify, with real handshakes and with OpenSSL.

use crate::platform::clock::Clock;
use crate::tls::Upkeep;
use crate::tls::authority::Authority;
use crate::tls::identity::Identity;
use crate::tls::keeper::TlsKeeper;
use crate::tls::name::TlsName;
use crate::tls::server::{Served, server_config};
use crate::tls::testing::{NAME, Place, shake_hands};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

fn fingerprint(keeper: &TlsKeeper) -> String {
    keeper.status().certificate.unwrap().sha256
}

/// Has a certificate for names signed by the place's authority, as a thief of its key would.
fn stolen(place: &Place, names: &[&str]) -> Identity {
    let authority = Authority::parse(place.read("ca.key").as_bytes(), b"").unwrap();
    let names: Vec<_> = names.iter().map(|name| TlsName::parse(name).unwrap()).collect();
    authority.issue(&names, place.clock.now()).unwrap().0
}

#[test]
fn what_the_authoritys_key_signs_for_a_foreign_name_is_refused() {
    let place = Place::new();
    let keeper = place.open(&[NAME, "*.shop.example.com", "192.0.2.7"]);
    let client = place.client(&keeper.authority_pem().unwrap());
    let meets = |names: &[&str], name: &str| {
        let server = server_config(Served::new(&stolen(&place, names))).unwrap();
        shake_hands(Arc::clone(&client.0), server, name).map(|_| ())
    };
    for own in [
        NAME,
        "shop.example.com",
        "a.shop.example.com",
        "localhost",
        "till.local",
        "192.0.2.7",
        "10.1.2.3",
        "::1",
    ] {
        meets(&[own], own).unwrap();
    }
    meets(&["*.shop.example.com", "*.example.com"], "b.example.com").unwrap();
    for foreign in ["bank.example", "example.org", "192.0.2.8", "2001:db8::1"] {
        let refused = meets(&[NAME, foreign], foreign).unwrap_err();
        assert!(format!("{refused:?}").contains("NameConstraint"), "{foreign}: {refused:?}");
        assert!(meets(&[NAME, foreign], NAME).is_err(), "{foreign}");
    }
}

#[test]
fn openssl_refuses_it_too_and_takes_what_is_served_before_and_after_a_rotation() {
    let place = Place::new();
    let keeper = place.open(&[NAME, "192.0.2.7"]);
    let (trusted, chain) = (place.directory.join("trusted.pem"), place.directory.join("chain.pem"));
    std::fs::write(&trusted, &*keeper.authority_pem().unwrap()).unwrap();
    let verify = |text: &str| {
        std::fs::write(&chain, text).unwrap();
        let mut openssl = Command::new("openssl");
        openssl.args(["verify", "-x509_strict", "-purpose", "sslserver", "-attime"]);
        openssl.arg(place.clock.now().as_seconds().to_string());
        openssl.arg("-CAfile").arg(&trusted).arg("-untrusted").arg(&chain).arg(&chain);
        openssl
            .output()
            .ok()
            .map(|done| (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned()))
    };
    // Left out where there is no openssl.
    let Some((good, said)) = verify(&place.read("server.pem")) else { return };
    assert!(good, "{said}");
    for own in [&[NAME][..], &["192.0.2.7"], &["::1", "localhost"]] {
        let (good, said) = verify(&stolen(&place, own).chain_pem()).unwrap();
        assert!(good, "{own:?}: {said}");
    }
    for foreign in ["bank.example", "192.0.2.8"] {
        let (good, said) = verify(&stolen(&place, &[foreign]).chain_pem()).unwrap();
        assert!(!good && said.contains("permitted subtree violation"), "{foreign}: {said}");
    }
    for _ in 0..3 {
        keeper.rotate_ca().unwrap();
        let (good, said) = verify(&place.read("server.pem")).unwrap();
        assert!(good, "after a rotation: {said}");
    }
}

#[test]
fn a_name_the_authority_may_not_certify_is_left_out_until_a_rotation_takes_it_in() {
    let place = Place::new();
    let first = place.open(&[NAME]);
    let authority = first.authority_pem().unwrap();
    // A client of its own each time: one that resumes a session looks at no certificate.
    let old = || place.client(&authority);
    place.advance_days(1);
    let second = place.open(&[NAME, "shop.example.org"]);
    let status = second.status();
    assert_eq!(
        (status.certificate.unwrap().names, status.names_left_out),
        (vec![NAME.to_owned()], vec!["shop.example.org".to_owned()])
    );
    old().meets(&second).unwrap();
    let before = fingerprint(&second);
    assert_eq!(second.renew_if_due(place.clock.now()).unwrap(), Upkeep::Unchanged);
    place.advance_days(60);
    assert_eq!(second.renew_if_due(place.clock.now()).unwrap(), Upkeep::LeafIssued);
    assert_ne!(fingerprint(&second), before);
    old().meets(&second).unwrap();
    assert_eq!(second.rotate_ca().unwrap(), Upkeep::AuthorityIssued);
    assert!(second.status().names_left_out.is_empty());
    let new = place.client(&second.authority_pem().unwrap());
    new.meets(&second).unwrap();
    new.meets_as(&second, "shop.example.org").unwrap();
    assert!(
        old().meets(&second).is_err(),
        "the former authority vouches for none of a certificate with such a name"
    );
}

#[test]
fn an_authority_made_by_itself_takes_no_further_names_in_and_none_certifies_nothing() {
    let place = Place::new();
    let authority = place.open(&[NAME]).authority_pem().unwrap();
    let old = || place.client(&authority);
    place.advance_days(1);
    let keeper = place.open(&[NAME, "shop.example.org"]);
    place.advance_days(3_619);
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::AuthorityIssued);
    assert_eq!(keeper.status().names_left_out, ["shop.example.org"]);
    old().meets(&keeper).unwrap();
    let elsewhere = place.open(&["shop.example.org"]);
    assert!(elsewhere.status().certificate.unwrap().names.contains(&"localhost".to_owned()));
    old().meets_as(&elsewhere, "localhost").unwrap();
}

#[test]
fn an_authority_of_the_last_hour_is_made_anew_for_further_names_and_an_older_one_is_not() {
    let place = Place::new();
    let first = place.open(&[]).authority_pem().unwrap();
    place.clock.advance(Duration::from_mins(59));
    let second = place.open(&["shop.example.org"]);
    assert_ne!(second.authority_pem().unwrap(), first);
    assert!(second.status().names_left_out.is_empty() && second.status().previous_authorities.is_empty());
    place.client(&second.authority_pem().unwrap()).meets_as(&second, "shop.example.org").unwrap();
    place.clock.advance(Duration::from_hours(1));
    let third = place.open(&["shop.example.net"]);
    assert_eq!(third.authority_pem(), second.authority_pem());
    place.clock.set(crate::domain::time::Timestamp::from_micros(0));
    assert_eq!(place.open(&["shop.example.net"]).authority_pem(), second.authority_pem());
}

#[test]
fn an_authority_of_an_earlier_release_certifies_every_name() {
    let place = Place::new();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(3));
    (params.not_before, params.not_after) =
        (rcgen::date_time_ymd(2026, 1, 1), rcgen::date_time_ymd(2036, 1, 1));
    let made = params.self_signed(&key).unwrap().pem();
    std::fs::create_dir(place.directory.join("tls")).unwrap();
    std::fs::write(place.tls_file("ca.key"), key.serialize_pem() + &made).unwrap();
    let keeper = place.open(&[NAME, "shop.example.org"]);
    assert!(keeper.status().names_left_out.is_empty());
    let old = || place.client(&made);
    old().meets_as(&keeper, "shop.example.org").unwrap();
    keeper.rotate_ca().unwrap();
    old().meets_as(&keeper, "shop.example.org").unwrap();
}
