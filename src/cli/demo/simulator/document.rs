//! Sales, refunds and stock counts as they are sent. Money is in cents, prices include tax.

use crate::cli::demo::simulator::catalog::{ARTICLES, PEOPLE, REASONS, Store};
use crate::cli::demo::simulator::random::Random;
use crate::domain::time::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// Cash is handed over in notes of this or a multiple.
const NOTE_CENTS: u64 = 500;

/// Where and when a document is written, and its number, unique in the chain.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) store: Store,
    pub(super) terminal: String,
    pub(super) number: String,
    pub(super) now: Timestamp,
}

/// What a refund has to know of a sale.
#[derive(Clone, Debug)]
pub(super) struct Sale {
    pub(super) store: Store,
    receipt: String,
    lines: Vec<Line>,
    method: &'static str,
}

/// Some pieces of one article.
#[derive(Clone, Copy, Debug, Serialize)]
struct Line {
    sku: &'static str,
    name: &'static str,
    quantity: u64,
    unit_price_cents: u64,
    amount_cents: u64,
    tax_percent: u64,
}

/// Sells some goods.
pub(super) fn sell(random: &mut Random, head: &Head) -> (Value, Sale) {
    let kinds = random.place(5) + 1;
    let articles = random.pick_several(ARTICLES, kinds).into_iter();
    let lines: Vec<Line> = articles
        .map(|article| {
            let quantity = if random.happens(75) { 1 } else { random.between(2, 6) };
            Line {
                sku: article.sku,
                name: article.name,
                quantity,
                unit_price_cents: article.price_cents,
                amount_cents: quantity * article.price_cents,
                tax_percent: article.tax_percent,
            }
        })
        .collect();
    let (payments, method) = pay(random, total(&lines));
    let document = json!({ "receipt": head.number, "sold_at": head.now, "payments": payments });
    let sale = Sale { store: head.store, receipt: head.number.clone(), lines, method };
    (complete(random, head, document, bill(&sale.lines)), sale)
}

/// Takes some lines of a sale back, whole.
pub(super) fn refund(random: &mut Random, head: &Head, sale: &Sale) -> Value {
    let count = random.place(sale.lines.len()) + 1;
    let lines = random.pick_several(&sale.lines, count);
    let document = json!({
        "receipt": head.number,
        "original_receipt": sale.receipt,
        "refunded_at": head.now,
        "reason": random.pick(REASONS),
        "method": sale.method,
    });
    complete(random, head, document, bill(&lines))
}

/// Counts some shelves; most are as they should be.
pub(super) fn count_stock(random: &mut Random, head: &Head) -> Value {
    let kinds = random.place(4) + 3;
    let articles = random.pick_several(ARTICLES, kinds).into_iter();
    let lines: Vec<Value> = articles
        .map(|article| {
            let expected = random.between(3, 60).cast_signed();
            let difference = if random.happens(80) { 0 } else { random.pick(&[-3, -2, -1, 1]) };
            let counted = expected + difference;
            json!({
                "sku": article.sku, "name": article.name,
                "expected": expected, "counted": counted, "difference": difference,
            })
        })
        .collect();
    complete(random, head, json!({ "sheet": head.number, "counted_at": head.now }), json!({ "lines": lines }))
}

/// Adds a part, and where the document was written.
fn complete(random: &mut Random, head: &Head, mut document: Value, part: Value) -> Value {
    let origin = json!({
        "store": head.store.id, "store_name": head.store.name,
        "terminal": head.terminal, "person": random.pick(PEOPLE),
    });
    for fields in [part, origin] {
        if let (Value::Object(document), Value::Object(fields)) = (&mut document, fields) {
            document.extend(fields);
        }
    }
    document
}

fn total<'a>(lines: impl IntoIterator<Item = &'a Line>) -> u64 {
    lines.into_iter().map(|line| line.amount_cents).sum()
}

/// Adds lines up. The tax of each rate is taken out of its lines, rounded to the nearest cent.
fn bill(lines: &[Line]) -> Value {
    let rates: std::collections::BTreeSet<u64> = lines.iter().map(|line| line.tax_percent).collect();
    let taxes = rates.into_iter().map(|percent| {
        let gross = total(lines.iter().filter(|line| line.tax_percent == percent));
        let whole = 100 + percent;
        let tax = (gross * percent + whole / 2) / whole;
        json!({ "percent": percent, "net_cents": gross - tax, "tax_cents": tax, "gross_cents": gross })
    });
    let taxes: Vec<_> = taxes.collect();
    json!({ "currency": "EUR", "lines": lines, "taxes": taxes, "total_cents": total(lines) })
}

/// Pays by card, in cash, or partly with a voucher; returns the payments and how the last one was made.
fn pay(random: &mut Random, total_cents: u64) -> (Value, &'static str) {
    match random.between(1, 100) {
        1..=55 => (json!([{ "method": "card", "amount_cents": total_cents }]), "card"),
        56..=92 => {
            let tendered = total_cents.next_multiple_of(NOTE_CENTS);
            let change = tendered - total_cents;
            let cash = json!({
                "method": "cash", "amount_cents": total_cents, "tendered_cents": tendered, "change_cents": change,
            });
            (json!([cash]), "cash")
        }
        _ if total_cents <= NOTE_CENTS => {
            (json!([{ "method": "voucher", "amount_cents": total_cents }]), "voucher")
        }
        _ => {
            let voucher = json!({ "method": "voucher", "amount_cents": NOTE_CENTS });
            (json!([voucher, { "method": "card", "amount_cents": total_cents - NOTE_CENTS }]), "card")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::simulator::catalog::STORES;

    fn head(number: &str) -> Head {
        let now = Timestamp::from_micros(1);
        Head { store: STORES[0], terminal: "ber-1-t1".into(), number: number.into(), now }
    }

    fn items<'a>(document: &'a Value, name: &str) -> &'a [Value] {
        document[name].as_array().unwrap()
    }

    fn number(of: &Value, name: &str) -> u64 {
        of[name].as_u64().unwrap()
    }

    fn sum(document: &Value, list: &str, name: &str) -> u64 {
        items(document, list).iter().map(|item| number(item, name)).sum()
    }

    fn assert_adds_up(bill: &Value) {
        for line in items(bill, "lines") {
            assert!(number(line, "quantity") > 0);
            assert_eq!(
                number(line, "amount_cents"),
                number(line, "quantity") * number(line, "unit_price_cents")
            );
        }
        let total = number(bill, "total_cents");
        assert_eq!((sum(bill, "lines", "amount_cents"), sum(bill, "taxes", "gross_cents")), (total, total));
        assert_eq!(sum(bill, "taxes", "net_cents") + sum(bill, "taxes", "tax_cents"), total);
        assert!(total > 0);
    }

    #[test]
    fn taxes_are_taken_out_of_the_price_by_rate() {
        let line = |amount_cents, tax_percent| Line {
            sku: "1",
            name: "x",
            quantity: 1,
            unit_price_cents: amount_cents,
            amount_cents,
            tax_percent,
        };
        let bill = bill(&[line(1_190, 19), line(107, 7), line(119, 19)]);
        assert_eq!(bill["total_cents"], 1_416);
        let names = ["percent", "net_cents", "tax_cents"];
        let taxes: Vec<_> =
            items(&bill, "taxes").iter().map(|tax| names.map(|name| number(tax, name))).collect();
        assert_eq!(taxes, [[7, 100, 7], [19, 1_100, 209]]);
    }

    #[test]
    fn every_sale_adds_up_and_is_paid() {
        let mut random = Random::new(1);
        let mut methods = std::collections::HashSet::new();
        for _ in 0..500 {
            let (sale, _) = sell(&mut random, &head("r"));
            assert_adds_up(&sale);
            assert_eq!(sum(&sale, "payments", "amount_cents"), number(&sale, "total_cents"));
            for payment in items(&sale, "payments") {
                methods.insert(payment["method"].clone());
                let amount = number(payment, "amount_cents");
                let tendered = payment["tendered_cents"].as_u64().unwrap_or(amount);
                assert_eq!(tendered - payment["change_cents"].as_u64().unwrap_or(0), amount);
            }
        }
        assert_eq!(methods.len(), 3);
    }

    #[test]
    fn a_refund_takes_lines_of_its_sale_back() {
        let mut random = Random::new(2);
        for _ in 0..200 {
            let (document, sale) = sell(&mut random, &head("r1"));
            let refund = refund(&mut random, &head("r2"), &sale);
            assert_adds_up(&refund);
            assert_eq!(refund["original_receipt"], document["receipt"]);
            assert!(number(&refund, "total_cents") <= number(&document, "total_cents"));
            assert!(items(&refund, "lines").iter().all(|line| items(&document, "lines").contains(line)));
        }
    }

    #[test]
    fn a_count_says_how_far_the_shelf_is_off() {
        let mut random = Random::new(3);
        for _ in 0..200 {
            let count = count_stock(&mut random, &head("s"));
            assert!(items(&count, "lines").len() >= 3);
            for line in items(&count, "lines") {
                let [expected, counted, difference] =
                    ["expected", "counted", "difference"].map(|name| line[name].as_i64().unwrap());
                assert!(counted >= 0);
                assert_eq!(counted - expected, difference);
            }
        }
    }
}
