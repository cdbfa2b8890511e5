//! Plans for the tests of this crate: small ones written down, and any others at random.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Plan;

/// A document of straight rows: for each zone the lengths of its rows. Zones, rows and seats are
/// numbered from 1, labels are standard, seats stand 10 apart, and all are of category `A`.
pub(crate) fn json(zones: &[&[u32]]) -> Vec<u8> {
    let row = |lengths: &&[u32]| -> Vec<Value> {
        lengths.iter().map(|n| row((0..*n as i32).map(|at| (at * 10, "A")))).collect()
    };
    document(&zones.iter().map(row).collect::<Vec<_>>())
}

/// A plan of one zone with these rows.
pub(crate) fn zone(rows: &[Value]) -> Plan {
    Plan::from_pretix(&document(&[rows.to_vec()])).unwrap()
}

/// A row of seats, each at its x and of its category, `A` or `B`.
pub(crate) fn row<'a>(seats: impl IntoIterator<Item = (i32, &'a str)>) -> Value {
    let seat = |(x, category)| json!({"position": {"x": x, "y": 0}, "category": category});
    json!(seats.into_iter().map(seat).collect::<Vec<_>>())
}

fn document(zones: &[Vec<Value>]) -> Vec<u8> {
    let zones = (1..).zip(zones).map(|(z, rows)| {
        let rows = (1..).zip(rows).map(|(r, seats)| {
            let seat = |(n, seat): (i32, &Value)| {
                let (guid, number) = (format!("{z}-{r}-{n}"), n.to_string());
                ordered_seat(&guid, &number, seat)
            };
            let seats: Vec<String> = (1..).zip(seats.as_array().unwrap()).map(seat).collect();
            format!(
                r#"{{"row_number":"{r}","position":{{"x":0,"y":{}}},"seats":[{}]}}"#,
                20 * (r - 1),
                seats.join(",")
            )
        });
        let rows: Vec<String> = rows.collect();
        format!(r#"{{"name":"{z}","position":{{"x":0,"y":0}},"rows":[{}]}}"#, rows.join(","))
    });
    let zones: Vec<String> = zones.collect();
    let head = r##""name":"Sample","size":{"width":800,"height":600},"categories":[{"name":"A","color":"#123456"},{"name":"B"}]"##;
    format!(r#"{{{head},"zones":[{}]}}"#, zones.join(",")).into_bytes()
}

fn ordered_seat(guid: &str, number: &str, seat: &Value) -> String {
    let (position, category) = (&seat["position"], &seat["category"]);
    format!(
        r#"{{"seat_guid":"{guid}","seat_number":"{number}","position":{position},"category":{category}}}"#
    )
}

/// Any small plan: straight and crooked rows with aisles, changing categories, odd labels and
/// numbers, empty rows, areas.
pub(crate) fn any_plan() -> impl Strategy<Value = Vec<u8>> {
    let seat = (0..10u8, 0..8u8, -100..100i32, "[0-9A-Zé/]{0,2}");
    let row = (vec(seat, 0..14), "[1-9A-C]?", any::<bool>(), any::<bool>());
    let zones = vec((vec(row, 0..5), "[A-C]{0,2}", -1000..1000i32, any::<bool>()), 0..4);
    zones.prop_map(|zones| {
        let mut labels = 0;
        let mut zone = |(rows, name, x, drawn): (Vec<AnyRow>, String, i32, bool)| {
            let rows: Vec<Value> = rows.iter().map(|row| any_row(&name, row, &mut labels)).collect();
            let area = json!({"width": 12, "height": 7.25, "position": {"x": x, "y": 3}, "rotation": 45});
            let areas = vec![area; usize::from(drawn)];
            json!({"name": name, "position": {"x": f64::from(x) / 7.0, "y": 0.5}, "rows": rows, "areas": areas})
        };
        let mut zones: Vec<Value> = zones.into_iter().map(&mut zone).collect();
        // A plan has at least one seat.
        zones.push(zone((vec![(vec![(0, 0, 0, "1".into())], "1".into(), true, true)], "Z".into(), 0, false)));
        let categories = json!([{"name": "A", "color": "red"}, {"name": "B"}, {"name": "C"}]);
        json!({"name": "Any", "categories": categories, "zones": zones}).to_string().into_bytes()
    })
}

/// Seats (aisle before it if 0, category, offset, number), the row's number, whether it is
/// straight, whether it goes by rule.
type AnyRow = (Vec<(u8, u8, i32, String)>, String, bool, bool);

fn any_row(zone: &str, (seats, number, straight, by_rule): &AnyRow, labels: &mut u32) -> Value {
    let mut x = 0.0;
    let seat = |(at, (aisle, category, offset, odd)): (usize, &(u8, u8, i32, String))| {
        x += if *aisle == 0 { 35.5 } else { 10.0 };
        *labels += 1;
        let seat_number = if *by_rule { (at + 1).to_string() } else { odd.clone() };
        // The label's middle part keeps labels unique where zones or rows are called alike.
        let label = match by_rule {
            true => format!("{zone}-{number}/{}-{seat_number}", *labels as usize - at),
            false => format!("{labels}.{odd}"),
        };
        let y = if *straight { 0.0 } else { f64::from(*offset) / 9.0 };
        let category = ["A", "A", "A", "A", "A", "B", "B", "C"][usize::from(*category)];
        json!({"seat_guid": label, "seat_number": seat_number, "position": {"x": x, "y": y}, "category": category})
    };
    let seats: Vec<Value> = seats.iter().enumerate().map(seat).collect();
    json!({"row_number": number, "seats": seats})
}
