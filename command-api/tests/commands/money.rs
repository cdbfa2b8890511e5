//! Whether the money adds up: what providers have taken and given back against what the journal
//! says.

use std::collections::{BTreeMap, BTreeSet};

use aisle_infra::payment::test::Ledger;
use serde_json::Value;

use crate::store::Store;

/// What the journal says of the money.
#[derive(Debug, Default)]
struct Books {
    /// Payments that pay a booking, not refunded.
    paid: BTreeSet<String>,
    /// What is to go back, by payment.
    to_refund: BTreeMap<String, i64>,
    /// What went back, by payment.
    refunded: BTreeMap<String, i64>,
}

/// Every captured payment has ended confirmed or refunded, exactly once, and no other has.
/// To be asked when everything has come to rest.
pub(crate) async fn assert_balanced(store: &Store, ledger: &Ledger) {
    let books = Books::of(store).await;
    assert_eq!(books.to_refund, books.refunded, "a refund is under way still");
    let mut captured = BTreeSet::new();
    for (id, entry) in &ledger.payments {
        let Some(money) = ledger.captured(*id) else { continue };
        let (id, name) = (*id, id.to_string());
        let back = books.refunded.get(&name).copied().unwrap_or(0);
        assert_eq!(ledger.refunded(id), back, "{name}: {entry:?}");
        let due = if books.paid.contains(&name) { 0 } else { money.amount };
        assert_eq!(back, due, "{name} is neither kept nor given back: {entry:?}");
        captured.insert(name);
    }
    let answered = books.paid.iter().chain(books.refunded.keys());
    assert!(answered.into_iter().all(|payment| captured.contains(payment)), "{books:?}");
}

impl Books {
    async fn of(store: &Store) -> Self {
        let mut books = Self::default();
        for row in store.rows().await {
            let payload: Value = serde_json::from_str(&row.payload).unwrap();
            let fact = &payload[&row.fact];
            let payment = fact["payment_id"].as_str().unwrap_or_default().to_owned();
            let amount = fact["amount"].as_i64().unwrap_or_default();
            match row.fact.as_str() {
                "confirmed" => drop(books.paid.insert(payment)),
                "refund_requested" => {
                    books.paid.remove(&payment);
                    *books.to_refund.entry(payment).or_default() += amount;
                }
                "refunded" => *books.refunded.entry(payment).or_default() += amount,
                _ => {}
            }
        }
        books
    }
}
