//! What bookings order, packed: a line is a place in the plan and a price that many lines have.
//!
//! An order never changes, so lines are only ever added.

use super::Of;
use crate::booking::{Order, PlacesLine, SeatLine};
use crate::id::Subject;
use crate::money::Currency;
use crate::plan::SeatIndex;

/// The lines of all orders.
#[derive(Debug, Clone, Default)]
pub(super) struct Orders {
    lines: Vec<Line>,
    prices: Vec<Price>,
    terms: Vec<Terms>,
}

/// Where the lines of an order are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Packed {
    first: u32,
    lines: u16,
    terms: u16,
}

/// A seat, or places of an area.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Which seat, or how many places.
    what: u32,
    price: u32,
}

/// What a line costs, and as what.
#[derive(Debug, Clone)]
struct Price {
    /// Places of this area; a seat if there is none.
    area: Option<Box<str>>,
    category: Box<str>,
    amount: i64,
}

/// What an order costs beside its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Terms {
    currency: Currency,
    price_version: u32,
    fee_each: i64,
}

impl Orders {
    /// None if it does not fit: seats that the plan does not have, or sums that do not come of it.
    pub(super) fn pack(&mut self, order: &Order, of: Of<'_>) -> Option<Packed> {
        let first = self.lines.len();
        let packed = self.add(order, of);
        if packed.is_none() {
            self.lines.truncate(first);
        }
        packed
    }

    fn add(&mut self, order: &Order, of: Of<'_>) -> Option<Packed> {
        let terms = terms(order).filter(|_| order.event_id == of.event)?;
        let terms =
            u16::try_from(place_of(&mut self.terms, |known| *known == terms, || terms)).ok()?;
        let first = u32::try_from(self.lines.len()).ok()?;
        for line in &order.seats {
            let what = of.plan?.find(&line.seat)?.0;
            let price = self.price(None, &line.category, line.price)?;
            self.lines.push(Line { what, price });
        }
        for line in &order.places {
            let price = self.price(Some(&line.area), &line.category, line.price)?;
            self.lines.push(Line { what: line.count, price });
        }
        let lines = u16::try_from(order.seats.len() + order.places.len()).ok()?;
        Some(Packed { first, lines, terms })
    }

    fn price(&mut self, area: Option<&str>, category: &str, amount: i64) -> Option<u32> {
        let is_it = |known: &Price| {
            known.amount == amount && *known.category == *category && known.area.as_deref() == area
        };
        let new = || Price { area: area.map(Box::from), category: category.into(), amount };
        u32::try_from(place_of(&mut self.prices, is_it, new)).ok()
    }

    pub(super) fn unpack(&self, packed: Packed, buyer: &Subject, of: Of<'_>) -> Option<Order> {
        let Terms { currency, price_version, fee_each } =
            *self.terms.get(usize::from(packed.terms))?;
        let mut order = Order {
            event_id: of.event,
            buyer: buyer.clone(),
            seats: Vec::new(),
            places: Vec::new(),
            currency,
            price_version,
            fee: 0,
            total: 0,
        };
        for (what, Price { area, category, amount: price }) in self.lines(packed) {
            let (category, price) = (category.to_string(), *price);
            match area {
                None => {
                    let seat = of.plan?.seat(SeatIndex(what))?.label.to_string();
                    order.seats.push(SeatLine { seat, category, price });
                }
                Some(area) => {
                    let (area, count) = (area.to_string(), what);
                    order.places.push(PlacesLine { area, category, count, price });
                }
            }
        }
        Some(order.priced(fee_each))
    }

    /// The seats of an order.
    pub(super) fn seats(&self, packed: Packed) -> impl Iterator<Item = SeatIndex> {
        let seats = self.lines(packed).filter(|(_, price)| price.area.is_none());
        seats.map(|(index, _)| SeatIndex(index))
    }

    /// How many seats and places it has.
    pub(super) fn count(&self, packed: Packed) -> u32 {
        self.lines(packed).map(|(what, price)| price.area.as_ref().map_or(1, |_| what)).sum()
    }

    fn lines(&self, packed: Packed) -> impl Iterator<Item = (u32, &Price)> {
        let lines = self.lines.iter().skip(packed.first as usize).take(usize::from(packed.lines));
        lines.filter_map(|line| Some((line.what, self.prices.get(line.price as usize)?)))
    }

    /// How many bytes they take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.lines.capacity() * size_of::<Line>()
            + self.prices.capacity() * size_of::<Price>()
            + self.terms.capacity() * size_of::<Terms>()
    }
}

/// None if fee and total are not what follows from the lines.
fn terms(order: &Order) -> Option<Terms> {
    let seats = i64::try_from(order.seats.len()).ok()?;
    let places: i64 = order.places.iter().map(|line| i64::from(line.count)).sum();
    let tickets = u32::try_from(seats + places).ok()?;
    let fee_each = order.fee.checked_div(i64::from(tickets))?;
    let mut total = order.fee;
    for line in &order.seats {
        total = total.checked_add(not_negative(line.price)?)?;
    }
    for line in &order.places {
        let price = not_negative(line.price)?.checked_mul(i64::from(line.count))?;
        total = total.checked_add(price)?;
    }
    let adds_up = fee_each * i64::from(tickets) == not_negative(order.fee)? && total == order.total;
    let (currency, price_version) = (order.currency, order.price_version);
    adds_up.then_some(Terms { currency, price_version, fee_each })
}

fn not_negative(amount: i64) -> Option<i64> {
    (amount >= 0).then_some(amount)
}

/// Where something is in a list, to which it is added if it is not in it. What came last is looked
/// at first: most orders are of the present prices.
fn place_of<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> usize {
    list.iter().rposition(is_it).unwrap_or_else(|| {
        list.push(new());
        list.len() - 1
    })
}
