//! The rules of choosing, on small halls written down and on any hall at random.

use proptest::prelude::*;

use super::*;
use crate::plan::{CategoryIndex, Plan, sample};

fn hall(zones: &[&[u32]]) -> (Plan, Availability) {
    let plan = Plan::from_pretix(&sample::json(zones)).unwrap();
    let availability = Availability::new(&plan);
    (plan, availability)
}

fn wish(count: usize) -> Wish {
    Wish {
        count: PartySize::try_new(count).unwrap(),
        categories: CategorySet::ALL,
        tiers: Vec::new(),
        orphan: OrphanRule::Avoid,
        together: Together::Required,
        spread: 0,
    }
}

fn take(availability: &mut Availability, plan: &Plan, labels: &[&str]) {
    labels
        .iter()
        .for_each(|label| assert!(availability.take(plan.find(label).unwrap()), "{label}"));
}

fn chosen<'a>(
    plan: &'a Plan,
    availability: &Availability,
    wish: &Wish,
) -> Result<Vec<&'a str>, NoneLeft> {
    let choice = availability.choose(wish)?;
    Ok(choice.seats.iter().map(|seat| &*plan.seat(*seat).unwrap().label).collect())
}

#[test]
fn the_middle_of_the_front_row_is_the_best() {
    let (plan, availability) = hall(&[&[9, 9], &[9]]);
    assert_eq!(chosen(&plan, &availability, &wish(1)), Ok(vec!["1-1-5"]));
    let five = vec!["1-1-3", "1-1-4", "1-1-5", "1-1-6", "1-1-7"];
    assert_eq!(chosen(&plan, &availability, &wish(5)), Ok(five));
}

#[test]
fn front_rows_of_all_zones_are_sold_before_second_rows() {
    let (plan, mut availability) = hall(&[&[2, 2], &[2, 2]]);
    let mut sold = vec![];
    while let Ok(choice) = availability.choose(&wish(2)) {
        choice.seats.iter().for_each(|seat| assert!(availability.take(*seat)));
        sold.push(&*plan.seat(choice.seats[0]).unwrap().label);
    }
    assert_eq!(sold, ["1-1-1", "2-1-1", "1-2-1", "2-2-1"]);
}

#[test]
fn a_row_further_back_is_better_than_an_orphan_and_an_orphan_better_than_nothing() {
    let (plan, mut availability) = hall(&[&[3, 2]]);
    assert_eq!(chosen(&plan, &availability, &wish(2)), Ok(vec!["1-2-1", "1-2-2"]));
    take(&mut availability, &plan, &["1-2-1", "1-2-2"]);
    assert_eq!(chosen(&plan, &availability, &wish(2)), Ok(vec!["1-1-1", "1-1-2"]));
    let strict = Wish { orphan: OrphanRule::Strict, ..wish(2) };
    assert_eq!(availability.choose(&strict), Err(NoneLeft::OnlyOrphans));
}

#[test]
fn the_reason_for_none_is_told() {
    let (plan, mut availability) = hall(&[&[3]]);
    assert_eq!(availability.choose(&wish(4)), Err(NoneLeft::TooFew));
    take(&mut availability, &plan, &["1-1-2"]);
    assert_eq!(availability.choose(&wish(2)), Err(NoneLeft::NotTogether));
    let none = Wish { categories: CategorySet::default(), ..wish(1) };
    assert_eq!(availability.choose(&none), Err(NoneLeft::TooFew));
}

#[test]
fn only_categories_of_the_wish_are_used_and_never_two_in_a_group() {
    let seats = |at| (at * 10, if at < 4 { "A" } else { "B" });
    let plan = sample::zone(&[sample::row((0..6).map(seats))]);
    let availability = Availability::new(&plan);
    let b = Wish { categories: [plan.category("B").unwrap()].into_iter().collect(), ..wish(2) };
    assert_eq!(chosen(&plan, &availability, &b), Ok(vec!["1-1-5", "1-1-6"]));
    assert_eq!(
        availability.choose(&Wish { count: PartySize::try_new(3).unwrap(), ..b }),
        Err(NoneLeft::TooFew)
    );
    assert_eq!(availability.choose(&wish(5)), Err(NoneLeft::NotTogether));
}

#[test]
fn a_better_tier_outweighs_a_better_place_but_not_a_single_seat_left_over() {
    // Row 1 is of A, row 2 of three B and two A beyond an aisle.
    let row_1 = sample::row((0..4).map(|at| (at * 10, "A")));
    let row_2 = sample::row((0..3).map(|at| (at * 10, "B")));
    let plan = sample::zone(&[row_1, row_2]);
    let availability = Availability::new(&plan);
    let tier = |name: &str| [plan.category(name).unwrap()].into_iter().collect::<CategorySet>();
    let dear_b = |count| Wish { tiers: vec![tier("B"), tier("A")], ..wish(count) };
    assert_eq!(chosen(&plan, &availability, &wish(3)), Ok(vec!["1-2-1", "1-2-2", "1-2-3"]));
    assert_eq!(chosen(&plan, &availability, &wish(1)).map(|it| it[0]), Ok("1-1-1"));
    assert_eq!(chosen(&plan, &availability, &dear_b(3)), Ok(vec!["1-2-1", "1-2-2", "1-2-3"]));
    assert_eq!(chosen(&plan, &availability, &dear_b(1)).map(|it| it[0]), Ok("1-2-1"));
    assert_eq!(chosen(&plan, &availability, &dear_b(2)), Ok(vec!["1-1-1", "1-1-2"]));
    assert_eq!(chosen(&plan, &availability, &dear_b(4)).map(|it| it.len()), Ok(4));
}

#[test]
fn spread_buyers_get_different_groups_of_the_best_eight() {
    let (plan, availability) = hall(&[&[4; 20]]);
    let row = |spread| {
        let choice = availability.choose(&Wish { spread, ..wish(2) }).unwrap();
        plan.seat(choice.seats[0]).unwrap().row.0
    };
    let mut rows: Vec<u32> = (1..100).map(row).collect();
    assert_eq!(row(0), 0);
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows, (0..8).collect::<Vec<_>>());
}

#[test]
fn a_party_is_parted_only_if_it_may_be_and_into_the_fewest_pieces_of_one_zone() {
    let (plan, mut availability) = hall(&[&[3], &[2, 3]]);
    let preferred = |count| Wish { together: Together::Preferred, ..wish(count) };
    assert_eq!(availability.choose(&wish(5)), Err(NoneLeft::NotTogether));
    let choice = availability.choose(&preferred(5)).unwrap();
    assert_eq!(choice.pieces, 2);
    let zones: Vec<_> =
        choice.seats.iter().map(|it| plan.row_of(plan.seat(*it).unwrap()).zone.0).collect();
    assert_eq!(zones, [1; 5], "the other zone would do with two pieces as well, but not alone");
    take(&mut availability, &plan, &["2-1-1", "2-1-2"]);
    assert_eq!(availability.choose(&preferred(6)).unwrap().pieces, 2);
    assert_eq!(availability.choose(&preferred(3)).unwrap().pieces, 1);
}

#[test]
fn a_strict_split_leaves_no_orphan_or_is_not_made() {
    let (_, availability) = hall(&[&[4, 3]]);
    let strict =
        |count| Wish { orphan: OrphanRule::Strict, together: Together::Preferred, ..wish(count) };
    let choice = availability.choose(&strict(5)).unwrap();
    assert!(!leaves_orphan(&availability, &choice.seats));
    assert_eq!(availability.choose(&strict(6)), Err(NoneLeft::OnlyOrphans));
}

#[test]
fn a_real_hall_sells_out_in_pairs_without_an_orphan_while_any_can_be_avoided() {
    let plan = Plan::from_pretix(include_bytes!("../../testdata/riethsporthalle.json")).unwrap();
    let mut availability = Availability::new(&plan);
    let strict = Wish { orphan: OrphanRule::Strict, ..wish(2) };
    while let Ok(choice) = availability.choose(&strict) {
        choice.seats.iter().for_each(|seat| assert!(availability.take(*seat)));
    }
    // What is left are openings of three or one: pairs cannot leave any of them without an orphan.
    let left = availability.free_in(CategorySet::ALL);
    let odd = plan.runs().iter().filter(|run| run.seats.len() % 2 == 1).count();
    assert!(left as usize <= 3 * odd, "{left} seats left over {odd} odd runs");
}

#[test]
fn a_seat_beyond_the_plan_is_never_free_and_cannot_be_made_so() {
    let (_, mut availability) = hall(&[&[3]]);
    let beyond = SeatIndex(3);
    assert!(
        !availability.is_free(beyond) && !availability.take(beyond) && !availability.free(beyond)
    );
}

/// Whether a group exists, by looking at every seat.
fn exists(plan: &Plan, availability: &Availability, wish: &Wish, placing: Placing) -> bool {
    let size = wish.count.get();
    plan.runs().iter().any(|run| {
        let starts = run.seats.start..(run.seats.end + 1).saturating_sub(size);
        starts.into_iter().any(|start| {
            let seats: Vec<SeatIndex> = (start..start + size).map(SeatIndex).collect();
            let category = plan.seat(seats[0]).unwrap().category;
            wish.categories.contains(category)
                && seats.iter().all(|seat| plan.seat(*seat).unwrap().category == category)
                && seats.iter().all(|seat| availability.is_free(*seat))
                && (placing == Placing::Any || !leaves_orphan(availability, &seats))
        })
    })
}

fn assert_free_and_wanted(plan: &Plan, availability: &Availability, wish: &Wish, choice: &Choice) {
    let mut seats = choice.seats.clone();
    seats.sort_unstable();
    seats.dedup();
    assert_eq!(seats.len(), wish.count.get() as usize);
    for seat in seats {
        assert!(availability.is_free(seat));
        assert!(wish.categories.contains(plan.seat(seat).unwrap().category));
    }
}

fn assert_one_group(plan: &Plan, choice: &Choice) {
    let run = plan.runs().iter().find(|run| run.seats.contains(&choice.seats[0].0)).unwrap();
    for pair in choice.seats.windows(2) {
        assert_eq!(pair[0].0 + 1, pair[1].0);
        assert!(run.seats.contains(&pair[1].0));
        assert_eq!(plan.seat(pair[0]).unwrap().category, plan.seat(pair[1]).unwrap().category);
    }
}

fn any_wish() -> impl Strategy<Value = Wish> {
    let rules = (any::<bool>(), any::<bool>(), 0..4u64);
    (1..8usize, 1..8u8, rules).prop_map(|(count, categories, (strict, parted, spread))| Wish {
        categories: (0..3).filter(|at| categories >> at & 1 == 1).map(CategoryIndex).collect(),
        orphan: if strict { OrphanRule::Strict } else { OrphanRule::Avoid },
        together: if parted { Together::Preferred } else { Together::Required },
        spread,
        ..wish(count)
    })
}

fn any_hall() -> impl Strategy<Value = (Plan, Availability)> {
    (sample::any_plan(), prop::collection::vec(0..3u8, 180)).prop_map(|(json, taken)| {
        let plan = Plan::from_pretix(&json).unwrap();
        let mut availability = Availability::new(&plan);
        let density = taken[0];
        for (seat, draw) in (0..plan.len() as u32).zip(taken.iter().cycle().skip(1)) {
            if *draw < density {
                availability.take(SeatIndex(seat));
            }
        }
        (plan, availability)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_choice_keeps_every_promise((plan, availability) in any_hall(), wish in any_wish()) {
        let fits = exists(&plan, &availability, &wish, Placing::Any);
        let clean = exists(&plan, &availability, &wish, Placing::Clean);
        let enough = availability.free_in(wish.categories) >= wish.count.get();
        let allowed = if wish.orphan == OrphanRule::Strict { clean } else { fits };
        match availability.choose(&wish) {
            Ok(choice) => {
                assert_free_and_wanted(&plan, &availability, &wish, &choice);
                prop_assert_eq!(choice.pieces == 1, allowed);
                prop_assert!(choice.pieces == 1 || wish.together == Together::Preferred);
                if choice.pieces == 1 {
                    assert_one_group(&plan, &choice);
                    prop_assert_eq!(leaves_orphan(&availability, &choice.seats), !clean);
                }
                if wish.orphan == OrphanRule::Strict {
                    prop_assert!(!leaves_orphan(&availability, &choice.seats));
                }
            }
            Err(NoneLeft::TooFew) => prop_assert!(!enough),
            Err(NoneLeft::NotTogether) => {
                prop_assert!(enough && !fits && wish.together == Together::Required);
            }
            Err(NoneLeft::OnlyOrphans) => {
                prop_assert!(enough && !clean && wish.orphan == OrphanRule::Strict);
            }
        }
    }

    #[test]
    fn taking_and_freeing_keep_the_summaries_right(
        (plan, start) in any_hall(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..60),
    ) {
        let mut availability = start;
        for (at, taking) in changes {
            let seat = SeatIndex(at.index(plan.len()) as u32);
            let was_free = availability.is_free(seat);
            let changed = if taking { availability.take(seat) } else { availability.free(seat) };
            prop_assert_eq!(changed, was_free == taking);
            prop_assert_eq!(availability.is_free(seat), !taking);
        }
        let mut fresh = Availability::new(&plan);
        let taken = (0..plan.len() as u32).map(SeatIndex).filter(|seat| !availability.is_free(*seat));
        taken.for_each(|seat| assert!(fresh.take(seat)));
        prop_assert!(fresh == availability, "built in another order, they differ");
        for seat in (0..plan.len() as u32).map(SeatIndex) {
            fresh.free(seat);
        }
        prop_assert!(fresh == Availability::new(&plan), "all freed, it is as new");
        let counted = |category| plan.seats().iter().filter(|seat| seat.category == category).count();
        for category in (0..3).map(CategoryIndex) {
            prop_assert_eq!(fresh.free_of(category) as usize, counted(category));
        }
    }
}
