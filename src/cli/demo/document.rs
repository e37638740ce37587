//! Sales, refunds and stock counts as they are sent. Money is in cents, prices include tax.

use crate::cli::demo::chain::Store;
use crate::domain::time::Timestamp;
use serde::Serialize;

/// Where a document was written.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Origin {
    /// The store's id.
    pub(super) store: &'static str,
    /// The store's name.
    pub(super) store_name: &'static str,
    /// The terminal's id.
    pub(super) terminal: String,
    /// Who stood there.
    pub(super) person: &'static str,
}

/// Goods were sold.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Sale {
    /// Number of the receipt, unique in the chain.
    pub(super) receipt: String,
    /// Where it was sold.
    #[serde(flatten)]
    pub(super) origin: Origin,
    /// When it was sold.
    pub(super) sold_at: Timestamp,
    /// The goods and what they cost.
    #[serde(flatten)]
    pub(super) bill: Bill,
    /// How they were paid.
    pub(super) payments: Vec<Payment>,
}

/// Goods of a sale came back.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Refund {
    /// Number of the refund's receipt, unique in the chain.
    pub(super) receipt: String,
    /// Number of the sale's receipt.
    pub(super) original_receipt: String,
    /// Where the goods were brought back: the store that sold them.
    #[serde(flatten)]
    pub(super) origin: Origin,
    /// When they came back.
    pub(super) refunded_at: Timestamp,
    /// Why.
    pub(super) reason: &'static str,
    /// The goods and what was paid back for them.
    #[serde(flatten)]
    pub(super) bill: Bill,
    /// How it was paid back.
    pub(super) method: Method,
}

/// Shelves were counted.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StockCount {
    /// Number of the count's sheet, unique in the chain.
    pub(super) sheet: String,
    /// Where it was counted.
    #[serde(flatten)]
    pub(super) origin: Origin,
    /// When it was counted.
    pub(super) counted_at: Timestamp,
    /// What was counted.
    pub(super) lines: Vec<CountLine>,
}

/// Goods with their prices, taxes and total.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Bill {
    /// ISO 4217 code.
    pub(super) currency: &'static str,
    /// The goods.
    pub(super) lines: Vec<Line>,
    /// The taxes in the total, one for each rate.
    pub(super) taxes: Vec<TaxShare>,
    /// Sum of the lines.
    pub(super) total_cents: u64,
}

/// Some pieces of one article.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) sku: &'static str,
    pub(super) name: &'static str,
    pub(super) quantity: u64,
    pub(super) unit_price_cents: u64,
    pub(super) amount_cents: u64,
    pub(super) tax_percent: u64,
}

/// What one rate of tax makes of a bill.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TaxShare {
    pub(super) percent: u64,
    pub(super) net_cents: u64,
    pub(super) tax_cents: u64,
    pub(super) gross_cents: u64,
}

/// A payment; all payments of a sale together are its total.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Payment {
    pub(super) method: Method,
    pub(super) amount_cents: u64,
    /// What was handed over, for cash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tendered_cents: Option<u64>,
    /// What was handed back, for cash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) change_cents: Option<u64>,
}

/// How money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Method {
    Card,
    Cash,
    Voucher,
}

/// What the shelf holds and what it should hold.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CountLine {
    pub(super) sku: &'static str,
    pub(super) name: &'static str,
    pub(super) expected: i64,
    pub(super) counted: i64,
    pub(super) difference: i64,
}

impl Origin {
    /// Makes an origin in a store.
    pub(super) fn new(store: &Store, terminal: impl Into<String>, person: &'static str) -> Self {
        Self { store: store.id, store_name: store.name, terminal: terminal.into(), person }
    }
}

impl Bill {
    /// Adds lines up.
    pub(super) fn of(lines: Vec<Line>) -> Self {
        let mut rates: Vec<u64> = lines.iter().map(|line| line.tax_percent).collect();
        rates.sort_unstable();
        rates.dedup();
        let taxes = rates.into_iter().map(|percent| TaxShare::within(percent, &lines)).collect();
        let total_cents = lines.iter().map(|line| line.amount_cents).sum();
        Self { currency: "EUR", lines, taxes, total_cents }
    }
}

impl TaxShare {
    /// Takes the tax of one rate out of the lines that have it, rounded to the nearest cent.
    fn within(percent: u64, lines: &[Line]) -> Self {
        let of_rate = lines.iter().filter(|line| line.tax_percent == percent);
        let gross_cents: u64 = of_rate.map(|line| line.amount_cents).sum();
        let whole = 100 + percent;
        let tax_cents = (gross_cents * percent + whole / 2) / whole;
        Self { percent, net_cents: gross_cents - tax_cents, tax_cents, gross_cents }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(amount_cents: u64, tax_percent: u64) -> Line {
        Line { sku: "1", name: "x", quantity: 1, unit_price_cents: amount_cents, amount_cents, tax_percent }
    }

    #[test]
    fn taxes_are_taken_out_of_the_price_by_rate() {
        let bill = Bill::of(vec![line(1_190, 19), line(107, 7), line(119, 19)]);
        assert_eq!(bill.total_cents, 1_416);
        let taxes: Vec<_> =
            bill.taxes.iter().map(|tax| (tax.percent, tax.net_cents, tax.tax_cents)).collect();
        assert_eq!(taxes, [(7, 100, 7), (19, 1_100, 209)]);
    }
}
