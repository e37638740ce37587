//! What the terminals of a made-up chain of stores send next: sales, refunds and stock counts.
//!
//! Of a hundred requests 94 are new events, five are honest repeats (a terminal that lost the answer sends the same key and
//! body again) and one carries a credential nobody knows.

use crate::domain::time::Timestamp;
use crate::platform::entropy::{SeededEntropy, array};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt;

/// New events of a hundred requests.
pub(super) const NEW_OF_HUNDRED: u32 = 94;

/// Stored events that may still be repeated or refunded.
const REMEMBERED_MAX: usize = 256;

/// Id of a store, with which the ids of its terminals begin, and its name.
const STORES: [(&str, &str); 4] = [
    ("ber-1", "Berlin Mitte"),
    ("ham-1", "Hamburg Altona"),
    ("cgn-1", "Köln Ehrenfeld"),
    ("muc-1", "München Schwabing"),
];

/// Stock keeping unit, name, and price in cents.
type Article = (&'static str, &'static str, usize);

/// What the stores sell.
const ARTICLES: [Article; 8] = [
    ("1001", "Espresso beans 500 g", 1_199),
    ("1002", "Oat drink 1 l", 219),
    ("1003", "Sourdough bread", 389),
    ("1004", "Crème fraîche", 139),
    ("2001", "Notebook A5", 495),
    ("2002", "Paperback novel", 1_400),
    ("3001", "Thermo mug", 2_490),
    ("3002", "Desk lamp", 4_999),
];

/// From an article to the next of a document: prime to their number, so that none comes twice.
const ARTICLE_STEP: usize = 3;

/// How sales are paid.
const METHODS: [&str; 4] = ["card", "card", "cash", "voucher"];

/// Why goods come back.
const REASONS: [&str; 3] = ["damaged", "wrong article", "changed mind"];

/// An event to send, and the answer that is due; sent again it is the same.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) due: Due,
    event_type: &'static str,
    /// Path and query it is posted to; none of the characters needs escaping.
    pub(super) target: String,
    /// The idempotency key: the number of the document.
    pub(super) key: String,
    pub(super) body: Bytes,
}

/// The answer that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The event is new and gets stored.
    Stored,
    /// The event is known and stored at this location.
    Repeat(String),
    /// Nobody knows the credential.
    Refused,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.due {
            Due::Stored => "new",
            Due::Repeat(_) => "repeated",
            Due::Refused => "unauthorized",
        };
        write!(f, "the {what} {} {}", self.event_type, self.key)
    }
}

/// Makes requests; the same seed gives the same ones.
#[derive(Debug)]
pub(super) struct Feed {
    random: SeededEntropy,
    /// Number of the run; it is part of every document's number, so that none comes twice.
    run: u64,
    made: u64,
    stored: VecDeque<Request>,
}

impl Feed {
    /// Makes a feed; every run has a number of its own.
    pub(super) fn new(seed: u64, run: u64) -> Self {
        Self { random: SeededEntropy::new(seed), run, made: 0, stored: VecDeque::new() }
    }

    /// Returns the next request. Before the first answer nothing can be repeated.
    pub(super) fn next(&mut self, now: Timestamp) -> Request {
        self.made += 1;
        if self.made % 20 == 10 && !self.stored.is_empty() {
            let index = self.below(self.stored.len());
            return self.stored.get(index).cloned().expect("the index is below the length");
        }
        self.write(now, if self.made % 100 == 40 { Due::Refused } else { Due::Stored })
    }

    /// Remembers where the appliance has stored an event: only such are repeated or refunded.
    pub(super) fn acknowledge(&mut self, request: Request, location: String) {
        self.stored.push_back(Request { due: Due::Repeat(location), ..request });
        if self.stored.len() > REMEMBERED_MAX {
            self.stored.pop_front();
        }
    }

    /// Writes a refund (each sale once; without one there is a sale), a stock count or a sale.
    fn write(&mut self, now: Timestamp, due: Due) -> Request {
        let kind = self.below(100);
        let sold = self.stored.iter().position(|request| kind < 10 && request.event_type == "sale");
        let sale = sold.and_then(|index| self.stored.remove(index));
        let (event_type, part) = match sale {
            Some(sale) => ("refund", self.refund(&sale)),
            None if (10..22).contains(&kind) => ("stock.count", self.count_stock()),
            None => ("sale", self.sell()),
        };
        let (store, name) = self.pick(&STORES);
        let terminal = format!("{store}-t{}", 1 + self.below(3));
        let key = format!("{terminal}-{:04}-{:05}", self.run, self.made);
        let (number, subject) = match event_type {
            "stock.count" => ("sheet", format!("store/{store}")),
            _ => ("receipt", format!("receipt/{key}")),
        };
        let mut document =
            json!({ (number): key, "time": now, "store": store, "store_name": name, "terminal": terminal });
        if let (Value::Object(document), Value::Object(part)) = (&mut document, part) {
            document.extend(part);
        }
        let target = format!("/v1/events?source={terminal}&type={event_type}&subject={subject}");
        Request { due, event_type, target, key, body: document.to_string().into() }
    }

    fn sell(&mut self) -> Value {
        let mut total_cents = 0;
        let lines = self.lines(1, |feed, (sku, name, price_cents)| {
            let quantity = 1 + feed.below(2) * feed.below(4);
            total_cents += quantity * price_cents;
            json!({ "sku": sku, "name": name, "quantity": quantity, "unit_price_cents": price_cents })
        });
        json!({ "lines": lines, "total_cents": total_cents, "currency": "EUR", "method": self.pick(&METHODS) })
    }

    fn refund(&mut self, sale: &Request) -> Value {
        let sold: Value = serde_json::from_slice(&sale.body).expect("the sale was written as JSON");
        let [lines, total_cents] = ["lines", "total_cents"].map(|field| sold.get(field));
        json!({
            "original_receipt": sale.key, "reason": self.pick(&REASONS),
            "lines": lines, "total_cents": total_cents, "currency": "EUR",
        })
    }

    /// Counts some shelves; most are as they should be.
    fn count_stock(&mut self) -> Value {
        let lines = self.lines(3, |feed, (sku, name, _)| {
            let expected = 3 + feed.below(58);
            let missing = if feed.below(5) == 0 { feed.below(4) } else { 0 };
            json!({ "sku": sku, "name": name, "expected": expected, "counted": expected - missing })
        });
        json!({ "lines": lines })
    }

    /// Writes lines about different articles, from `least` to four more.
    fn lines(&mut self, least: usize, mut write: impl FnMut(&mut Self, Article) -> Value) -> Vec<Value> {
        let (first, count) = (self.below(ARTICLES.len()), least + self.below(5));
        let articles = ARTICLES.into_iter().cycle().skip(first).step_by(ARTICLE_STEP).take(count);
        articles.map(|article| write(self, article)).collect()
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        *items.get(self.below(items.len())).expect("the index is below the length")
    }

    /// Returns a number below another. The bias of the remainder is far below what a feed of samples shows.
    fn below(&mut self, end: usize) -> usize {
        let number = u64::from_le_bytes(array(&self.random)) % end as u64;
        usize::try_from(number).expect("a number below a usize is a usize")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Plays a thousand requests against an appliance that stores every new event at once.
    fn play(seed: u64) -> Vec<Request> {
        let mut feed = Feed::new(seed, 3);
        let next = |at| {
            let request = feed.next(Timestamp::from_micros(at));
            if request.due == Due::Stored {
                feed.acknowledge(request.clone(), format!("/v1/events/{at}"));
            }
            request
        };
        (1..=1_000).map(next).collect()
    }

    #[test]
    fn of_a_hundred_requests_five_are_repeats_and_one_is_unknown() {
        let requests = play(1);
        let count = |is: fn(&Due) -> bool| requests.iter().filter(|request| is(&request.due)).count();
        assert_eq!(count(|due| *due == Due::Stored), 940);
        assert_eq!(count(|due| matches!(due, Due::Repeat(_))), 50);
        assert_eq!(count(|due| *due == Due::Refused), 10);
        assert_eq!(u32::try_from(940 / 10), Ok(NEW_OF_HUNDRED));
        for event_type in ["sale", "refund", "stock.count"] {
            assert!(requests.iter().filter(|request| request.event_type == event_type).count() > 20);
        }
    }

    #[test]
    fn new_events_have_keys_of_their_own_with_the_run_and_repeats_are_the_same_again() {
        let mut sent = HashMap::new();
        for request in play(2) {
            assert!(request.key.contains("-t") && request.key.contains("-0003-"), "{request}");
            match &request.due {
                Due::Repeat(_) => assert_eq!(sent[&request.key], (request.target, request.body)),
                _ => assert!(sent.insert(request.key, (request.target, request.body)).is_none()),
            }
        }
    }

    #[test]
    fn without_an_answer_there_is_no_repeat_and_no_refund() {
        let mut feed = Feed::new(6, 1);
        for at in 0..500 {
            let request = feed.next(Timestamp::from_micros(at));
            assert!(!matches!(request.due, Due::Repeat(_)) && request.event_type != "refund", "{request}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_feed() {
        let bodies = |seed| play(seed).into_iter().map(|request| request.body).collect::<Vec<_>>();
        assert_eq!(bodies(7), bodies(7));
        assert_ne!(bodies(7), bodies(8));
    }
}
