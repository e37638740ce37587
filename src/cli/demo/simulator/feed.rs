//! What the terminals send next: new events, repeats, and now and then one with an unknown credential.
//!
//! Of a hundred requests 94 are new events, five are honest repeats (a terminal that lost the answer sends the same key and
//! body again) and one carries a credential nobody knows. The hundred are shuffled like cards, so that the shares are
//! exact and the order is not.

use crate::cli::demo::simulator::catalog::{STORES, Store};
use crate::cli::demo::simulator::document::{Head, Sale, count_stock, refund, sell};
use crate::cli::demo::simulator::random::Random;
use crate::domain::time::Timestamp;
use bytes::Bytes;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// New events of a hundred requests.
pub(in crate::cli::demo) const NEW_OF_HUNDRED: u32 = 94;

/// Repeats of a hundred requests.
const REPEATS_OF_HUNDRED: usize = 5;

/// Stored events that may still be repeated, and sales whose goods may still come back.
const REMEMBERED_MAX: usize = 256;

/// An event ready to be sent; sent again it is the same.
#[derive(Debug)]
pub(in crate::cli::demo) struct Sample {
    /// `sale`, `refund` or `stock.count`.
    pub(super) event_type: &'static str,
    /// The terminal's id.
    source: String,
    /// What it is about.
    subject: String,
    /// The idempotency key: the number of the document.
    pub(super) key: String,
    /// The document as JSON.
    pub(super) body: Bytes,
    sale: Option<Sale>,
}

/// The next request.
#[derive(Clone, Debug)]
pub(in crate::cli::demo) enum Step {
    /// A new event.
    New(Arc<Sample>),
    /// The same event again, and where the first answer found it.
    Repeat(Arc<Sample>, String),
    /// An event under a credential that nobody knows.
    Unknown(Arc<Sample>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    New,
    Repeat,
    Unknown,
}

/// Makes requests.
#[derive(Debug)]
pub(in crate::cli::demo) struct Feed {
    random: Random,
    /// Number of the run; it is part of every document's number, so that none comes twice.
    run: u64,
    /// Last document number of each terminal in this run.
    numbers: HashMap<String, u64>,
    cards: Vec<Card>,
    stored: VecDeque<(Arc<Sample>, String)>,
    sales: VecDeque<Arc<Sample>>,
}

impl Sample {
    /// Returns the path and query the event is posted to; none of its characters needs escaping.
    pub(super) fn target(&self) -> String {
        let Self { event_type, source, subject, .. } = self;
        format!("/v1/events?source={source}&type={event_type}&subject={subject}")
    }
}

impl Step {
    /// Returns what is sent.
    pub(super) fn sample(&self) -> &Sample {
        match self {
            Self::New(sample) | Self::Repeat(sample, _) | Self::Unknown(sample) => sample,
        }
    }
}

impl Feed {
    /// Makes a feed; every run has a number of its own.
    pub(in crate::cli::demo) fn new(seed: u64, run: u64) -> Self {
        Self {
            random: Random::new(seed),
            run,
            numbers: HashMap::new(),
            cards: Vec::new(),
            stored: VecDeque::new(),
            sales: VecDeque::new(),
        }
    }

    /// Returns the next request.
    pub(in crate::cli::demo) fn next(&mut self, now: Timestamp) -> Step {
        match self.draw() {
            Card::New => Step::New(Arc::new(self.write(now))),
            Card::Repeat => {
                let place = self.random.place(self.stored.len());
                let (event, location) = self.stored.get(place).cloned().expect("the place is in the list");
                Step::Repeat(event, location)
            }
            Card::Unknown => {
                let store = self.random.pick(STORES);
                let head = self.head(store, format!("{}-t9", store.id), now);
                Step::Unknown(Arc::new(self.count_stock(head)))
            }
        }
    }

    /// Remembers where the appliance has stored an event: only such are repeated or refunded.
    pub(in crate::cli::demo) fn acknowledge(&mut self, event: Arc<Sample>, location: String) {
        if event.sale.is_some() {
            remember(&mut self.sales, Arc::clone(&event));
        }
        remember(&mut self.stored, (event, location));
    }

    /// Draws the first card that can be played: before the first answer nothing can be repeated.
    fn draw(&mut self) -> Card {
        let can_repeat = !self.stored.is_empty();
        loop {
            if let Some(place) = self.cards.iter().rposition(|card| *card != Card::Repeat || can_repeat) {
                return self.cards.remove(place);
            }
            let mut cards = vec![Card::New; 100 - REPEATS_OF_HUNDRED - 1];
            cards.extend([Card::Repeat; REPEATS_OF_HUNDRED]);
            cards.push(Card::Unknown);
            self.random.shuffle(&mut cards);
            self.cards = cards;
        }
    }

    /// Writes a sale, a refund (each sale once; without one there is a sale) or a count.
    fn write(&mut self, now: Timestamp) -> Sample {
        let choice = self.random.between(1, 100);
        let sales = self.sales.len();
        if choice <= 10 && sales > 0 {
            let sold = self.sales.remove(self.random.place(sales)).expect("the place is in the list");
            let sale = sold.sale.as_ref().expect("only sales are in the list");
            let head = self.head_at_terminal(sale.store, now);
            let document = refund(&mut self.random, &head, sale);
            return event("refund", head, &document, None);
        }
        let store = self.random.pick(STORES);
        let head = self.head_at_terminal(store, now);
        if (11..=22).contains(&choice) {
            return self.count_stock(head);
        }
        let (document, sale) = sell(&mut self.random, &head);
        event("sale", head, &document, Some(sale))
    }

    fn count_stock(&mut self, head: Head) -> Sample {
        let document = count_stock(&mut self.random, &head);
        event("stock.count", head, &document, None)
    }

    fn head_at_terminal(&mut self, store: Store, now: Timestamp) -> Head {
        let terminal = self.random.pick(store.terminals).to_owned();
        self.head(store, terminal, now)
    }

    /// Numbers a document: terminal, run, number in the run.
    fn head(&mut self, store: Store, terminal: String, now: Timestamp) -> Head {
        let last = self.numbers.entry(terminal.clone()).or_default();
        *last += 1;
        let number = format!("{terminal}-{:04}-{last:05}", self.run);
        Head { store, terminal, number, now }
    }
}

fn event(event_type: &'static str, head: Head, document: &Value, sale: Option<Sale>) -> Sample {
    let subject = match event_type {
        "stock.count" => format!("store/{}", head.store.id),
        _ => format!("receipt/{}", head.number),
    };
    let body = Bytes::from(document.to_string());
    Sample { event_type, source: head.terminal, subject, key: head.number, body, sale }
}

fn remember<T>(list: &mut VecDeque<T>, item: T) {
    list.push_back(item);
    if list.len() > REMEMBERED_MAX {
        list.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::HashSet;

    /// Plays a thousand requests against an appliance that stores every new event at once.
    fn play(seed: u64) -> Vec<Step> {
        let mut feed = Feed::new(seed, 3);
        let step = |at| {
            let step = feed.next(Timestamp::from_micros(at));
            if let Step::New(event) = &step {
                feed.acknowledge(Arc::clone(event), format!("/v1/events/{at}"));
            }
            step
        };
        (1..=1_000).map(step).collect()
    }

    fn new_ones(steps: &[Step]) -> impl Iterator<Item = &Arc<Sample>> {
        steps.iter().filter_map(|step| match step {
            Step::New(event) => Some(event),
            _ => None,
        })
    }

    #[test]
    fn of_a_hundred_requests_five_are_repeats_and_one_has_an_unknown_credential() {
        let steps = play(1);
        let count = |wanted: fn(&Step) -> bool| steps.iter().filter(|step| wanted(step)).count();
        assert_eq!(count(|step| matches!(step, Step::New(_))), 940);
        assert_eq!(count(|step| matches!(step, Step::Repeat(..))), 50);
        assert_eq!(count(|step| matches!(step, Step::Unknown(_))), 10);
        assert_eq!(u32::try_from(940 / 10), Ok(NEW_OF_HUNDRED));
    }

    #[test]
    fn every_document_is_json_with_a_number_of_its_own_that_is_its_key() {
        let steps = play(2);
        let mut keys = HashSet::new();
        for event in new_ones(&steps) {
            assert!(keys.insert(event.key.clone()), "{}", event.key);
            let body: Value = serde_json::from_slice(&event.body).unwrap();
            let number = if event.event_type == "stock.count" { &body["sheet"] } else { &body["receipt"] };
            assert_eq!(number.as_str(), Some(event.key.as_str()));
            assert_eq!(body["terminal"].as_str(), Some(event.source.as_str()));
            assert!(event.key.starts_with(&format!("{}-0003-", event.source)));
            assert!(STORES.iter().any(|store| store.terminals.contains(&event.source.as_str())));
        }
        let types: HashSet<_> = new_ones(&steps).map(|event| event.event_type).collect();
        assert_eq!(types, HashSet::from(["sale", "refund", "stock.count"]));
    }

    #[test]
    fn targets_need_no_escaping() {
        for event in new_ones(&play(3)) {
            let target = event.target();
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/?=&-.".contains(&byte);
            assert!(target.bytes().all(plain), "{target}");
        }
    }

    #[test]
    fn refunds_refer_to_sales_stored_before_and_never_twice_to_one() {
        let (mut sold, mut refunded) = (HashSet::new(), HashSet::new());
        for event in new_ones(&play(4)) {
            let body: Value = serde_json::from_slice(&event.body).unwrap();
            match event.event_type {
                "sale" => drop(sold.insert(event.key.clone())),
                "refund" => {
                    let original = body["original_receipt"].as_str().unwrap().to_owned();
                    assert!(sold.contains(&original), "{original}");
                    assert!(refunded.insert(original));
                }
                _ => {}
            }
        }
        assert!(refunded.len() > 20);
    }

    #[test]
    fn a_repeat_is_a_stored_event_with_its_key_and_body() {
        let steps = play(5);
        let mut sent: HashMap<String, Bytes> = HashMap::new();
        for step in &steps {
            match step {
                Step::New(event) => drop(sent.insert(event.key.clone(), event.body.clone())),
                Step::Repeat(event, _) => assert_eq!(sent[&event.key], event.body),
                Step::Unknown(event) => assert!(!sent.contains_key(&event.key)),
            }
        }
    }

    #[test]
    fn without_an_answer_there_is_no_repeat_and_no_refund() {
        let mut feed = Feed::new(6, 1);
        for at in 0..500 {
            match feed.next(Timestamp::from_micros(at)) {
                Step::New(event) => assert_ne!(event.event_type, "refund"),
                Step::Repeat(..) => panic!("nothing was acknowledged"),
                Step::Unknown(_) => {}
            }
        }
        assert!(feed.cards.len() <= 100);
    }

    #[test]
    fn the_same_seed_gives_the_same_feed() {
        let bodies = |seed| new_ones(&play(seed)).map(|event| event.body.clone()).collect::<Vec<_>>();
        assert_eq!(bodies(7), bodies(7));
        assert_ne!(bodies(7), bodies(8));
    }
}
