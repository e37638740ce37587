//! The chain's stores, articles and people.

/// A store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Store {
    /// Short id, the first part of its terminals' ids.
    pub(super) id: &'static str,
    /// Name for people.
    pub(super) name: &'static str,
    /// Ids of its terminals, each the source of its events.
    pub(super) terminals: &'static [&'static str],
}

/// Something on the shelves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Article {
    /// Stock keeping unit.
    pub(super) sku: &'static str,
    /// Name on the receipt.
    pub(super) name: &'static str,
    /// Price with tax.
    pub(super) price_cents: u64,
    /// Value-added tax in the price.
    pub(super) tax_percent: u64,
}

/// Every store.
pub(super) const STORES: &[Store] = &[
    Store { id: "ber-1", name: "Berlin Mitte", terminals: &["ber-1-t1", "ber-1-t2", "ber-1-t3"] },
    Store { id: "ham-1", name: "Hamburg Altona", terminals: &["ham-1-t1", "ham-1-t2"] },
    Store { id: "cgn-1", name: "Köln Ehrenfeld", terminals: &["cgn-1-t1", "cgn-1-t2"] },
    Store { id: "muc-1", name: "München Schwabing", terminals: &["muc-1-t1", "muc-1-t2", "muc-1-t3"] },
];

/// Every article.
pub(super) const ARTICLES: &[Article] = &[
    article("1001", "Espresso beans 500 g", 1_199, 7),
    article("1002", "Oat drink 1 l", 219, 19),
    article("1003", "Sourdough bread", 389, 7),
    article("1004", "Butter 250 g", 249, 7),
    article("1005", "Gruyère 200 g", 459, 7),
    article("1006", "Bananas 1 kg", 179, 7),
    article("1007", "Crème fraîche", 139, 7),
    article("1008", "Apple juice 1 l", 199, 19),
    article("2001", "Notebook A5", 495, 19),
    article("2002", "Ballpoint pen", 150, 19),
    article("2003", "Daily newspaper", 320, 7),
    article("2004", "Paperback novel", 1_400, 7),
    article("3001", "Thermo mug", 2_490, 19),
    article("3002", "Desk lamp", 4_999, 19),
    article("3003", "USB-C cable 2 m", 1_299, 19),
    article("3004", "AA batteries, 4", 599, 19),
];

/// Who works at the terminals and counts the shelves.
pub(super) const PEOPLE: &[&str] = &["Ayla", "Ben", "Chiara", "Dmitri", "Émile", "Fatima", "Jürgen", "Mei"];

/// Why goods come back.
pub(super) const REASONS: &[&str] = &["damaged", "wrong article", "not as described", "changed mind"];

const fn article(sku: &'static str, name: &'static str, price_cents: u64, tax_percent: u64) -> Article {
    Article { sku, name, price_cents, tax_percent }
}
