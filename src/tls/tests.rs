//! The floor as a whole, with real handshakes.

use crate::config::tls::{TlsConfig, TlsMode};
use crate::platform::clock::Clock;
use crate::tls::Upkeep;
use crate::tls::client::client_config;
use crate::tls::error::TlsError;
use crate::tls::keeper::TlsKeeper;
use crate::tls::testing::{NAME, Place, shake_hands, write_operator_files};
use rustls::HandshakeKind;
use rustls::version::{TLS12, TLS13};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

fn open_files(place: &Place) -> Result<TlsKeeper, TlsError> {
    TlsKeeper::open(&place.files_config(), &place.directory.join("tls"), place.clock())
}

fn fingerprint(keeper: &TlsKeeper) -> String {
    keeper.status().certificate.unwrap().sha256
}

#[test]
fn a_client_that_trusts_the_authority_is_served_over_both_versions() {
    let place = Place::new();
    let keeper = place.open(&[NAME, "192.0.2.7"]);
    let authority = keeper.authority_pem().unwrap();
    assert_eq!(*authority, *place.read("ca.pem"));
    for version in [&TLS12, &TLS13] {
        let client = place.client_of(&authority, &[version]);
        let connection = client.meets(&keeper).unwrap();
        assert_eq!(connection.protocol_version(), Some(version.version));
        assert_eq!(connection.alpn_protocol(), Some(&b"h2"[..]));
        client.meets_as(&keeper, "192.0.2.7").unwrap();
        assert!(client.meets_as(&keeper, "other.example.com").is_err());
        assert_eq!(client.meets(&keeper).unwrap().handshake_kind(), Some(HandshakeKind::Resumed));
    }
    let stranger = Place::new();
    let other = stranger.open(&[NAME]).authority_pem().unwrap();
    assert!(place.client(&other).meets(&keeper).is_err());
}

#[test]
fn the_present_time_and_the_derived_names_serve_a_local_client() {
    let place = Place::new();
    let config = TlsConfig { mode: TlsMode::Own, names: Vec::new(), cert_file: None, key_file: None };
    let clock = Arc::new(crate::platform::clock::SystemClock);
    let keeper = TlsKeeper::open(&config, &place.directory.join("tls"), clock).unwrap();
    let client = Arc::new(client_config(&place.tls_file("ca.pem")).unwrap());
    for name in ["localhost", "127.0.0.1", "::1"] {
        shake_hands(Arc::clone(&client), keeper.server_config().unwrap(), name).unwrap();
    }
    assert!(client_config(&place.tls_file("server.key")).is_err());
}

#[test]
fn keys_are_for_the_owner_and_certificates_for_everybody() {
    let place = Place::new();
    place.open(&[NAME]);
    let mode = |name| std::fs::metadata(place.tls_file(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(["ca.key", "server.key"].map(mode), [0o600; 2]);
    assert_eq!(["ca.pem", "server.pem"].map(mode), [0o644; 2]);
    std::fs::set_permissions(place.tls_file("ca.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    place.open(&[NAME]);
    assert_eq!(mode("ca.key"), 0o600);
}

#[test]
fn a_certificate_is_renewed_when_thirty_days_are_left() {
    let place = Place::new();
    let keeper = place.open(&[NAME]);
    let first = fingerprint(&keeper);
    let client = place.client(&keeper.authority_pem().unwrap());
    let open = client.meets(&keeper).unwrap();
    place.advance_days(60);
    place.clock.set(place.clock.now().saturating_sub(Duration::from_secs(1)));
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::Unchanged);
    place.clock.advance(Duration::from_secs(1));
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::LeafIssued);
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::Unchanged);
    assert_ne!(fingerprint(&keeper), first);
    assert_eq!(keeper.status().certificate.unwrap().days_left, 90);
    place.advance_days(45);
    let renewed = client.meets(&keeper).unwrap();
    assert_ne!(renewed.peer_certificates(), open.peer_certificates());
}

#[test]
fn a_restart_keeps_the_certificate_and_changed_names_replace_it() {
    let place = Place::new();
    let first = place.open(&[NAME, "localhost"]);
    assert_eq!(fingerprint(&place.open(&["localhost", NAME])), fingerprint(&first));
    let second = place.open(&[NAME, "shop.example.com"]);
    assert_ne!(fingerprint(&second), fingerprint(&first));
    assert_eq!(second.status().certificate.unwrap().names, [NAME, "shop.example.com"]);
    place.client(&first.authority_pem().unwrap()).meets_as(&second, "shop.example.com").unwrap();
    assert_eq!(first.reload().unwrap(), Upkeep::LeafIssued);
}

#[test]
fn both_authorities_are_trusted_for_thirty_days_after_a_rotation() {
    let place = Place::new();
    let keeper = place.open(&[NAME]);
    let old = keeper.authority_pem().unwrap();
    assert_eq!(keeper.rotate_ca().unwrap(), Upkeep::AuthorityIssued);
    let bundle = keeper.authority_pem().unwrap();
    let new = bundle.strip_suffix(&*old).expect("the bundle is the new authority, then the old");
    let previous = keeper.status().previous_authorities;
    assert_eq!(previous.len(), 1);
    place.advance_days(29);
    let restarted = place.open(&[NAME]);
    for keeper in [&keeper, &restarted] {
        for trusted in [&*old, new, &*bundle] {
            for version in [&TLS12, &TLS13] {
                place.client_of(trusted, &[version]).meets(keeper).unwrap();
            }
        }
    }
    place.advance_days(1);
    assert_eq!(previous[0].trusted_until, place.clock.now());
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::PreviousDropped);
    assert_eq!((&*keeper.authority_pem().unwrap(), &*place.read("ca.pem")), (new, new));
    assert!(keeper.status().previous_authorities.is_empty());
    place.client(new).meets(&keeper).unwrap();
    place.clock.advance(Duration::from_secs(1));
    assert!(place.client(&old).meets(&keeper).is_err());
    assert!(!place.read("ca.key").contains(old.trim()));
}

#[test]
fn clients_of_every_authority_are_served_after_rotations_in_a_row() {
    let place = Place::new();
    let keeper = place.open(&[NAME]);
    let first = keeper.authority_pem().unwrap();
    keeper.rotate_ca().unwrap();
    place.advance_days(10);
    let second = keeper.authority_pem().unwrap();
    let second = second.strip_suffix(&*first).unwrap();
    keeper.rotate_ca().unwrap();
    keeper.rotate_ca().unwrap();
    for trusted in [&*first, second, &keeper.authority_pem().unwrap()] {
        place.client(trusted).meets(&keeper).unwrap();
    }
    assert!(matches!(keeper.rotate_ca(), Err(TlsError::RotatedTooOften { .. })));
    place.advance_days(20);
    keeper.rotate_ca().unwrap();
    place.clock.advance(Duration::from_secs(1));
    assert!(place.client(&first).meets(&keeper).is_err());
    place.client(second).meets(&keeper).unwrap();
}

#[test]
fn an_authority_in_its_last_thirty_days_is_followed_by_another() {
    let place = Place::new();
    let keeper = place.open(&[NAME]);
    let old = keeper.authority_pem().unwrap();
    place.advance_days(3_620);
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::AuthorityIssued);
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::Unchanged);
    place.client(&old).meets(&keeper).unwrap();
}

#[test]
fn a_wrong_clock_costs_no_authority_and_only_a_day_ahead_no_certificate() {
    let place = Place::new();
    let keeper = place.open(&[NAME]);
    let authority = keeper.authority_pem().unwrap();
    let now = place.clock.now();
    place.advance_days(5_000);
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::LeafIssued);
    place.clock.set(now);
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::LeafIssued);
    place.clock.set(crate::domain::time::Timestamp::from_micros(0));
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::Unchanged);
    place.clock.set(now);
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::Unchanged);
    assert_eq!(keeper.authority_pem().unwrap(), authority);
    place.client(&authority).meets(&keeper).unwrap();
}

#[test]
fn damaged_files_are_made_again_from_the_authority() {
    let place = Place::new();
    let keeper = place.open(&[NAME]);
    let authority = keeper.authority_pem().unwrap();
    let other = Place::new();
    other.open(&[NAME]);
    for name in ["server.pem", "server.key", "ca.pem"] {
        let whole = place.read(name);
        for damaged in ["", "x", whole.split_at(whole.len() / 2).0, &other.read(name)] {
            std::fs::write(place.tls_file(name), damaged).unwrap();
            let keeper = place.open(&[NAME]);
            place.client(&authority).meets(&keeper).unwrap();
            assert_eq!(place.read("ca.pem"), *authority);
        }
        std::fs::remove_file(place.tls_file(name)).unwrap();
        place.client(&authority).meets(&place.open(&[NAME])).unwrap();
    }
    keeper.reload().unwrap();
    assert_eq!(keeper.authority_pem().unwrap(), authority);
}

#[test]
fn a_crash_after_any_write_of_a_rotation_leaves_both_authorities_served() {
    const FILES: [&str; 4] = ["ca.key", "ca.pem", "server.key", "server.pem"];
    let place = Place::new();
    let keeper = place.open(&[NAME]);
    let old = keeper.authority_pem().unwrap();
    let before = FILES.map(|name| place.read(name));
    keeper.rotate_ca().unwrap();
    let new = keeper.authority_pem().unwrap();
    let after = FILES.map(|name| place.read(name));
    for written in 1..=FILES.len() {
        let contents = after.iter().take(written).chain(before.iter().skip(written));
        for (name, text) in FILES.iter().zip(contents) {
            std::fs::write(place.tls_file(name), text).unwrap();
        }
        let restarted = place.open(&[NAME]);
        assert_eq!(restarted.authority_pem().unwrap(), new);
        for trusted in [&old, &new] {
            place.client(trusted).meets(&restarted).unwrap();
        }
    }
}

#[test]
fn a_lost_authority_is_an_error_that_says_what_to_do_and_keeps_the_server_serving() {
    let place = Place::new();
    let keeper = place.open(&[NAME]);
    let client = place.client(&keeper.authority_pem().unwrap());
    let key = place.tls_file("ca.key");
    let whole = place.read("ca.key");
    for lost in [None, Some(""), Some(whole.split_at(60).0)] {
        match lost {
            None => std::fs::remove_file(&key).unwrap(),
            Some(text) => std::fs::write(&key, text).unwrap(),
        }
        let message = keeper.renew_if_due(place.clock.now()).unwrap_err().to_string();
        assert!(message.contains("ca.key") && message.contains("; hint: "), "{message}");
        client.meets(&keeper).unwrap();
    }
}

#[test]
fn swapped_operator_files_are_served_after_a_reload_and_broken_ones_are_not() {
    let place = Place::new();
    let (chain, key) = (place.directory.join("site.pem"), place.directory.join("site.key"));
    write_operator_files(&place.directory, (2026, 12, 1));
    let keeper = open_files(&place).unwrap();
    let serves = |file: &str| keeper.status().certificate.unwrap().not_after.to_string().contains(file);
    assert!(
        serves("2026-12-01") && keeper.authority_pem().is_none() && !place.directory.join("tls").exists()
    );
    write_operator_files(&place.directory, (2027, 1, 1));
    keeper.reload().unwrap();
    assert!(serves("2027-01-01"));
    let (good_chain, good_key) = (std::fs::read(&chain).unwrap(), std::fs::read(&key).unwrap());
    write_operator_files(&place.directory, (2028, 1, 1));
    std::fs::write(&key, &good_key).unwrap();
    assert!(keeper.reload().unwrap_err().to_string().contains("does not belong"));
    for (file, good) in [(&chain, &good_chain), (&key, &good_key)] {
        std::fs::write(&chain, &good_chain).unwrap();
        for broken in [&b""[..], b"\xff\x00", &good[..good.len() / 2]] {
            std::fs::write(file, broken).unwrap();
            let message = keeper.reload().unwrap_err().to_string();
            assert!(message.contains(&*file.to_string_lossy()) && message.contains("; hint: "), "{message}");
        }
        std::fs::remove_file(file).unwrap();
        assert!(matches!(keeper.reload(), Err(TlsError::Read(..))));
        std::fs::write(file, good).unwrap();
    }
    assert!(serves("2027-01-01"));
    assert!(matches!(keeper.renew(), Err(TlsError::NotOwn("files"))));
    assert_eq!(keeper.renew_if_due(place.clock.now()).unwrap(), Upkeep::Unchanged);
    let trusted = String::from_utf8(good_chain).unwrap();
    place.client(&trusted).meets(&keeper).unwrap();
}

#[test]
fn expired_operator_files_are_refused_with_their_date() {
    let place = Place::new();
    write_operator_files(&place.directory, (2026, 2, 1));
    let message = open_files(&place).unwrap_err().to_string();
    assert!(message.contains("site.pem") && message.contains("2026-02-01T00:00:00"), "{message}");
}

#[test]
fn a_keeper_without_tls_has_nothing_to_serve() {
    let place = Place::new();
    let config = TlsConfig { mode: TlsMode::Off, names: Vec::new(), cert_file: None, key_file: None };
    let keeper = TlsKeeper::open(&config, &place.directory.join("tls"), place.clock()).unwrap();
    assert!(keeper.server_config().is_none() && keeper.authority_pem().is_none());
    assert_eq!((keeper.status().mode.as_str(), keeper.expires_at()), ("off", None));
    assert!(matches!(keeper.rotate_ca(), Err(TlsError::NotOwn("off"))));
    let half = TlsConfig { mode: TlsMode::Files, key_file: None, ..place.files_config() };
    let missing = TlsKeeper::open(&half, &place.directory, place.clock());
    assert!(matches!(missing, Err(TlsError::SettingMissing("tls.key_file"))));
}

#[test]
fn debug_output_and_status_hold_no_key() {
    let place = Place::new();
    let keeper = place.open(&[NAME]);
    let shown = format!("{keeper:?} {}", serde_json::to_string(&keeper.status()).unwrap());
    for name in ["ca.key", "server.key"] {
        let line = place.read(name).lines().nth(1).unwrap().to_owned();
        assert!(!shown.contains(&line) && !shown.contains("BEGIN PRIVATE"));
    }
}
