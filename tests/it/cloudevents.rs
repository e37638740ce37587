//! CloudEvents there and back: whatever is sent, in whichever mode, is what is read.

use crate::actor::{Actor, Ask};
use crate::app::TestApp;
use data_encoding::BASE64;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use std::fmt::Write;

const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";
const LINES: &str = "application/x-ndjson";

/// Members that the appliance adds.
const ADDED: [&str; 4] = ["seq", "tenant", "received_at", "idempotency_key"];

/// An event as JSON, without data, and its data.
#[derive(Clone, Debug)]
struct Sample {
    attributes: Map<String, Value>,
    data: Data,
}

#[derive(Clone, Debug)]
enum Data {
    Absent,
    Json(Value),
    Bytes(Vec<u8>),
}

impl Sample {
    fn to_json(&self) -> Value {
        let mut event = self.attributes.clone();
        match &self.data {
            Data::Absent => {}
            Data::Json(value) => drop(event.insert("data".into(), value.clone())),
            Data::Bytes(bytes) => drop(event.insert("data_base64".into(), BASE64.encode(bytes).into())),
        }
        Value::Object(event)
    }

    /// Returns the same event with every attribute as a text, which is all that headers can say.
    fn as_texts(&self) -> Self {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut attributes: Map<String, Value> =
            self.attributes.iter().map(|(name, value)| (name.clone(), text(value).into())).collect();
        // A value in the body is typed by its media type.
        if let (Data::Json(_), None) = (&self.data, attributes.get("datacontenttype")) {
            attributes.insert("datacontenttype".into(), "application/json".into());
        }
        let data = match &self.data {
            Data::Bytes(bytes) if bytes.is_empty() => Data::Absent,
            other => other.clone(),
        };
        Self { attributes, data }
    }

    fn binary(&self, sender: &Actor) -> Ask {
        let body = match &self.data {
            Data::Absent => Vec::new(),
            Data::Json(value) => value.to_string().into_bytes(),
            Data::Bytes(bytes) => bytes.clone(),
        };
        let mut ask = sender.ask(http::Method::POST, "/v1/events").body(body);
        for (name, value) in &self.attributes {
            let value = value.as_str().unwrap();
            ask = match name.as_str() {
                "datacontenttype" => ask.header("content-type", value),
                name => ask.header(&format!("ce-{name}"), encoded(value)),
            };
        }
        ask
    }
}

/// Encodes a header's value as the HTTP binding asks, with digits of either case: both must be read.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'"' | b'%' => write!(encoded, "%{byte:02X}").unwrap(),
            b'!'..=b'~' => encoded.push(char::from(byte)),
            _ => write!(encoded, "%{byte:02x}").unwrap(),
        }
    }
    encoded
}

fn text() -> impl Strategy<Value = String> {
    "[ -~é€😀]{1,20}"
}

fn attributes() -> impl Strategy<Value = Map<String, Value>> {
    let time = prop::option::of(
        "20[0-9]{2}-0[1-9]-[12][0-8]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]0[0-9]:30)",
    );
    let value = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~é]{0,12}".prop_map(Value::from),
    ];
    let extensions = prop::collection::vec(("[a-z][a-z0-9]{4,19}", value), 0..4);
    let optional = (prop::option::of(text()), time, prop::option::of("https://[a-z]{1,9}/[a-z]{1,9}"));
    (text(), text(), text(), optional, extensions).prop_map(
        |(id, source, event_type, (subject, time, schema), extensions)| {
            let mut map = Map::new();
            for (name, value) in [
                ("specversion", Some("1.0".to_owned())),
                ("id", Some(id)),
                ("source", Some(source)),
                ("type", Some(event_type)),
                ("subject", subject),
                ("time", time),
                ("dataschema", schema),
            ] {
                value.map(|value| map.insert(name.into(), value.into()));
            }
            for (name, value) in extensions {
                if !["tenant", "subject", "source", "dataschema", "specversion", "datacontenttype"]
                    .contains(&name.as_str())
                {
                    map.insert(name, value);
                }
            }
            map
        },
    )
}

fn sample() -> impl Strategy<Value = Sample> {
    let json = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        "[ -~é\n]{0,20}".prop_map(Value::from),
        prop::collection::vec(("[a-z ]{0,5}", any::<u32>()), 0..4).prop_map(|pairs| Value::Object(
            pairs.into_iter().map(|(k, v)| (k, json!([v, {"x": "é"}]))).collect()
        )),
    ];
    let json = (json, prop::option::of(Just("application/json")))
        .prop_map(|(value, kind)| (Data::Json(value), kind));
    let bytes = prop::collection::vec(any::<u8>(), 0..40);
    let kinds =
        prop_oneof![Just("application/octet-stream"), Just("text/plain; charset=utf-8"), Just("image/png")];
    let bytes = (bytes, kinds).prop_map(|(bytes, kind)| (Data::Bytes(bytes), Some(kind)));
    let data = prop_oneof![Just((Data::Absent, None)), json, bytes];
    (attributes(), data).prop_map(|(mut attributes, (data, kind))| {
        kind.map(|kind| attributes.insert("datacontenttype".into(), kind.into()));
        Sample { attributes, data }
    })
}

/// Reads the event with the number, checked against what the appliance adds.
async fn read_back(sender: &Actor, seq: u64) -> Value {
    let mut event = sender.get(&format!("/v1/events/{seq}")).await.json();
    let members = event.as_object_mut().unwrap();
    for added in ADDED {
        assert!(members.remove(added).is_some(), "{added} is missing");
    }
    event
}

async fn payload(sender: &Actor, seq: u64) -> Vec<u8> {
    sender.get(&format!("/v1/events/{seq}/payload")).await.body.to_vec()
}

async fn check(sender: &Actor, sample: &Sample) {
    let key = |ask: Ask, mode: &str| ask.key(&format!("{mode}-{:x}", rand_of(sample)));
    let text = sample.to_json().to_string();

    let one = key(sender.post_as(STRUCTURED, text.clone()), "structured").send().await;
    assert_eq!(one.status, 201, "{one:?}");
    assert_eq!(read_back(sender, one.seq()).await, sample.to_json());
    if let Data::Bytes(bytes) = &sample.data {
        assert_eq!(&payload(sender, one.seq()).await, bytes);
    }

    let batch = key(sender.post_as(BATCH, format!("[{text}]")), "batch").send().await.json();
    let seq = batch["receipts"][0]["seq"].as_u64().unwrap_or_else(|| panic!("{batch}"));
    assert_eq!(read_back(sender, seq).await, sample.to_json());

    let line = key(sender.post_as(LINES, format!("{text}\n")), "line").send().await;
    let line: Value = serde_json::from_slice(&line.body).unwrap();
    let seq = line["seq"].as_u64().unwrap_or_else(|| panic!("{line}"));
    assert_eq!(read_back(sender, seq).await, sample.to_json());

    let sample = sample.as_texts();
    let binary = key(sample.binary(sender), "binary").send().await;
    assert_eq!(binary.status, 201, "{binary:?}");
    assert_eq!(read_back(sender, binary.seq()).await, sample.to_json());
}

fn rand_of(sample: &Sample) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    sample.to_json().to_string().hash(&mut hasher);
    hasher.finish()
}

#[test]
fn any_event_in_any_mode_is_read_back_as_it_was_sent() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = runtime.block_on(TestApp::start());
    let sender = runtime.block_on(app.tenant("acme"));
    let mut runner = TestRunner::new(Config { cases: 96, ..Config::default() });
    let checked = runner.run(&sample(), |sample| {
        runtime.block_on(check(&sender, &sample));
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test]
async fn source_and_id_are_the_key_where_none_is_sent() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let event = |id: &str, data: u32| {
        json!({"specversion": "1.0", "id": id, "source": "/pos", "type": "sale", "data": data}).to_string()
    };
    let first = sender.post_as(STRUCTURED, event("1", 1)).send().await;
    assert_eq!((first.status, first.header("idempotency-key")), (201, Some("/pos#1")));
    let repeat = sender.post_as(STRUCTURED, event("1", 2)).send().await;
    assert_eq!((repeat.status, repeat.header("idempotency-mismatch")), (204, Some("true")));
    let keyed = sender.post_as(STRUCTURED, event("1", 2)).key("own").send().await;
    assert_eq!((keyed.status, keyed.header("idempotency-key")), (201, Some("own")));
    let long = sender.post_as(STRUCTURED, event(&"i".repeat(300), 1)).send().await;
    assert!(long.header("idempotency-key").unwrap().starts_with("sha256-"));
    assert_eq!(sender.post_as(STRUCTURED, event(&"i".repeat(300), 1)).send().await.status, 204);
}

#[tokio::test]
async fn the_trace_is_the_events_own_else_the_requests() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let (own, other) = ("4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c");
    let parent = |trace: &str| format!("00-{trace}-00f067aa0ba902b7-01");
    let event = |id: &str, more: Value| {
        let mut event = json!({"specversion": "1.0", "id": id, "source": "/pos", "type": "sale"});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event.to_string()
    };
    let traced = event("1", json!({"traceparent": parent(own)}));
    sender.post_as(STRUCTURED, traced).header("traceparent", parent(other)).send().await;
    sender.post_as(STRUCTURED, event("2", json!({}))).header("traceparent", parent(other)).send().await;
    for (trace, id) in [(own, "1"), (other, "2")] {
        let page = sender.get(&format!("/v1/events?trace={trace}")).await.json();
        assert_eq!((page["events"].as_array().unwrap().len(), &page["events"][0]["id"]), (1, &id.into()));
    }
    // An extension of the name is the sender's, whatever the request's trace.
    let named = event("3", json!({"traceid": "mine", "severity": 3, "actor": "a"}));
    let seq = sender.post_as(STRUCTURED, named).header("traceparent", parent(other)).send().await.seq();
    let read = sender.get(&format!("/v1/events/{seq}")).await.json();
    assert_eq!(
        (&read["traceid"], &read["severity"], &read["actor"]),
        (&"mine".into(), &3.into(), &"a".into())
    );
}

#[tokio::test]
async fn what_is_no_event_is_refused_with_every_fault() {
    let app = TestApp::start().await;
    let sender = app.tenant("acme").await;
    let before = app.ledger_len();
    let wrong = r#"{"specversion":"0.3","id":"","source":7,"time":"now","Ext":"x","seq":"1","data":1,"data_base64":"AA=="}"#;
    let refused = sender.post_as(STRUCTURED, wrong).send().await;
    refused.refused(400, "invalid_cloudevent");
    assert_eq!(
        refused.bad_fields(),
        ["Ext", "data_base64", "id", "seq", "source", "specversion", "time", "type"]
    );
    sender.post("{}").header("ce-id", "1").send().await.refused(400, "invalid_cloudevent");
    let bare = || {
        let ask = sender.ask(http::Method::POST, "/v1/events").header("ce-specversion", "1.0");
        ask.header("ce-id", "1").header("ce-source", "/a").header("ce-type", "t")
    };
    bare().header("ce-type", "t").send().await.refused(400, "invalid_cloudevent");
    bare().header("ce-subject", "%ff").send().await.refused(400, "invalid_cloudevent");
    bare().header("content-type", "application/json").body("{").send().await.refused(400, "invalid_json");
    let large = format!(
        r#"{{"specversion":"1.0","id":"1","source":"/a","type":"t","subject":"{}"}}"#,
        "s".repeat(17_000)
    );
    sender.post_as(STRUCTURED, large).send().await.refused(422, "attributes_too_large");
    let queried = sender.post_to("/v1/events?source=b", "{}").replacing("content-type", STRUCTURED);
    queried.send().await.refused(400, "invalid_query");
    assert_eq!(app.ledger_len(), before);
}
