//! What the tills send next: new events, repeats, and now and then a stranger.
//!
//! Of a hundred requests 94 are new events, five are honest repeats (a till that lost the answer sends the same key and
//! body again) and one carries a credential nobody knows. The hundred are shuffled like cards, so that the shares are
//! exact and the order is not.

use crate::cli::demo::chain::{STORES, Store};
use crate::cli::demo::clerk;
use crate::cli::demo::dice::Dice;
use crate::cli::demo::document::Sale;
use crate::domain::time::Timestamp;
use bytes::Bytes;
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// New events of a hundred requests.
pub(super) const NEW_OF_HUNDRED: u32 = 94;

/// Repeats of a hundred requests.
const REPEATS_OF_HUNDRED: usize = 5;

/// Acknowledged events that may still be repeated, and sales whose goods may still come back.
const REMEMBERED_MAX: usize = 256;

/// An event ready to be sent; sent again it is the same.
#[derive(Debug)]
pub(super) struct Delivery {
    /// `sale`, `refund` or `stock.count`.
    pub(super) event_type: &'static str,
    /// The terminal's id.
    pub(super) source: String,
    /// What it is about.
    pub(super) subject: String,
    /// The idempotency key: the number of the document.
    pub(super) key: String,
    /// The document as JSON.
    pub(super) body: Bytes,
    sale: Option<Sale>,
}

/// A delivery that the appliance has stored.
#[derive(Debug)]
pub(super) struct Acknowledged {
    /// What was sent.
    pub(super) delivery: Arc<Delivery>,
    /// Where the answer said it is.
    pub(super) location: String,
}

/// The next request.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A new event.
    New(Arc<Delivery>),
    /// The same event again.
    Repeat(Arc<Acknowledged>),
    /// An event under a credential that nobody knows.
    Stranger(Arc<Delivery>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    New,
    Repeat,
    Stranger,
}

/// Makes requests.
#[derive(Debug)]
pub(super) struct Feed {
    dice: Dice,
    /// Number of the run; it stands in every document's number, so that none comes twice.
    shift: u64,
    /// Last document number of each terminal in this run.
    numbers: HashMap<String, u64>,
    cards: VecDeque<Card>,
    acknowledged: VecDeque<Arc<Acknowledged>>,
    sales: VecDeque<Arc<Acknowledged>>,
}

impl Feed {
    /// Makes a feed; runs have different shifts.
    pub(super) fn new(seed: u64, shift: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            shift,
            numbers: HashMap::new(),
            cards: VecDeque::new(),
            acknowledged: VecDeque::new(),
            sales: VecDeque::new(),
        }
    }

    /// Returns the next request.
    pub(super) fn next(&mut self, now: Timestamp) -> Step {
        match self.draw() {
            Card::New => Step::New(Arc::new(self.write(now))),
            Card::Repeat => {
                let place = self.dice.place(self.acknowledged.len());
                let again = self.acknowledged.get(place).expect("a repeat is drawn only when there is one");
                Step::Repeat(Arc::clone(again))
            }
            Card::Stranger => {
                let store = self.dice.pick(STORES);
                let terminal = format!("{}-t9", store.id);
                Step::Stranger(Arc::new(self.count(&store, &terminal, now)))
            }
        }
    }

    /// Remembers that the appliance has stored an event: only such are repeated or refunded.
    pub(super) fn acknowledge(&mut self, delivery: Arc<Delivery>, location: String) {
        let is_sale = delivery.sale.is_some();
        let stored = Arc::new(Acknowledged { delivery, location });
        if is_sale {
            remember(&mut self.sales, Arc::clone(&stored));
        }
        remember(&mut self.acknowledged, stored);
    }

    /// Draws the first card that can be played: before the first answer nothing can be repeated.
    fn draw(&mut self) -> Card {
        let can_repeat = !self.acknowledged.is_empty();
        let playable = |card: &Card| *card != Card::Repeat || can_repeat;
        loop {
            if let Some(card) =
                self.cards.iter().position(playable).and_then(|place| self.cards.remove(place))
            {
                return card;
            }
            let mut cards = [Card::New; 100];
            let (repeats, others) = cards.split_at_mut(REPEATS_OF_HUNDRED);
            repeats.fill(Card::Repeat);
            others.iter_mut().take(1).for_each(|card| *card = Card::Stranger);
            self.dice.shuffle(&mut cards);
            self.cards = VecDeque::from(cards);
        }
    }

    /// Writes a sale, a refund or a count.
    fn write(&mut self, now: Timestamp) -> Delivery {
        match self.dice.between(1, 100) {
            1..=10 => self.refund(now),
            11..=22 => {
                let store = self.dice.pick(STORES);
                let terminal = self.dice.pick(store.terminals);
                self.count(&store, terminal, now)
            }
            _ => self.sell(now),
        }
    }

    fn sell(&mut self, now: Timestamp) -> Delivery {
        let store = self.dice.pick(STORES);
        let terminal = self.dice.pick(store.terminals);
        let number = self.number(terminal);
        let sale = clerk::sell(&mut self.dice, &store, terminal, number.clone(), now);
        let subject = format!("receipt/{number}");
        let mut delivery = Delivery::new("sale", terminal, subject, number, &sale);
        delivery.sale = Some(sale);
        delivery
    }

    /// Takes goods of an earlier sale back, each sale once; without one there is a sale.
    fn refund(&mut self, now: Timestamp) -> Delivery {
        if self.sales.is_empty() {
            return self.sell(now);
        }
        let place = self.dice.place(self.sales.len());
        let stored = self.sales.remove(place).expect("the place is in the list");
        let sale = stored.delivery.sale.as_ref().expect("only sales are in the list");
        let store = STORES.iter().find(|store| store.id == sale.origin.store).expect("the store is listed");
        let terminal = self.dice.pick(store.terminals);
        let number = self.number(terminal);
        let refund = clerk::refund(&mut self.dice, store, terminal, number.clone(), now, sale);
        Delivery::new("refund", terminal, format!("receipt/{number}"), number, &refund)
    }

    fn count(&mut self, store: &Store, terminal: &str, now: Timestamp) -> Delivery {
        let number = self.number(terminal);
        let count = clerk::count(&mut self.dice, store, terminal, number.clone(), now);
        Delivery::new("stock.count", terminal, format!("store/{}", store.id), number, &count)
    }

    /// Returns the next document number of a terminal: terminal, shift, number in the shift.
    fn number(&mut self, terminal: &str) -> String {
        let last = self.numbers.entry(terminal.to_owned()).or_default();
        *last += 1;
        format!("{terminal}-{:04}-{last:05}", self.shift)
    }
}

impl Delivery {
    fn new(
        event_type: &'static str,
        terminal: &str,
        subject: String,
        key: String,
        document: &impl Serialize,
    ) -> Self {
        let body = Bytes::from(serde_json::to_vec(document).expect("texts and numbers have a JSON form"));
        Self { event_type, source: terminal.to_owned(), subject, key, body, sale: None }
    }

    /// Returns the path and query the event is posted to; none of its characters needs escaping.
    pub(super) fn target(&self) -> String {
        let Self { event_type, source, subject, .. } = self;
        format!("/v1/events?source={source}&type={event_type}&subject={subject}")
    }
}

fn remember(list: &mut VecDeque<Arc<Acknowledged>>, stored: Arc<Acknowledged>) {
    list.push_back(stored);
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
            if let Step::New(delivery) = &step {
                feed.acknowledge(Arc::clone(delivery), format!("/v1/events/{at}"));
            }
            step
        };
        (1..=1_000).map(step).collect()
    }

    fn new_ones(steps: &[Step]) -> impl Iterator<Item = &Arc<Delivery>> {
        steps.iter().filter_map(|step| match step {
            Step::New(delivery) => Some(delivery),
            _ => None,
        })
    }

    #[test]
    fn of_a_hundred_requests_five_are_repeats_and_one_is_a_strangers() {
        let steps = play(1);
        let count = |wanted: fn(&Step) -> bool| steps.iter().filter(|step| wanted(step)).count();
        assert_eq!(count(|step| matches!(step, Step::New(_))), 940);
        assert_eq!(count(|step| matches!(step, Step::Repeat(_))), 50);
        assert_eq!(count(|step| matches!(step, Step::Stranger(_))), 10);
        assert_eq!(u32::try_from(940 / 10), Ok(NEW_OF_HUNDRED));
    }

    #[test]
    fn every_document_is_json_with_a_number_of_its_own_that_is_its_key() {
        let steps = play(2);
        let mut keys = HashSet::new();
        for delivery in new_ones(&steps) {
            assert!(keys.insert(delivery.key.clone()), "{}", delivery.key);
            let body: Value = serde_json::from_slice(&delivery.body).unwrap();
            let number = if delivery.event_type == "stock.count" { &body["sheet"] } else { &body["receipt"] };
            assert_eq!(number.as_str(), Some(delivery.key.as_str()));
            assert_eq!(body["terminal"].as_str(), Some(delivery.source.as_str()));
            assert!(delivery.key.starts_with(&format!("{}-0003-", delivery.source)));
            assert!(STORES.iter().any(|store| store.terminals.contains(&delivery.source.as_str())));
        }
        let types: HashSet<_> = new_ones(&steps).map(|delivery| delivery.event_type).collect();
        assert_eq!(types, HashSet::from(["sale", "refund", "stock.count"]));
    }

    #[test]
    fn targets_need_no_escaping() {
        for delivery in new_ones(&play(3)) {
            let target = delivery.target();
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/?=&-.".contains(&byte);
            assert!(target.bytes().all(plain), "{target}");
        }
    }

    #[test]
    fn refunds_refer_to_sales_stored_before_and_never_twice_to_one() {
        let (mut sold, mut refunded) = (HashSet::new(), HashSet::new());
        for delivery in new_ones(&play(4)) {
            let body: Value = serde_json::from_slice(&delivery.body).unwrap();
            match delivery.event_type {
                "sale" => drop(sold.insert(delivery.key.clone())),
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
    fn a_repeat_is_an_acknowledged_delivery_with_its_key_and_body() {
        let steps = play(5);
        let mut sent: HashMap<String, Bytes> = HashMap::new();
        for step in &steps {
            match step {
                Step::New(delivery) => drop(sent.insert(delivery.key.clone(), delivery.body.clone())),
                Step::Repeat(again) => assert_eq!(sent[&again.delivery.key], again.delivery.body),
                Step::Stranger(delivery) => assert!(!sent.contains_key(&delivery.key)),
            }
        }
    }

    #[test]
    fn without_an_answer_there_is_no_repeat_and_no_refund() {
        let mut feed = Feed::new(6, 1);
        for at in 0..500 {
            match feed.next(Timestamp::from_micros(at)) {
                Step::New(delivery) => assert_ne!(delivery.event_type, "refund"),
                Step::Repeat(_) => panic!("nothing was acknowledged"),
                Step::Stranger(_) => {}
            }
        }
        assert!(feed.cards.len() <= 100);
    }

    #[test]
    fn the_same_seed_gives_the_same_feed() {
        let bodies = |seed| new_ones(&play(seed)).map(|delivery| delivery.body.clone()).collect::<Vec<_>>();
        assert_eq!(bodies(7), bodies(7));
        assert_ne!(bodies(7), bodies(8));
    }
}
