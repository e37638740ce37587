//! Query parameters of listings.

use crate::domain::cursor::Cursor;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::names::check_label;
use crate::domain::time::Timestamp;
use crate::http::problem::Problem;
use crate::http::request::header::{self, LAST_EVENT_ID};
use crate::http::request::query::Parameters;
use crate::http::request::trace::is_trace_id;
use crate::services::live::LiveFilter;
use crate::services::reading::{Filter, LIMIT_DEFAULT, LIMIT_MAX, Order, Query};
use http::HeaderMap;

/// What a listing understands.
const LIST: &[&str] =
    &["after", "before", "limit", "type", "source", "since", "until", "trace", "key", "order"];

/// What an export understands: it has one order and ends with the last event.
const EXPORT: &[&str] = &["after", "type", "source", "since", "until", "trace", "key"];

/// What a stream understands: times and keys are of the past, and it has no end.
const STREAM: &[&str] = &["after", "type", "source", "trace"];

pub(super) fn read_list(query: Option<&str>) -> Result<Query, Problem> {
    let mut parameters = Parameters::read(query, LIST);
    let place = read_place(&mut parameters);
    let order = parameters.parse("order", order).unwrap_or_default();
    let filter = filter(&mut parameters);
    parameters.finish()?;
    Ok(Query { order, filter, ..place })
}

/// Reads where a page begins or ends, and how long it is.
pub(crate) fn read_place(parameters: &mut Parameters<'_>) -> Query {
    let after = parameters.parse("after", Cursor::parse);
    let before = parameters.parse("before", Cursor::parse);
    if after.is_some() && before.is_some() {
        parameters.refuse("before", "stands beside `after`; hint: send one of them");
    }
    let limit = parameters.parse("limit", limit).unwrap_or(LIMIT_DEFAULT);
    Query { after, before, limit, ..Query::default() }
}

pub(super) fn read_export(query: Option<&str>) -> Result<Query, Problem> {
    let mut parameters = Parameters::read(query, EXPORT);
    let after = parameters.parse("after", Cursor::parse);
    let filter = filter(&mut parameters);
    parameters.finish()?;
    Ok(Query { after, limit: LIMIT_DEFAULT, filter, ..Query::default() })
}

/// Reads the query and the `Last-Event-ID` of a stream. The header wins over `after`: a browser that comes again sends
/// the address it was given, and beside it how far it got.
pub(super) fn read_stream(
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<(Option<Cursor>, LiveFilter), Problem> {
    let mut parameters = Parameters::read(query, STREAM);
    let read = stream(&mut parameters, headers)?;
    parameters.finish()?;
    Ok(read)
}

/// The same for the console, where the query names the tenant.
pub(crate) fn read_tail(
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<(String, Option<Cursor>, LiveFilter), Problem> {
    let known: Vec<&'static str> = STREAM.iter().copied().chain(["tenant"]).collect();
    let mut parameters = Parameters::read(query, &known);
    let (after, filter) = stream(&mut parameters, headers)?;
    let tenant = parameters.text("tenant").unwrap_or("default").to_owned();
    parameters.finish()?;
    Ok((tenant, after, filter))
}

fn stream(
    parameters: &mut Parameters<'_>,
    headers: &HeaderMap,
) -> Result<(Option<Cursor>, LiveFilter), Problem> {
    let after = parameters.parse("after", Cursor::parse);
    let filter = live_filter(parameters);
    let last = header::text(headers, &LAST_EVENT_ID)?.filter(|text| !text.is_empty());
    let last = last.and_then(|text| match Cursor::parse(text) {
        Ok(cursor) => Some(cursor),
        Err(error) => {
            parameters.refuse("Last-Event-ID", error.to_string());
            None
        }
    });
    Ok((last.or(after), filter))
}

fn filter(parameters: &mut Parameters<'_>) -> Filter {
    Filter {
        since: parameters.parse("since", Timestamp::parse),
        until: parameters.parse("until", Timestamp::parse),
        key: parameters.parse("key", IdempotencyKey::parse),
        ..Filter::from(&live_filter(parameters))
    }
}

fn live_filter(parameters: &mut Parameters<'_>) -> LiveFilter {
    let label = |what: &'static str| move |text: &str| check_label(what, text).map(|()| text.to_owned());
    LiveFilter {
        event_type: parameters.parse("type", label("type")),
        source: parameters.parse("source", label("source")),
        trace_id: parameters.parse("trace", trace_id),
    }
}

fn limit(text: &str) -> Result<usize, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.filter(|number| (1..=LIMIT_MAX).contains(number)).ok_or_else(|| {
        format!("is not a number from 1 to {LIMIT_MAX}; hint: leave it out for {LIMIT_DEFAULT}")
    })
}

fn order(text: &str) -> Result<Order, &'static str> {
    match text {
        "asc" => Ok(Order::Ascending),
        "desc" => Ok(Order::Descending),
        _ => Err("is neither asc nor desc; hint: asc is oldest first"),
    }
}

pub(crate) fn trace_id(text: &str) -> Result<String, &'static str> {
    if is_trace_id(text) {
        Ok(text.to_owned())
    } else {
        Err("is not a trace id; hint: 32 lower-case hexadecimal characters, not all zero")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Seq;
    use proptest::prelude::*;

    #[test]
    fn every_parameter_has_its_place() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let query = format!(
            "after=1.7&limit=1000&type=sale&source=pos&since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00%2B01:00&trace={trace}&key=k%201&order=desc"
        );
        let read = read_list(Some(&query)).unwrap();
        assert_eq!(read.after.unwrap().seq, Seq(7));
        assert_eq!((read.limit, read.order), (1_000, Order::Descending));
        assert_eq!(read.filter.event_type.as_deref(), Some("sale"));
        assert_eq!(read.filter.source.as_deref(), Some("pos"));
        assert_eq!(read.filter.until.unwrap().to_string(), "2026-01-01T23:00:00.000000Z");
        assert_eq!(read.filter.trace_id.as_deref(), Some(trace));
        assert_eq!(read.filter.key.unwrap().as_str(), "k 1");
    }

    #[test]
    fn defaults_are_a_hundred_oldest_first() {
        let read = read_list(None).unwrap();
        assert_eq!((read.limit, read.order, read.filter), (100, Order::Ascending, Filter::default()));
    }

    #[test]
    fn every_bad_value_is_named() {
        let query = "after=x&before=y&limit=0&type=&source=&since=now&until=&trace=0&key=&order=up&page=2";
        let problem = read_list(Some(query)).unwrap_err();
        let mut fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        fields.sort_unstable();
        let mut expected = LIST.to_vec();
        expected.push("page");
        expected.sort_unstable();
        assert_eq!(fields, expected);
        for limit in ["1001", "+1", "-1", "1.0", "99999999999999999999999", "%20"] {
            assert!(read_list(Some(&format!("limit={limit}"))).is_err(), "{limit}");
        }
        assert!(read_list(Some("after=1&before=2")).is_err());
        assert!(read_export(Some("order=desc")).is_err());
    }

    #[test]
    fn a_stream_goes_on_where_the_header_says_and_refuses_what_is_of_the_past() {
        let read = |query: &str, last: Option<&str>| {
            let mut headers = HeaderMap::new();
            last.map(|last| headers.insert(&LAST_EVENT_ID, last.parse().unwrap()));
            read_stream(Some(query), &headers)
        };
        let (after, filter) = read("after=1.5&type=sale&source=pos", Some("1.9")).unwrap();
        assert_eq!(after.unwrap().seq, Seq(9));
        assert_eq!((filter.event_type.as_deref(), filter.source.as_deref()), (Some("sale"), Some("pos")));
        assert_eq!(read("after=1.5", Some("")).unwrap().0.unwrap().seq, Seq(5));
        assert_eq!(read("", None).unwrap(), (None, LiveFilter::default()));
        let problem =
            read("since=x&until=x&key=k&limit=1&order=asc&before=1&trace=0", Some("x")).unwrap_err();
        let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["since", "until", "key", "limit", "order", "before", "trace", "Last-Event-ID"]);
        assert!(read("after=x", Some("1.1")).is_err());
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(query in "([a-z]{1,6}=?[ -~é%+]{0,12}&){0,5}") {
            let _ = read_list(Some(&query));
            let _ = read_export(Some(&query));
            let _ = read_stream(Some(&query), &HeaderMap::new());
        }

        #[test]
        fn any_last_event_id_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
            if let Ok(value) = http::HeaderValue::from_bytes(&bytes) {
                let headers = HeaderMap::from_iter([(LAST_EVENT_ID.clone(), value)]);
                let _ = read_stream(None, &headers);
            }
        }
    }
}
