//! What the whole floor promises: defaults, bounds, precedence, and every problem at once.

use crate::config::checks::check_key_file_mode;
use crate::config::environment::Environment;
use crate::config::idempotency::Retention;
use crate::config::load::load;
use crate::config::logging::{ClientAddress, LogFormat, LogLevel};
use crate::config::problem::{Origin, Problem};
use crate::config::reference::reference;
use crate::config::sources::Sources;
use crate::config::tls::TlsMode;
use crate::config::whole::Config;
use proptest::prelude::*;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const NONE: [(&str, &str); 0] = [];

fn problems(sources: &Sources) -> Vec<Problem> {
    load(sources).map_or_else(|problems| problems.0, |_loaded| Vec::new())
}

fn file(text: &str) -> Sources {
    Sources::new().with_file("m.toml", text)
}

fn flags(flags: &[&str]) -> Sources {
    Sources::new().with_flags(flags.iter().copied())
}

#[test]
fn every_default_is_what_the_reference_promises() {
    let config = load(&Sources::new()).unwrap().config;
    assert_eq!(config, Config::default());
    assert_eq!(config.environment, Environment::Development);
    let listen = config.listen;
    assert_eq!((listen.https.to_string().as_str(), listen.http, listen.ops), ("127.0.0.1:8443", None, None));
    assert_eq!((listen.connections_max, listen.connections_per_address_max), (16_384, 1_024));
    let tls = config.tls;
    assert_eq!((tls.mode, tls.names.len(), tls.cert_file, tls.key_file), (TlsMode::Own, 0, None, None));
    let limits = config.limits;
    assert_eq!((limits.body_bytes_max, limits.in_flight_max), (1_048_576, 1_024));
    assert_eq!((limits.request_timeout.as_millis(), limits.connection_timeout.as_millis()), (30_000, 60_000));
    assert_eq!(limits.requests_per_socket_max, 0);
    assert_eq!(config.idempotency.retention, Retention::For(Duration::from_hours(720)));
    assert_eq!(config.idempotency.auto_window, Duration::from_hours(1));
    let store = config.store;
    assert_eq!((store.cache_bytes, store.journal_segment_bytes), (33_554_432, 8_388_608));
    assert_eq!((store.reserve_bytes, store.ballast_bytes), (268_435_456, 134_217_728));
    assert_eq!((store.queue_events_max, store.queue_bytes_max), (16_384, 33_554_432));
    assert_eq!((store.batch_events_max, store.flush_interval.as_millis()), (1_024, 5_000));
    let logging = config.logging;
    assert_eq!((logging.format, logging.level), (LogFormat::Auto, LogLevel::Info));
    assert_eq!((logging.client_address, logging.directory), (ClientAddress::Full, None));
    assert_eq!((logging.files_max, logging.success_lines_per_second_max), (14, 100));
    assert_eq!(config.shutdown.drain_timeout, Duration::from_secs(30));
    let networks: Vec<String> = config.ops.allow.iter().map(ToString::to_string).collect();
    let local = ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
    assert_eq!(networks, local);
}

#[test]
fn every_number_keeps_its_bounds() {
    for (key, below, lowest, highest, above) in [
        ("listen.connections_max", "0", "1", "1000000", "1000001"),
        ("listen.connections_per_address_max", "0", "1", "1000000", "1000001"),
        ("limits.body_bytes_max", "1023", "1KiB", "2MiB", "65MiB"),
        ("limits.request_timeout_ms", "9", "10", "3600000", "3600001"),
        ("limits.connection_timeout_ms", "9", "10", "3600000", "3600001"),
        ("limits.requests_per_socket_max", "-1", "0", "1000000000", "1000000001"),
        ("limits.in_flight_max", "0", "1", "65536", "65537"),
        ("idempotency.retention", "3599s", "1h", "3650d", "3651d"),
        ("idempotency.auto_window", "999ms", "1s", "30d", "31d"),
        ("store.cache_bytes", "1023KiB", "1MiB", "64GiB", "65GiB"),
        ("store.journal_segment_bytes", "252KiB", "4MiB", "256MiB", "260MiB"),
        ("store.reserve_bytes", "1048575", "1MiB", "1TiB", "2TiB"),
        ("store.ballast_bytes", "-1", "0", "16GiB", "17GiB"),
        ("store.queue_events_max", "0", "1", "1048576", "1048577"),
        ("store.queue_bytes_max", "63KiB", "1MiB", "4GiB", "5GiB"),
        ("store.batch_events_max", "0", "1", "65536", "65537"),
        ("store.flush_interval_ms", "9", "10", "60000", "60001"),
        ("logging.files_max", "0", "1", "1000", "1001"),
        ("logging.success_lines_per_second_max", "0", "1", "100000", "100001"),
        ("shutdown.drain_timeout_ms", "99", "100", "600000", "600001"),
    ] {
        for inside in [lowest, highest] {
            assert_eq!(problems(&flags(&[&format!("{key}={inside}")])), [], "{key}={inside}");
        }
        for outside in [below, above, "", "much", "99999999999999999999999"] {
            let found = problems(&flags(&[&format!("{key}={outside}")]));
            assert_eq!((found.len(), found[0].key.as_str()), (1, key), "{outside}");
        }
    }
    let small = flags(&["store.journal_segment_bytes=256KiB", "limits.body_bytes_max=64KiB"]);
    assert_eq!(problems(&small), []);
}

#[test]
fn a_flag_holds_over_the_environment_over_the_file_over_the_default() {
    let text = "[listen]\nhttps = \"127.0.0.1:1\"\nops = \"127.0.0.1:2\"\nhttp = '[::1]:3'\n";
    let environment = [("MAINSTAY_LISTEN__HTTPS", "127.0.0.1:4"), ("MAINSTAY_LISTEN__OPS", "127.0.0.1:5")];
    let sources = file(text).with_environment(environment);
    let sources = sources.with_flags(["listen.https=127.0.0.1:6", "listen.https=127.0.0.1:7"]);

    let loaded = load(&sources).unwrap();

    assert_eq!(loaded.config.listen.https.port(), 7);
    let differences: Vec<(&str, &str, Origin)> =
        loaded.differences().map(|row| (&*row.key, row.value.as_str(), row.origin.clone())).collect();
    let at_line = Origin::File { path: PathBuf::from("m.toml"), line: Some(4) };
    let expected = [
        ("listen.https", "127.0.0.1:7", Origin::Flag),
        ("listen.http", "[::1]:3", at_line),
        ("listen.ops", "127.0.0.1:5", Origin::Environment("MAINSTAY_LISTEN__OPS".to_owned())),
    ];
    assert_eq!(differences, expected);
    assert_eq!(loaded.provenance.len(), reference().len());
    let shown = loaded.show();
    assert!(shown.contains("listen.http = \"[::1]:3\"") && shown.contains("# m.toml:4"), "{shown}");
    assert_eq!(load(&file(&shown)).unwrap().config, loaded.config);
}

#[test]
fn plain_names_work_and_give_way_to_the_names_with_the_prefix() {
    let environment = [
        ("REQUEST_TIMEOUT_MS", "1000"),
        ("CONNECTION_TIMEOUT_MS", "2000"),
        ("MAX_REQUESTS_PER_SOCKET", "3"),
        ("MAX_FILE_SIZE_MB", "2"),
        ("MAINSTAY_LOGGING__LEVEL", "debug"),
        ("LOG_LEVEL", "WARN"),
        ("LOG_FORMAT", "json"),
        ("RATE_LIMIT_MAX", "7"),
        ("RATE_LIMIT_WINDOW", "2 minutes"),
        ("CORS_ORIGIN", "https://a.example, https://b.example"),
        ("NODE_ENV", "production"),
        ("PATH", "/bin"),
    ];
    let config = load(&Sources::new().with_environment(environment)).unwrap().config;
    assert_eq!(config.limits.request_timeout, Duration::from_secs(1));
    assert_eq!(config.limits.connection_timeout, Duration::from_secs(2));
    assert_eq!((config.limits.requests_per_socket_max, config.limits.body_bytes_max), (3, 2 << 20));
    assert_eq!((config.logging.level, config.logging.format), (LogLevel::Debug, LogFormat::Json));
    let limits = (config.limits.rate_limit_max, config.limits.rate_limit_window);
    assert_eq!(limits, (7, Duration::from_mins(2)));
    assert_eq!(config.cors.origins.len(), 2);
    assert_eq!(config.environment, Environment::Production);
    assert_eq!(config.logging.client_address, ClientAddress::Masked);

    let of = |name, value| load(&Sources::new().with_environment([(name, value)])).map(|it| it.config);
    assert_eq!(of("NODE_ENV", "test").unwrap().environment, Environment::Development);
    assert_eq!(of("LOG_LEVEL", ""), Ok(Config::default()));
    let wrong = of("MAX_FILE_SIZE_MB", "ten").unwrap_err().0;
    assert_eq!((wrong[0].key.as_str(), wrong[0].value.as_deref()), ("limits.body_bytes_max", Some("ten")));
}

#[test]
fn the_defaults_of_production_are_no_differences() {
    let loaded = load(&flags(&["environment=production"])).unwrap();
    assert_eq!(loaded.config.logging.client_address, ClientAddress::Masked);
    assert_eq!(loaded.differences().map(|row| &*row.key).collect::<Vec<_>>(), ["environment"]);
    let loaded = load(&flags(&["environment=production", "logging.client_address=full"])).unwrap();
    assert_eq!(loaded.differences().count(), 2);
}

#[test]
fn lists_in_the_environment_are_separated_by_commas() {
    let environment =
        [("MAINSTAY_TLS__NAMES", "a.example, 192.0.2.1"), ("MAINSTAY_OPS__ALLOW", "192.0.2.0/24,::1")];
    let config = load(&Sources::new().with_environment(environment)).unwrap().config;
    assert_eq!(config.tls.names, ["a.example", "192.0.2.1"]);
    assert_eq!(config.ops.allow.len(), 2);
    let listed = load(&file("[tls]\nnames = [\"a.example\", \"192.0.2.1\"]\n")).unwrap().config;
    assert_eq!(listed.tls, config.tls);
    assert_eq!(load(&file("[ops]\nallow = []\n")).unwrap().config.ops.allow, []);
}

#[test]
fn variables_that_are_no_settings_are_left_alone() {
    let environment = [
        ("MAINSTAY_OPERATOR_PASSWORD", "hunter2"),
        ("MAINSTAY_OPERATOR_PASSWORD_FILE", "/x"),
        ("MAINSTAY_DATA_DIR", "/x"),
        ("MAINSTAY_CONFIG", "/x"),
        ("MAINSTAY_REQUIRE_BROWSER", "1"),
        ("MAINSTAY_KILLS", "20"),
        ("MAINSTAY_TOKEN", "x"),
        ("MAINSTAY_SERVICE_HOST", "10.0.0.1"),
        ("MAINSTAY_SERVICE_PORT_HTTPS", "8443"),
        ("MAINSTAY_PORT_8443_TCP_ADDR", "10.0.0.1"),
    ];
    assert_eq!(load(&Sources::new().with_environment(environment)).unwrap().config, Config::default());
}

#[test]
fn an_unknown_name_is_an_error_that_names_the_nearest_and_not_the_value() {
    let text = "enviroment = 'production'\n[listn]\nhttps = 'x'\n[limits]\nbody_byte_max = 'hunter2'\n";
    let sources = file(text)
        .with_environment([("MAINSTAY_LISTEN_HTTPS", "hunter2"), ("MAINSTAY_OPERATOR_PASWORD", "hunter2")])
        .with_flags(["logging.levl=hunter2", "logging.level"]);

    let found = problems(&sources);

    let hints: Vec<(&str, &str)> = found.iter().map(|it| (it.key.as_str(), it.hint.as_str())).collect();
    let expected = [
        ("enviroment", "did you mean environment?"),
        ("listn", "did you mean [listen]?"),
        ("limits.body_byte_max", "did you mean limits.body_bytes_max?"),
        ("MAINSTAY_LISTEN_HTTPS", "did you mean MAINSTAY_LISTEN__HTTPS?"),
        ("MAINSTAY_OPERATOR_PASWORD", "did you mean MAINSTAY_OPERATOR_PASSWORD?"),
        ("logging.levl", "did you mean logging.level?"),
        ("logging.level", "write --set KEY=VALUE, such as --set listen.https=127.0.0.1:8443"),
    ];
    assert_eq!(hints, expected);
    assert!(found.iter().all(|problem| !problem.to_string().contains("hunter2")));
}

#[test]
fn all_problems_are_reported_at_once_with_key_value_origin_reason_and_hint() {
    let text = "environment = \"prodution\"\nlisten = 3\n\n[limits]\nin_flight_max = 0\nrequest_timeout_ms = 1.5\n\
                [tls]\nmode = \"files\"\nnames = [\"a_b\"]\n[store]\n\"x.y\" = 1\n[idempotency]\nretention = true\n";
    let sources = file(text)
        .with_environment([("MAINSTAY_LISTEN__OPS", "9090")])
        .with_environment([(OsString::from("MAINSTAY_LISTEN__HTTP"), OsString::from_vec(vec![0xff]))])
        .with_flags(["idempotency.auto_window=1w"]);

    let report = load(&sources).unwrap_err().to_string();

    let expected = [
        "the configuration has 12 problems",
        "m.toml:1: environment = `prodution`: not one of its words; hint: did you mean production? write one of \
         development, production",
        "m.toml:2: listen: a section, not a setting; hint: write [listen] and its settings below it",
        "m.toml:5: limits.in_flight_max = `0`: too small; hint: write 1 to 65536",
        "m.toml:6: limits.request_timeout_ms = `a number with a fraction`: not a whole number of milliseconds; \
         hint: write a number, 10 to 3600000",
        "m.toml:8: tls.cert_file = `off`: missing, but tls.mode is files; hint: name both tls.cert_file and \
         tls.key_file, or set tls.mode to own",
        "m.toml:8: tls.key_file = `off`: missing, but tls.mode is files; hint: name both tls.cert_file and \
         tls.key_file, or set tls.mode to own",
        "m.toml:9: tls.names = `a_b`: `a_b` is neither a DNS name nor an IP address; hint: write DNS names or IP \
         addresses, such as mainstay.example.org",
        "m.toml:11: store.x.y: no such setting; hint: `mainstay config example` lists every setting",
        "m.toml:13: idempotency.retention = `true`: not a duration; hint: write a number and ms, s, m, h or d, 1h \
         to 3650d, or never",
        "environment MAINSTAY_LISTEN__HTTP: listen.http: not UTF-8; hint: write it in ASCII or UTF-8",
        "environment MAINSTAY_LISTEN__OPS: listen.ops = `9090`: not an address; hint: write an IP address and a \
         port, such as 127.0.0.1:9090, or off",
        "--set: idempotency.auto_window = `1w`: not a duration; hint: write a number and ms, s, m, h or d, 1s to 30d",
    ];
    assert_eq!(report.lines().map(str::trim).collect::<Vec<_>>(), expected);
}

#[test]
fn a_file_that_is_no_toml_names_its_lines_and_hides_no_other_problem() {
    let sources = file("[listen]\nhttps = 127\nhttp == 1\n[listen\n").with_flags(["x=1", "tls.mode=files"]);
    let found = problems(&sources);
    let lines: Vec<Option<usize>> = found
        .iter()
        .filter_map(|it| if let Origin::File { line, .. } = it.origin { Some(line) } else { None })
        .collect();
    assert!(lines.contains(&Some(3)) && lines.contains(&Some(4)), "{found:?}");
    assert_eq!(found.iter().filter(|it| it.origin == Origin::Flag).count(), 1, "{found:?}");
    assert_eq!(problems(&file(&"#".repeat(300_000))).len(), 1);
    assert_eq!(problems(&file("'listen.https' = '127.0.0.1:1'")).len(), 1);
    assert_eq!(problems(&file("[[listen]]\nhttps = '127.0.0.1:1'")).len(), 1);
    assert_eq!(load(&file("listen.https = '127.0.0.1:0'")).unwrap().config.listen.https.port(), 0);
}

#[test]
fn settings_that_do_not_fit_together_are_refused() {
    for (set, key) in [
        (&["limits.body_bytes_max=3MiB"][..], "limits.body_bytes_max"),
        (&["store.journal_segment_bytes=256KiB"], "limits.body_bytes_max"),
        (&["store.queue_bytes_max=64KiB"], "store.queue_bytes_max"),
        (&["idempotency.retention=1h", "idempotency.auto_window=2h"], "idempotency.auto_window"),
        (&["tls.mode=files", "tls.cert_file=/c"], "tls.key_file"),
        (&["listen.http=127.0.0.1:8443"], "listen.http"),
        (&["listen.ops=0.0.0.0:8443"], "listen.ops"),
        (&["listen.http=[::1]:80", "listen.ops=[::]:80"], "listen.ops"),
    ] {
        let found = problems(&flags(set));
        assert_eq!(
            (found.len(), found[0].key.as_str(), &found[0].origin),
            (1, key, &Origin::Flag),
            "{set:?}"
        );
    }
    let fine = ["idempotency.retention=never", "idempotency.auto_window=30d", "listen.http=127.0.0.1:0"];
    assert_eq!(problems(&flags(&[&fine[..], &["listen.ops=127.0.0.1:0"]].concat())), []);
}

#[test]
fn what_is_unsafe_is_an_error_in_production_and_a_warning_in_development() {
    for (set, key) in [
        (&["tls.mode=off", "listen.https=0.0.0.0:80"][..], "tls.mode"),
        (&["tls.mode=off", "listen.https=10.0.0.1:80"], "tls.mode"),
        (&["listen.ops=192.0.2.1:9090"], "listen.ops"),
        (&["listen.ops=[::]:9090"], "listen.ops"),
        (&["listen.ops=[2001:db8::1]:9090"], "listen.ops"),
        (&["cors.origins=*"], "cors.origins"),
    ] {
        let warnings = load(&flags(set)).unwrap().warnings;
        assert_eq!((warnings.len(), warnings[0].key.as_str()), (1, key), "{set:?}");
        let found = problems(&flags(&[set, &["environment=production"]].concat()));
        assert_eq!((found.len(), found[0].key.as_str()), (1, key), "{set:?}");
    }
    for safe in [
        &["tls.mode=off"][..],
        &["tls.mode=off", "listen.https=[::1]:80"],
        &["listen.ops=10.0.0.1:9090"],
        &["listen.ops=[fd00::1]:9090"],
        &["listen.ops=100.64.0.1:9090"],
        &["cors.origins=https://a.example,https://b.example:8443"],
        &["listen.https=[::]:8443", "listen.http=[::]:8080"],
    ] {
        let loaded = load(&flags(&[safe, &["environment=production"]].concat())).unwrap();
        assert_eq!(loaded.warnings, [], "{safe:?}");
    }
}

#[test]
fn settings_without_effect_are_warned_of() {
    let loaded = load(&flags(&["tls.cert_file=/c", "tls.key_file=/k"])).unwrap();
    let keys: Vec<&str> = loaded.warnings.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["tls.cert_file", "tls.key_file"]);
    let files = ["tls.mode=files", "tls.cert_file=/c", "tls.key_file=/k"];
    assert_eq!(load(&flags(&files)).unwrap().warnings, []);
    let named = load(&flags(&[&files[..], &["tls.names=a"]].concat())).unwrap();
    assert_eq!(named.warnings.len(), 1);
}

#[test]
fn a_key_file_that_everybody_can_read_is_no_key() {
    let check = |mode, environment| check_key_file_mode(Path::new("/k.pem"), mode, environment);
    for private in [0o100_600, 0o640, 0o400, 0o601] {
        assert_eq!(check(private, Environment::Production), Ok(None));
    }
    assert!(check(0o100_644, Environment::Development).unwrap().is_some());
    let error = check(0o100_644, Environment::Production).unwrap_err().to_string();
    assert!(error.contains("mode 0644") && error.contains("chmod 600 /k.pem"), "{error}");
}

proptest! {
    #[test]
    fn any_file_is_read_or_refused(text in ".*") {
        let _ = load(&file(&text));
    }

    #[test]
    fn any_value_of_any_setting_is_taken_or_refused(index in 0..100_usize, value in ".*", toml in "[\\[\\]{}\"'0-9a-z.,=_: -]*") {
        let all = reference();
        let entry = &all[index % all.len()];
        let _ = load(&file(&format!("{} = {toml}", entry.key())));
        let _ = load(&Sources::new().with_environment([(entry.variable(), value.clone())]));
        if let Ok(loaded) = load(&Sources::new().with_environment(NONE).with_flags([format!("{}={value}", entry.key())])) {
            prop_assert_eq!(load(&file(&loaded.show())).unwrap().config, loaded.config);
        }
    }

    #[test]
    fn any_variable_and_flag_is_taken_or_refused(name in ".*", value in ".*") {
        let _ = load(&Sources::new().with_environment([(format!("MAINSTAY_{name}"), value.clone())]));
        let _ = load(&Sources::new().with_flags([name, value]));
    }
}
