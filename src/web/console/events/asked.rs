//! What an explorer was asked for: filters, a search text, a place in the list.

use crate::domain::cursor::Cursor;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::names::check_label;
use crate::domain::time::Timestamp;
use crate::services::reading::{Filter, Order, Query};
use crate::web::console::address::with_query;
use crate::web::console::form::Faults;
use crate::web::console::instant::instant;
use crate::web::reading::trace_id;
use crate::web::request::query::Parameters;

/// Where the explorer is.
pub(super) const ADDRESS: &str = "/console/events";

/// Events of a page: few enough that the longest texts stay within a page's 100 KiB.
const ROWS: usize = 50;

/// Longest search text in bytes: the longest key.
const SEARCH_LEN_MAX: usize = 1_024;

/// What the form has, in its order.
const FIELDS: [&str; 8] = ["tenant", "q", "type", "source", "since", "until", "trace", "key"];

/// What links carry beside it.
const PLACES: [&str; 2] = ["after", "before"];

/// What was asked for.
pub(super) struct Asked {
    /// What was typed, by field; kept also where it is wrong.
    typed: Vec<(&'static str, String)>,
    pub(super) query: Query,
    pub(super) faults: Faults,
}

impl Asked {
    /// Reads a query. Fields that were left empty ask for nothing.
    pub(super) fn read(query: Option<&str>) -> Self {
        let known: Vec<&'static str> = FIELDS.into_iter().chain(PLACES).collect();
        let mut parameters = Parameters::read(query, &known);
        let text = |name| parameters.text(name).unwrap_or_default().trim().to_owned();
        let typed: Vec<_> = known.into_iter().map(|name| (name, text(name))).collect();
        let mut faults = Faults::default();
        let read = Reader { typed: &typed };
        let label = |what| move |text: &str| check_label(what, text).map(|()| text.to_owned());
        let filter = Filter {
            event_type: read.parse(&mut faults, "type", label("type")),
            source: read.parse(&mut faults, "source", label("source")),
            since: read.parse(&mut faults, "since", instant),
            until: read.parse(&mut faults, "until", instant),
            trace_id: read.parse(&mut faults, "trace", trace_id),
            key: read.parse(&mut faults, "key", IdempotencyKey::parse),
            ..Filter::default()
        };
        if is_empty_span(filter.since, filter.until) {
            faults.add("until", "is not behind `since`; hint: nothing was received in no time");
        }
        let after = read.parse(&mut faults, "after", Cursor::parse);
        let before = read.parse(&mut faults, "before", Cursor::parse).filter(|_| after.is_none());
        if read.text("q").len() > SEARCH_LEN_MAX {
            faults.add("q", "is longer than any key; hint: shorten it");
        }
        if let Err(problem) = std::mem::take(&mut parameters).finish() {
            let told = problem.errors.iter().map(|error| format!("`{}` {}", error.field, error.detail));
            faults.add("", told.collect::<Vec<_>>().join("; "));
        }
        let query = Query { after, before, limit: ROWS, order: Order::Descending, filter };
        Self { typed, query, faults }
    }

    /// Returns what was typed into a field.
    pub(super) fn text(&self, name: &str) -> &str {
        let typed: &[_] = &self.typed;
        Reader { typed }.text(name)
    }

    /// Tells whether the list is narrowed in any way.
    pub(super) fn is_narrowed(&self) -> bool {
        self.typed.iter().any(|(name, text)| *name != "tenant" && !text.is_empty())
    }

    /// Tells whether a page begins with the newest event and goes on into the future, and all that it asks for can be
    /// asked of events to come.
    pub(super) fn is_open_ended(&self) -> bool {
        ["q", "until", "key", "after", "before"].iter().all(|name| self.text(name).is_empty())
    }

    /// Returns the address of the page at another place of the same list.
    pub(super) fn at(&self, place: &'static str, cursor: Cursor) -> String {
        let cursor = cursor.to_string();
        let kept = FIELDS.into_iter().map(|name| (name, self.text(name)));
        with_query(ADDRESS, kept.chain([(place, cursor.as_str())]))
    }

    /// Returns the address of the same list from its beginning.
    pub(super) fn here(&self) -> String {
        with_query(ADDRESS, FIELDS.into_iter().map(|name| (name, self.text(name))))
    }

    /// Returns the address of the list with one field alone.
    pub(super) fn only(&self, name: &'static str, text: &str) -> String {
        with_query(ADDRESS, [("tenant", self.text("tenant")), (name, text)])
    }

    /// Returns the address where events that match are told as they come.
    pub(super) fn tail(&self, tenant: &str, from: Cursor) -> String {
        let from = from.to_string();
        let fixed = [("tenant", tenant), ("after", from.as_str())];
        let kept = ["type", "source", "trace"].map(|name| (name, self.text(name)));
        with_query("/console/events/stream", fixed.into_iter().chain(kept))
    }
}

/// Tells whether no instant lies within.
pub(in crate::web::console) fn is_empty_span(since: Option<Timestamp>, until: Option<Timestamp>) -> bool {
    since.zip(until).is_some_and(|(since, until)| until <= since)
}

struct Reader<'a> {
    typed: &'a [(&'static str, String)],
}

impl<'a> Reader<'a> {
    fn text(&self, name: &str) -> &'a str {
        self.typed.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    fn parse<T, E: ToString>(
        &self,
        faults: &mut Faults,
        name: &'static str,
        parser: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = Some(self.text(name)).filter(|text| !text.is_empty())?;
        parser(text).map_err(|error| faults.add(name, error.to_string())).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_form_sent_empty_asks_for_everything() {
        let asked = Asked::read(Some("tenant=acme&q=&type=&source=&since=&until=&trace=&key="));
        assert!(asked.faults.is_empty() && !asked.is_narrowed() && asked.is_open_ended());
        assert_eq!((asked.query.filter, asked.query.limit), (Filter::default(), ROWS));
    }

    #[test]
    fn every_fault_stands_at_its_field() {
        let asked = Asked::read(Some(
            "type=%07&source=%07&since=then&until=then&trace=0&key=%07&after=x&before=y&page=2",
        ));
        for field in ["type", "source", "since", "until", "trace", "key", "after", "before", ""] {
            assert!(asked.faults.of(field).is_some(), "{field}");
        }
        assert_eq!(asked.text("since"), "then", "what was typed stays");
        assert!(Asked::read(Some("since=2026-03-02&until=2026-03-01")).faults.of("until").is_some());
    }

    #[test]
    fn links_carry_the_filters() {
        let asked = Asked::read(Some("tenant=acme&type=a%26b&after=1.7"));
        let cursor = Cursor::parse("1.3").unwrap();
        assert_eq!(asked.at("after", cursor), "/console/events?tenant=acme&type=a%26b&after=1.3");
        assert!(!asked.is_open_ended() && asked.is_narrowed());
    }

    proptest! {
        #[test]
        fn any_query_is_read(query in "([a-z]{1,6}=?[ -~é%+]{0,12}&){0,5}") {
            let _ = Asked::read(Some(&query));
        }
    }
}
