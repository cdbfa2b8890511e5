//! What the test provider has taken on, and what became of it: its memory, which tests read.
//!
//! It is gone after a restart, so a refund may name a payment that it has never heard of; that is
//! believed, as the real ledger of a real provider would have it.

use std::collections::BTreeMap;

use aisle_domain::id::{PaymentId, RefundId};
use aisle_domain::money::Money;

use super::super::{ChargeRequest, PaymentError, RefundRequest};
use super::cards::Verdict;

/// All payments, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The payments.
    pub payments: BTreeMap<PaymentId, Entry>,
}

/// One payment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// What was asked for; `None` if that was before the last restart.
    pub charge: Option<ChargeRequest>,
    /// What became of it.
    pub state: ChargeState,
    /// What went back, by refund.
    pub refunds: BTreeMap<RefundId, Money>,
}

/// What became of a charge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChargeState {
    /// Nobody has asked for it since the last restart.
    #[default]
    Unheard,
    /// It is not settled.
    Pending,
    /// The money is here.
    Captured,
    /// No money was moved.
    Declined,
}

/// Whether a request came for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It did.
    Anew,
    /// It was taken on before, and nothing is to be done.
    Repeated,
}

impl Taken {
    pub(super) fn is_repeated(self) -> bool {
        self == Self::Repeated
    }
}

impl Ledger {
    /// What was captured for a payment.
    #[must_use]
    pub fn captured(&self, payment: PaymentId) -> Option<Money> {
        let entry = self.payments.get(&payment)?;
        let charge = entry.charge.as_ref().filter(|_| entry.state == ChargeState::Captured);
        charge.map(|charge| charge.amount)
    }

    /// What went back of a payment, in minor units of its currency.
    #[must_use]
    pub fn refunded(&self, payment: PaymentId) -> i64 {
        self.payments.get(&payment).map_or(0, Entry::refunded)
    }

    pub(super) fn charge(&mut self, request: &ChargeRequest) -> Result<Taken, PaymentError> {
        let entry = self.payments.entry(request.payment).or_default();
        match &entry.charge {
            Some(earlier) if earlier == request => Ok(Taken::Repeated),
            Some(_) => Err(PaymentError::IdReused),
            None => {
                entry.charge = Some(request.clone());
                entry.state = ChargeState::Pending;
                Ok(Taken::Anew)
            }
        }
    }

    pub(super) fn settle(&mut self, payment: PaymentId, verdict: Verdict) {
        if let Some(entry) = self.payments.get_mut(&payment) {
            entry.state = match verdict {
                Verdict::Captured => ChargeState::Captured,
                Verdict::Declined(_) => ChargeState::Declined,
            };
        }
    }

    pub(super) fn refund(&mut self, request: &RefundRequest) -> Result<Taken, PaymentError> {
        if let Some((payment, amount)) = self.refund_of(request.refund) {
            let same = payment == request.payment && amount == request.amount;
            return if same { Ok(Taken::Repeated) } else { Err(PaymentError::IdReused) };
        }
        if let Some(entry) = self.payments.get(&request.payment) {
            entry.check_refund(request)?;
        }
        let entry = self.payments.entry(request.payment).or_default();
        entry.refunds.insert(request.refund, request.amount);
        Ok(Taken::Anew)
    }

    fn refund_of(&self, refund: RefundId) -> Option<(PaymentId, Money)> {
        let find = |(payment, entry): (&PaymentId, &Entry)| {
            entry.refunds.get(&refund).map(|amount| (*payment, *amount))
        };
        self.payments.iter().find_map(find)
    }
}

impl Entry {
    fn refunded(&self) -> i64 {
        self.refunds.values().map(|money| money.amount).sum()
    }

    /// No more goes back than came, and in the same currency.
    fn check_refund(&self, request: &RefundRequest) -> Result<(), PaymentError> {
        let refused = |why: &str| Err(PaymentError::Refused(why.to_owned()));
        let Some(charge) = &self.charge else { return Ok(()) };
        let total = self.refunded().saturating_add(request.amount.amount);
        match () {
            () if self.state != ChargeState::Captured => refused("the payment was not captured"),
            () if request.amount.currency != charge.amount.currency => refused("other currency"),
            () if request.amount.amount <= 0 => refused("a refund is more than nothing"),
            () if total > charge.amount.amount => refused("more than was captured"),
            () => Ok(()),
        }
    }
}
