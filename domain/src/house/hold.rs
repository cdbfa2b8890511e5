//! Making a booking: choosing seats or places, keeping them, pricing them, all or nothing.

use std::cmp::Reverse;
use std::sync::Arc;

use super::{Accessible, Context, Counted, Hold, HoldWish, House, Proposal, Refusal, StreamKey};
use crate::area::AreaCommand;
use crate::best_available::{
    Availability, CategorySet, OrphanRule, PartySize, Wish, leaves_orphan, looked_at_for_orphans,
};
use crate::booking::{BookingCommand, Order, PlacesLine, SeatLine};
use crate::event::{EventDetails, SeatingRule};
use crate::plan::{CategoryIndex, Plan, SeatIndex};
use crate::policy::{self, MAX_SEATS_PER_BOOKING};
use crate::seat::{SeatCommand, SeatContext, SeatRefusal};

/// What a wish comes to.
enum Choice {
    Seats(Vec<SeatIndex>),
    Places(PlacesLine),
}

impl House {
    pub(super) fn hold(&self, hold: &Hold, context: &Context) -> Result<Proposal, Refusal> {
        let details = self.event().on_sale(context.now)?;
        self.check_count(hold, details, context)?;
        let choice = self.choose(hold, details, context)?;
        let order = self.order(hold, details, &choice)?;
        let until = policy::deadline(context.now, details.hold_seconds);

        let mut proposal = Proposal::new(self.event_id());
        proposal.ask(
            StreamKey::Booking(hold.booking),
            self.tracked_booking(hold.booking).as_ref(),
            &BookingCommand::Hold { order: Arc::new(order), until },
            &context.booking(),
        )?;
        match choice {
            Choice::Seats(seats) => {
                self.keep_seats(hold, &seats, until, context, &mut proposal)?;
                self.rests_on_neighbours(&seats, details, &mut proposal);
            }
            Choice::Places(line) => {
                let area = self.tracked_area(&line.area);
                let keep = AreaCommand::Hold { booking: hold.booking, count: line.count, until };
                let area_context = context.area(self.capacity_of(&line.area));
                proposal.ask(StreamKey::Area(line.area), area, &keep, &area_context)?;
            }
        }
        proposal.rests_on(StreamKey::Event, self.tracked_event().sequence);
        self.rests_on_bookings(&hold.buyer, context.now, &mut proposal);
        Ok(proposal)
    }

    fn check_count(
        &self,
        hold: &Hold,
        details: &EventDetails,
        context: &Context,
    ) -> Result<(), Refusal> {
        let (count, counted) = hold.wish.count();
        let limit = details.limit_per_buyer;
        let max = MAX_SEATS_PER_BOOKING.min(limit);
        if !(1..=max).contains(&count) {
            return Err(Refusal::SeatCount { counted, max });
        }
        let already = self.live_tickets_of(&hold.buyer, context.now);
        if policy::within_limit(limit, already, count) {
            Ok(())
        } else {
            Err(Refusal::LimitPerBuyer { limit, already })
        }
    }

    fn choose(
        &self,
        hold: &Hold,
        details: &EventDetails,
        context: &Context,
    ) -> Result<Choice, Refusal> {
        match &hold.wish {
            HoldWish::Seats { labels, accessible } => {
                self.named_seats(labels, *accessible, details, context).map(Choice::Seats)
            }
            HoldWish::BestAvailable { .. } => {
                self.best_available(hold, details, context).map(Choice::Seats)
            }
            HoldWish::Places { area, count } => {
                let spec = details
                    .area(area)
                    .ok_or_else(|| Refusal::UnknownArea { area: area.clone() })?;
                let price = details.price(&spec.category).ok_or(Refusal::NothingLikeIt)?;
                let (area, category) = (spec.name.clone(), spec.category.clone());
                Ok(Choice::Places(PlacesLine { area, category, count: *count, price }))
            }
        }
    }

    fn named_seats(
        &self,
        labels: &[String],
        accessible: Accessible,
        details: &EventDetails,
        context: &Context,
    ) -> Result<Vec<SeatIndex>, Refusal> {
        refuse_if_any(repeated(labels), |seats| Refusal::RepeatedSeats { seats })?;
        let seats = self.known_seats(labels)?;

        let unpriced = self.labels_where(&seats, |category| details.price(category).is_none());
        refuse_if_any(unpriced, |seats| Refusal::NotForSale { seats })?;
        if !self.may_have_accessible(accessible, details, context) {
            let kept = self.labels_where(&seats, |c| policy::is_accessible(details, c));
            refuse_if_any(kept, |seats| Refusal::KeptAccessible { seats })?;
        }
        self.refuse_orphans(&seats, details, context)?;
        Ok(seats)
    }

    fn known_seats(&self, labels: &[String]) -> Result<Vec<SeatIndex>, Refusal> {
        let (mut seats, mut unknown) = (Vec::with_capacity(labels.len()), Vec::new());
        for label in labels {
            match self.plan().and_then(|plan| plan.find(label)) {
                Some(seat) => seats.push(seat),
                None => unknown.push(label.clone()),
            }
        }
        refuse_if_any(unknown, |seats| Refusal::UnknownSeats { seats })?;
        Ok(seats)
    }

    /// Under the strict rule, a buyer must not leave a single seat over. Taken seats are not
    /// looked at here: that they are taken is the better answer.
    fn refuse_orphans(
        &self,
        seats: &[SeatIndex],
        details: &EventDetails,
        context: &Context,
    ) -> Result<(), Refusal> {
        if details.seating_rule == SeatingRule::AvoidOrphans {
            return Ok(());
        }
        let Some(available) = self.availability() else { return Ok(()) };
        let all_free = seats.iter().all(|s| self.tracked_seat(*s).state.is_free(context.now));
        if !all_free {
            return Ok(());
        }
        let with_lapsed = self.with_lapsed_freed(available, context);
        if leaves_orphan(with_lapsed.as_ref().unwrap_or(available), seats) {
            return Err(Refusal::LeavesOrphan);
        }
        Ok(())
    }

    /// Under the strict rule, a choice rests on the seats beside it too: another process may have
    /// sold one, and then a single seat would be left between the two.
    fn rests_on_neighbours(
        &self,
        seats: &[SeatIndex],
        details: &EventDetails,
        proposal: &mut Proposal,
    ) {
        if details.seating_rule == SeatingRule::AvoidOrphans {
            return;
        }
        let Some(available) = self.availability() else { return };
        for beside in looked_at_for_orphans(available, seats) {
            proposal.rests_on(StreamKey::Seat(beside), self.tracked_seat(beside).sequence);
        }
    }

    fn best_available(
        &self,
        hold: &Hold,
        details: &EventDetails,
        context: &Context,
    ) -> Result<Vec<SeatIndex>, Refusal> {
        let (Some(plan), Some(available)) = (self.plan(), self.availability()) else {
            return Err(Refusal::NothingLikeIt);
        };
        let wish = self.wish(hold, details, plan, context)?;
        let none_left = Refusal::NoneLeft { count: wish.count.get() };
        if let Ok(choice) = available.choose(&wish) {
            return Ok(choice.seats);
        }
        if self.lapsed_seats(wish.categories, context).next().is_none() {
            return Err(none_left);
        }
        let Some(with_lapsed) = self.with_lapsed_freed(available, context) else {
            return Err(none_left);
        };
        with_lapsed.choose(&wish).map(|choice| choice.seats).map_err(|_| none_left)
    }

    /// What would be available if every lapsed hold had been recorded as such, whatever its category:
    /// seats of others are neighbours, too. None if that is what is available already.
    fn with_lapsed_freed(
        &self,
        available: &Availability,
        context: &Context,
    ) -> Option<Availability> {
        let mut lapsed = self.lapsed_seats(CategorySet::ALL, context).peekable();
        lapsed.peek()?;
        let mut freed = available.clone();
        lapsed.for_each(|index| {
            freed.free(index);
        });
        Some(freed)
    }

    /// The seats of these categories whose holds no longer bind although nobody has recorded so.
    fn lapsed_seats(
        &self,
        categories: CategorySet,
        context: &Context,
    ) -> impl Iterator<Item = SeatIndex> {
        let of = self.of();
        let is_such = move |index: &SeatIndex| {
            let seat = of.plan.and_then(|plan| plan.seat(*index));
            seat.is_some_and(|seat| categories.contains(seat.category))
        };
        let such = self.bookings.lapsed_seats(context.now, of).filter(is_such);
        such.filter(|index| self.tracked_seat(*index).state.is_free(context.now))
    }

    fn wish(
        &self,
        hold: &Hold,
        details: &EventDetails,
        plan: &Plan,
        context: &Context,
    ) -> Result<Wish, Refusal> {
        let HoldWish::BestAvailable { count, category, max_price, together, accessible } =
            &hold.wish
        else {
            return Err(Refusal::NothingLikeIt);
        };
        let open = self.may_have_accessible(*accessible, details, context);
        let wanted = |name: &str| {
            let kept = policy::is_accessible(details, name);
            let fits_need = match accessible {
                Accessible::Needed => kept,
                Accessible::NotNeeded => open || !kept,
            };
            fits_need
                && category.as_deref().is_none_or(|category| category == name)
                && details.price(name).is_some_and(|p| max_price.is_none_or(|max| p <= max))
        };
        let categories: Vec<CategoryIndex> = (0_u8..)
            .zip(plan.categories())
            .filter(|(_, category)| wanted(&category.name))
            .map(|(i, _)| CategoryIndex(i))
            .collect();
        if categories.is_empty() {
            return Err(Refusal::NothingLikeIt);
        }
        let orphan = match details.seating_rule {
            SeatingRule::AvoidOrphans => OrphanRule::Avoid,
            SeatingRule::NoOrphans => OrphanRule::Strict,
        };
        let (counted, max) = (Counted::BestAvailable, MAX_SEATS_PER_BOOKING);
        let refused = Refusal::SeatCount { counted, max };
        let count = PartySize::try_new(*count as usize).map_err(|_| refused)?;
        let (together, spread) = (*together, hold.spread);
        let tiers = match max_price {
            Some(_) => tiers(&categories, plan, details),
            None => Vec::new(),
        };
        let categories = categories.into_iter().collect();
        Ok(Wish { count, categories, tiers, orphan, spread, together })
    }

    /// Accessible places go to those who need them, until all others are taken. A lapsed hold
    /// takes nothing.
    fn may_have_accessible(
        &self,
        need: Accessible,
        details: &EventDetails,
        context: &Context,
    ) -> bool {
        if need == Accessible::Needed || details.accessible_categories.is_empty() {
            return true;
        }
        let Some((plan, available)) = self.plan().zip(self.availability()) else { return true };
        let others: CategorySet = (0_u8..)
            .zip(plan.categories())
            .filter(|(_, category)| {
                !policy::is_accessible(details, &category.name)
                    && details.price(&category.name).is_some()
            })
            .map(|(i, _)| CategoryIndex(i))
            .collect();
        available.free_in(others) == 0 && self.lapsed_seats(others, context).next().is_none()
    }

    fn keep_seats(
        &self,
        hold: &Hold,
        seats: &[SeatIndex],
        until: jiff::Timestamp,
        context: &Context,
        proposal: &mut Proposal,
    ) -> Result<(), Refusal> {
        let command = SeatCommand::Hold { booking: hold.booking, until };
        let seat_context = SeatContext { now: context.now };
        let mut taken = Vec::new();
        for index in seats {
            let seat = self.tracked_seat(*index);
            match proposal.ask(StreamKey::Seat(*index), seat.as_ref(), &command, &seat_context) {
                Err(Refusal::Seat(SeatRefusal::Taken)) => taken.push(*index),
                decided => decided?,
            }
        }
        refuse_if_any(self.labels_where(&taken, |_| true), |seats| Refusal::SeatsTaken { seats })
    }

    fn order(
        &self,
        hold: &Hold,
        details: &EventDetails,
        choice: &Choice,
    ) -> Result<Order, Refusal> {
        let (seats, places) = match choice {
            Choice::Seats(seats) => {
                let lines = seats.iter().map(|index| self.seat_line(*index, details));
                (lines.collect::<Option<Vec<_>>>().ok_or(Refusal::NothingLikeIt)?, Vec::new())
            }
            Choice::Places(line) => (Vec::new(), vec![line.clone()]),
        };
        let order = Order {
            event_id: self.event_id(),
            buyer: hold.buyer.clone(),
            seats,
            places,
            currency: details.currency,
            price_version: details.price_version,
            fee: 0,
            total: 0,
        };
        Ok(order.priced(details.fee))
    }

    fn seat_line(&self, index: SeatIndex, details: &EventDetails) -> Option<SeatLine> {
        let plan = self.plan()?;
        let seat = plan.seat(index)?;
        let category = plan.categories().get(usize::from(seat.category.0))?.name.to_string();
        let price = details.price(&category)?;
        Some(SeatLine { seat: seat.label.to_string(), category, price })
    }

    /// The labels of those seats whose category is such.
    fn labels_where(&self, seats: &[SeatIndex], is_such: impl Fn(&str) -> bool) -> Vec<String> {
        let Some(plan) = self.plan() else { return Vec::new() };
        let seats = seats.iter().filter_map(|index| plan.seat(*index));
        let such = seats.filter(|seat| {
            plan.categories().get(usize::from(seat.category.0)).is_some_and(|c| is_such(&c.name))
        });
        such.map(|seat| seat.label.to_string()).collect()
    }
}

/// Who says how much it may cost wants the best for that: the dearest categories first, for the
/// price is what the organiser says of them. Who says nothing wants the best place.
fn tiers(categories: &[CategoryIndex], plan: &Plan, details: &EventDetails) -> Vec<CategorySet> {
    let price = |category: &CategoryIndex| {
        let category = plan.categories().get(usize::from(category.0));
        Reverse(category.and_then(|category| details.price(&category.name)))
    };
    let mut dearest_first = categories.to_vec();
    dearest_first.sort_by_key(price);
    dearest_first
        .chunk_by(|one, other| price(one) == price(other))
        .map(|tier| tier.iter().copied().collect())
        .collect()
}

/// There are [`MAX_SEATS_PER_BOOKING`] at the most.
fn repeated(labels: &[String]) -> Vec<String> {
    let before = |at: usize, label: &String| labels[..at].contains(label);
    let repeated = labels.iter().enumerate().filter(|(at, label)| before(*at, label));
    repeated.map(|(_, label)| label.clone()).collect()
}

fn refuse_if_any(
    seats: Vec<String>,
    refusal: impl FnOnce(Vec<String>) -> Refusal,
) -> Result<(), Refusal> {
    if seats.is_empty() { Ok(()) } else { Err(refusal(seats)) }
}
