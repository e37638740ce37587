//! What an explorer was asked for: filters, a search text, a place in the list.

use crate::api::events::trace_id;
use crate::console::address::with_query;
use crate::console::form::Faults;
use crate::console::instant::{EMPTY_SPAN, instant, is_empty_span};
use crate::console::typed::Typed;
use crate::domain::cursor::Cursor;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::names::check_label;
use crate::domain::patience::Patience;
use crate::services::reading::{Filter, Order, Query};

pub(super) const ADDRESS: &str = "/console/events";

/// Events of a page: few enough that the longest texts stay within a page's 100 KiB.
const ROWS: usize = 50;

/// Longest search text in bytes: the longest key.
const SEARCH_LEN_MAX: usize = 1_024;

/// What the form has, in its order.
const FIELDS: [&str; 8] = ["tenant", "q", "type", "source", "since", "until", "trace", "key"];

/// What links carry beside it: a place in the list.
const KNOWN: [&str; 10] =
    ["tenant", "q", "type", "source", "since", "until", "trace", "key", "after", "before"];

pub(super) struct Asked {
    typed: Typed,
    pub(super) query: Query,
}

impl Asked {
    /// Reads a query. Fields that were left empty ask for nothing.
    pub(super) fn read(query: Option<&str>) -> Self {
        let mut typed = Typed::read(query, &KNOWN);
        let label = |what| move |text: &str| check_label(what, text).map(|()| text.to_owned());
        let filter = Filter {
            event_type: typed.parse("type", label("type")),
            source: typed.parse("source", label("source")),
            since: typed.parse("since", instant),
            until: typed.parse("until", instant),
            trace_id: typed.parse("trace", trace_id),
            key: typed.parse("key", IdempotencyKey::parse),
            ..Filter::default()
        };
        if is_empty_span(filter.since, filter.until) {
            typed.faults.add("until", EMPTY_SPAN);
        }
        let after = typed.parse("after", Cursor::parse);
        let before = typed.parse("before", Cursor::parse).filter(|_| after.is_none());
        if typed.text("q").len() > SEARCH_LEN_MAX {
            typed.faults.add("q", "is longer than any key; hint: shorten it");
        }
        let query =
            Query { after, before, limit: ROWS, patience: Patience::Page, order: Order::Descending, filter };
        Self { typed, query }
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.typed.text(name)
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.typed.faults
    }

    pub(super) fn refuse(&mut self, field: &'static str, fault: impl Into<String>) {
        self.typed.faults.add(field, fault);
    }

    /// Tells whether the list is narrowed in any way.
    pub(super) fn is_narrowed(&self) -> bool {
        self.typed.pairs(&KNOWN).any(|(name, text)| name != "tenant" && !text.is_empty())
    }

    /// Tells whether a page begins with the newest event and goes on into the future, and all that it asks for can be
    /// asked of events to come.
    pub(super) fn is_open_ended(&self) -> bool {
        ["q", "until", "key", "after", "before"].iter().all(|name| self.text(name).is_empty())
    }

    /// Returns the address of the page at another place of the same list.
    pub(super) fn at(&self, place: &'static str, cursor: Cursor) -> String {
        let cursor = cursor.to_string();
        with_query(ADDRESS, self.typed.pairs(&FIELDS).chain([(place, cursor.as_str())]))
    }

    /// Returns the address of the same list from its beginning.
    pub(super) fn here(&self) -> String {
        with_query(ADDRESS, self.typed.pairs(&FIELDS))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_form_sent_empty_asks_for_everything() {
        let asked = Asked::read(Some("tenant=acme&q=&type=&source=&since=&until=&trace=&key="));
        assert!(asked.faults().is_empty() && !asked.is_narrowed() && asked.is_open_ended());
        assert_eq!((asked.query.filter, asked.query.limit), (Filter::default(), ROWS));
    }

    #[test]
    fn every_fault_stands_at_its_field() {
        let asked = Asked::read(Some(
            "type=%07&source=%07&since=then&until=then&trace=0&key=%07&after=x&before=y&page=2",
        ));
        for field in ["type", "source", "since", "until", "trace", "key", "after", "before", ""] {
            assert!(asked.faults().of(field).is_some(), "{field}");
        }
        assert_eq!(asked.text("since"), "then", "what was typed stays");
        assert!(Asked::read(Some("since=2026-03-02&until=2026-03-01")).faults().of("until").is_some());
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
