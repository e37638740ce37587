//! Every metric series with its type and labels, as `/metrics` shows them.

use crate::app::TestApp;
use mainstay::domain::scope::Scope;
use std::collections::{BTreeMap, BTreeSet};

/// What is published: name, type, labels. Series of flags and snapshots come with these.
const PUBLISHED: &[(&str, &str, &[&str])] = &[
    ("build_info", "gauge", &["version"]),
    ("http_requests_total", "counter", &["method", "route", "status_code"]),
    ("http_request_duration_seconds", "histogram", &["method", "route", "status_code"]),
    ("active_connections", "gauge", &[]),
    ("active_event_streams", "gauge", &[]),
    ("events_processed_total", "counter", &["format", "status"]),
    ("ingest_events_total", "counter", &["source", "tenant"]),
    ("ingest_dedup_total", "counter", &["source", "tenant"]),
    ("ingest_latency_seconds", "histogram", &["tenant"]),
    ("retry_attempts_total", "counter", &["service", "tenant"]),
    ("processing_queue_size", "gauge", &["status"]),
    ("journal_sync_duration_seconds", "histogram", &[]),
    ("db_commit_duration_seconds", "histogram", &[]),
    ("db_commit_batch_events", "histogram", &[]),
    ("db_query_duration_seconds", "histogram", &["operation", "table"]),
    ("db_read_transactions", "gauge", &[]),
    ("rate_limited_total", "counter", &["scope"]),
    ("request_places", "gauge", &["class"]),
    ("request_places_taken", "gauge", &["class"]),
    ("tls_certificate_expiry_timestamp_seconds", "gauge", &[]),
    ("tls_authority_expiry_timestamp_seconds", "gauge", &[]),
    ("store_file_bytes", "gauge", &[]),
    ("disk_free_bytes", "gauge", &[]),
    ("panics_total", "counter", &[]),
    ("process_cpu_seconds_total", "counter", &[]),
    ("process_open_fds", "gauge", &[]),
    ("process_resident_memory_bytes", "gauge", &[]),
    ("process_start_time_seconds", "gauge", &[]),
    ("process_threads", "gauge", &[]),
    ("process_virtual_memory_bytes", "gauge", &[]),
];

/// Upper bounds that requests' durations are told by, besides finer ones.
const BOUNDS: [&str; 7] = ["0.01", "0.05", "0.1", "0.5", "1", "2", "5"];

type Series = BTreeMap<String, (String, BTreeSet<String>)>;

/// Returns the types and labels of all series of a text, by name.
fn read(text: &str) -> Series {
    let mut series = Series::new();
    for line in text.lines() {
        if let Some(typed) = line.strip_prefix("# TYPE ") {
            let (name, kind) = typed.split_once(' ').unwrap();
            let earlier = series.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
            assert!(earlier.is_none(), "{name} stands there twice");
            assert!(text.contains(&format!("# HELP {name} ")), "{name} is not explained");
        } else if !line.starts_with('#') {
            let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap());
            let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let name = of_histogram.filter(|name| series.contains_key(*name)).unwrap_or(name);
            let labels = rest.split_once('}').map_or("", |(labels, _)| labels.trim_start_matches('{'));
            let names = labels.split(',').filter_map(|label| Some(label.split_once('=')?.0.to_owned()));
            let (_, known) = series.get_mut(name).unwrap_or_else(|| panic!("{name} has no type"));
            known.extend(names.filter(|name| name != "le"));
        }
    }
    series
}

#[tokio::test]
async fn the_series_are_those_published_from_the_start_and_after_traffic() {
    let app = TestApp::start().await;
    let reader = app.system_token(&[Scope::MetricsRead]).await;
    let published: Series = PUBLISHED
        .iter()
        .map(|(name, kind, labels)| {
            let labels = labels.iter().map(|label| (*label).to_owned()).collect();
            ((*name).to_owned(), ((*kind).to_owned(), labels))
        })
        .collect();
    let text = async || String::from_utf8(reader.get("/metrics").await.body.to_vec()).unwrap();
    let first = text().await;
    assert_eq!(read(&first), published);
    for bound in BOUNDS {
        let bucket = format!(
            "http_request_duration_seconds_bucket{{method=\"GET\",route=\"/health\",status_code=\"200\",le=\"{bound}\"}} "
        );
        assert!(first.contains(&bucket), "{bucket}");
    }
    let acme = app.tenant("acme").await;
    for key in ["a", "a", "b"] {
        acme.send(key, "{}").await;
    }
    acme.get("/v1/events").await;
    app.anonymous().get("/v1/events").await;
    app.anonymous().get("/nowhere").await;
    assert_eq!(read(&text().await), published, "traffic adds lines and no series");
}
