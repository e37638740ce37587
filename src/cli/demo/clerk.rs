//! Writing documents: what is bought, paid, given back and counted.

use crate::cli::demo::chain::{ARTICLES, PEOPLE, REASONS, Store};
use crate::cli::demo::dice::Dice;
use crate::cli::demo::document::{Bill, CountLine, Line, Method, Origin, Payment, Refund, Sale, StockCount};
use crate::domain::time::Timestamp;

/// Cash is handed over in notes of this or a multiple.
const NOTE_CENTS: u64 = 500;

/// Sells some goods.
pub(super) fn sell(dice: &mut Dice, store: &Store, terminal: &str, receipt: String, now: Timestamp) -> Sale {
    let kinds = dice.place(5) + 1;
    let articles = dice.pick_several(ARTICLES, kinds);
    let lines = articles.into_iter().map(|article| {
        let quantity = if dice.happens(75) { 1 } else { dice.between(2, 6) };
        Line {
            sku: article.sku,
            name: article.name,
            quantity,
            unit_price_cents: article.price_cents,
            amount_cents: quantity * article.price_cents,
            tax_percent: article.tax_percent,
        }
    });
    let bill = Bill::of(lines.collect());
    let payments = pay(dice, bill.total_cents);
    Sale { receipt, origin: Origin::new(store, terminal, dice.pick(PEOPLE)), sold_at: now, bill, payments }
}

/// Takes some lines of a sale back, whole.
pub(super) fn refund(
    dice: &mut Dice,
    store: &Store,
    terminal: &str,
    receipt: String,
    now: Timestamp,
    sale: &Sale,
) -> Refund {
    let count = dice.place(sale.bill.lines.len()) + 1;
    let lines = dice.pick_several(&sale.bill.lines, count).into_iter().cloned().collect();
    Refund {
        receipt,
        original_receipt: sale.receipt.clone(),
        origin: Origin::new(store, terminal, dice.pick(PEOPLE)),
        refunded_at: now,
        reason: dice.pick(REASONS),
        bill: Bill::of(lines),
        method: sale.payments.last().map_or(Method::Cash, |payment| payment.method),
    }
}

/// Counts some shelves; most are as they should be.
pub(super) fn count(
    dice: &mut Dice,
    store: &Store,
    terminal: &str,
    sheet: String,
    now: Timestamp,
) -> StockCount {
    let kinds = dice.place(4) + 3;
    let articles = dice.pick_several(ARTICLES, kinds);
    let lines = articles.into_iter().map(|article| {
        let expected = i64::try_from(dice.between(3, 60)).expect("shelves are short");
        let difference = if dice.happens(80) { 0 } else { dice.pick(&[-3, -2, -1, 1]) };
        let counted = expected + difference;
        CountLine { sku: article.sku, name: article.name, expected, counted, difference }
    });
    let lines = lines.collect();
    StockCount { sheet, origin: Origin::new(store, terminal, dice.pick(PEOPLE)), counted_at: now, lines }
}

/// Pays by card, in cash, or partly with a voucher.
fn pay(dice: &mut Dice, total_cents: u64) -> Vec<Payment> {
    let plain =
        |method, amount_cents| Payment { method, amount_cents, tendered_cents: None, change_cents: None };
    match dice.between(1, 100) {
        1..=55 => vec![plain(Method::Card, total_cents)],
        56..=92 => {
            let tendered = total_cents.next_multiple_of(NOTE_CENTS);
            vec![Payment {
                tendered_cents: Some(tendered),
                change_cents: Some(tendered - total_cents),
                ..plain(Method::Cash, total_cents)
            }]
        }
        _ => {
            let voucher = NOTE_CENTS.min(total_cents);
            let rest = total_cents - voucher;
            let paid = [plain(Method::Voucher, voucher), plain(Method::Card, rest)];
            paid.into_iter().filter(|payment| payment.amount_cents > 0).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::chain::STORES;

    fn assert_adds_up(bill: &Bill) {
        for line in &bill.lines {
            assert!(line.quantity > 0);
            assert_eq!(line.amount_cents, line.quantity * line.unit_price_cents);
        }
        let lines: u64 = bill.lines.iter().map(|line| line.amount_cents).sum();
        let gross: u64 = bill.taxes.iter().map(|tax| tax.gross_cents).sum();
        assert_eq!((lines, gross), (bill.total_cents, bill.total_cents));
        assert!(bill.taxes.iter().all(|tax| tax.net_cents + tax.tax_cents == tax.gross_cents));
        assert!(bill.total_cents > 0);
    }

    #[test]
    fn every_sale_adds_up_and_is_paid() {
        let mut dice = Dice::new(1);
        let mut methods = std::collections::HashSet::new();
        for _ in 0..500 {
            let sale = sell(&mut dice, &STORES[0], "ber-1-t1", "r".into(), Timestamp::from_micros(1));
            assert_adds_up(&sale.bill);
            let paid: u64 = sale.payments.iter().map(|payment| payment.amount_cents).sum();
            assert_eq!(paid, sale.bill.total_cents);
            for payment in &sale.payments {
                methods.insert(format!("{:?}", payment.method));
                let tendered = payment.tendered_cents.unwrap_or(payment.amount_cents);
                assert_eq!(tendered - payment.change_cents.unwrap_or(0), payment.amount_cents);
            }
        }
        assert_eq!(methods.len(), 3);
    }

    #[test]
    fn a_refund_takes_lines_of_its_sale_back() {
        let mut dice = Dice::new(2);
        for _ in 0..200 {
            let now = Timestamp::from_micros(1);
            let sale = sell(&mut dice, &STORES[1], "ham-1-t1", "r1".into(), now);
            let refund = refund(&mut dice, &STORES[1], "ham-1-t2", "r2".into(), now, &sale);
            assert_adds_up(&refund.bill);
            assert_eq!(refund.original_receipt, sale.receipt);
            assert!(refund.bill.total_cents <= sale.bill.total_cents);
            for line in &refund.bill.lines {
                let sold = sale.bill.lines.iter().find(|sold| sold.sku == line.sku).unwrap();
                assert_eq!(sold.quantity, line.quantity);
            }
        }
    }

    #[test]
    fn a_count_says_how_far_the_shelf_is_off() {
        let mut dice = Dice::new(3);
        for _ in 0..200 {
            let count = count(&mut dice, &STORES[2], "cgn-1-t1", "s".into(), Timestamp::from_micros(1));
            assert!(count.lines.len() >= 3);
            for line in &count.lines {
                assert!(line.counted >= 0);
                assert_eq!(line.counted - line.expected, line.difference);
            }
        }
    }
}
