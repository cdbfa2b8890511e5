//! The values by which a search can be narrowed down, and those by which it is.

use aisle_infra::text::money::decimal;
use aisle_projections::search::{FacetCount, Facets};

use super::find::{Find, thousandths};
use crate::site::dates;
use crate::site::text;

/// How many values of a kind are shown.
const SHOWN: usize = 8;

/// One kind of values.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) values: Vec<Value>,
}

/// A value with the number of its hits.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) href: String,
    pub(super) label: String,
    pub(super) count: u64,
}

/// A value that a search is narrowed down by; its address is that of the search without.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) href: String,
    pub(super) label: String,
}

/// The kinds that have a choice. One that is chosen is among [`chosen`], with a way back.
pub(super) fn groups(find: &Find, facets: &Facets) -> Vec<Group> {
    let kinds: [(&'static str, &[FacetCount]); 6] = [
        ("category", &facets.category),
        ("month", &facets.month),
        ("city", &facets.city),
        ("series", &facets.series),
        ("performer", &facets.performer),
        ("venue", &facets.venue),
    ];
    let open =
        kinds.into_iter().filter(|(name, values)| find.value(name).is_empty() && values.len() > 1);
    let group = |(name, values): (&'static str, &[FacetCount])| Group {
        title: text::say(&format!("facet-{name}")),
        values: values.iter().take(SHOWN).map(|each| value(find, name, each)).collect(),
    };
    open.map(group).collect()
}

/// What a search is narrowed down by, beside its words and order.
pub(super) fn chosen(find: &Find) -> Vec<Chosen> {
    let names = super::find::NAMES.iter().filter(|name| !["term", "sort"].contains(name));
    let given = names.filter(|name| !find.value(name).is_empty());
    let chosen = |name: &&'static str| Chosen {
        href: find.clone().without(name).href(),
        label: label(name, find.value(name)),
    };
    given.map(chosen).collect()
}

fn value(find: &Find, name: &'static str, facet: &FacetCount) -> Value {
    Value {
        href: find.clone().with(name, &facet.value).href(),
        label: if name == "month" { dates::month(&facet.value) } else { facet.value.to_string() },
        count: facet.count,
    }
}

fn label(name: &str, value: &str) -> String {
    match name {
        "month" => dates::month(value),
        "available" => text::say("search-available"),
        "start_date" => text::say_with("search-from-day", &[("day", dates::day(value).into())]),
        "end_date" => text::say_with("search-until-day", &[("day", dates::day(value).into())]),
        "price_max" => {
            let amount = thousandths(value).map_or_else(|| value.to_owned(), decimal);
            text::say_with("search-up-to", &[("price", amount.into())])
        }
        _ => value.to_owned(),
    }
}
