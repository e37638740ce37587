//! A CloudEvent in binary mode (CloudEvents 1.0.2, HTTP protocol binding): attributes in `ce-*` headers, data in the body.

use crate::domain::cloudevent::{CloudEvent, Collector, Fault};
use crate::domain::event::ExtensionValue;
use crate::http::code::Code;
use crate::http::problem::{FieldError, Problem};
use crate::http::request::trace;
use crate::services::ingest::Submission;
use http::HeaderMap;
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// What the name of a header begins with that carries an attribute.
const PREFIX: &str = "ce-";

/// The code of every problem with an event's attributes.
const CODE: Code = Code::InvalidCloudevent;

/// Reads the attributes of a request; `content_type` is its media type, if it has one.
pub(super) fn read(headers: &HeaderMap, content_type: Option<&str>) -> Result<Submission, Problem> {
    let mut collector = Collector::default();
    if let Some(content_type) = content_type {
        collector.set("datacontenttype", ExtensionValue::Text(content_type.to_owned()));
    }
    // A header sent twice comes twice here, and the collector refuses the second.
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix(PREFIX) else { continue };
        if name == "datacontenttype" {
            collector.fault(name, "stands in a header of its own; hint: send Content-Type");
            continue;
        }
        match decode(value.as_bytes()) {
            Some(text) => collector.set(name, ExtensionValue::Text(text)),
            None => collector.fault(name, "is not UTF-8; hint: encode it as UTF-8, then as %XX"),
        }
    }
    Ok(submission(collector.finish().map_err(faulty)?))
}

/// Makes the problem of bad attributes.
pub(super) fn faulty(faults: Vec<Fault>) -> Problem {
    let errors = faults.into_iter().map(|fault| FieldError::new(fault.attribute, fault.detail));
    Problem::fields(CODE, errors.collect())
}

/// Returns an event's attributes as a submission that lacks key and payload. The event's own trace, if it has one, is
/// where it comes from.
pub(super) fn submission(event: CloudEvent) -> Submission {
    let CloudEvent { id, source, event_type, subject, time, content_type, extensions } = event;
    let traced = extensions.iter().find_map(|extension| match extension {
        (name, ExtensionValue::Text(text)) if name == "traceparent" => trace::parse(text),
        _ => None,
    });
    Submission {
        trace_id: traced.map(str::to_owned),
        source,
        event_type: Some(event_type),
        subject,
        time,
        content_type,
        sender_id: Some(id),
        extensions,
        ..Submission::default()
    }
}

/// Reads a header's value: a quoted string is taken out of its quotes, then one round of percent-encoding is undone.
/// A percent sign that begins no escape stands for itself, as senders that do not encode mean it. None if that is not
/// UTF-8.
fn decode(value: &[u8]) -> Option<String> {
    percent_decode(&unquoted(value)).decode_utf8().ok().map(Cow::into_owned)
}

fn unquoted(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.trim_ascii();
    let Some(inner) = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return Cow::Borrowed(value);
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut inner = inner.iter();
    while let Some(byte) = inner.next() {
        bytes.push(if *byte == b'\\' { *inner.next().unwrap_or(byte) } else { *byte });
    }
    Cow::Owned(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::media::is_binary;
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    fn required(more: &[(&'static str, &'static [u8])]) -> HeaderMap {
        let mut pairs: Vec<(&'static str, &[u8])> =
            vec![("ce-specversion", b"1.0"), ("ce-id", b"1"), ("ce-source", b"/a"), ("ce-type", b"t")];
        pairs.extend(more.iter().map(|(name, value)| (*name, *value)));
        headers(&pairs)
    }

    #[test]
    fn values_are_unquoted_then_decoded_once() {
        for (sent, read) in [
            ("Euro%20%E2%82%AC", "Euro €"),
            ("%2525", "%25"),
            ("\"a \\\" b\"", "a \" b"),
            ("\"%20\"", " "),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("a+b", "a+b"),
            ("é", "é"),
        ] {
            assert_eq!(decode(sent.as_bytes()).as_deref(), Some(read), "{sent}");
        }
        assert_eq!((decode(b"%ff"), decode(b"\xff")), (None, None));
    }

    #[test]
    fn every_header_with_the_prefix_is_an_attribute() {
        let more = [("ce-subject", &b"order%2F7"[..]), ("ce-region", b"eu"), ("x-other", b"no")];
        let read = read(&required(&more), Some("text/plain")).unwrap();
        assert_eq!(
            (read.subject.as_deref(), read.content_type.as_deref()),
            (Some("order/7"), Some("text/plain"))
        );
        assert_eq!(read.extensions, [("region".to_owned(), ExtensionValue::Text("eu".to_owned()))]);
        assert!(is_binary(&required(&[])) && !is_binary(&headers(&[("x-ce-id", b"1"), ("ce-route", b"1")])));
    }

    #[test]
    fn what_must_not_stand_there_is_refused_by_name() {
        for (name, value) in [
            ("ce-datacontenttype", &b"text/plain"[..]),
            ("ce-data", b"x"),
            ("ce-id", b"2"),
            ("ce-re-gion", b"eu"),
            ("ce-region", b"%ff"),
        ] {
            let problem = read(&required(&[(name, value)]), None).unwrap_err();
            assert_eq!((problem.code, problem.errors.len()), (CODE, 1), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_an_attribute_or_refused(
            name in "ce-[a-z0-9-]{0,24}",
            value in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let mut headers = required(&[]);
                headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
                let _ = read(&headers, None);
            }
        }
    }
}
