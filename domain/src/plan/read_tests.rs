//! What is read and what is refused, and where the refusal points.

use serde_json::{Value, json};

use super::{MAX_BYTES, MAX_SEATS, Plan, PlanProblem};

fn valid() -> Value {
    let seat = |guid: &str, x: f64| {
        let position = json!({"x": x, "y": 0});
        json!({"seat_guid": guid, "seat_number": "1", "position": position, "category": "A", "r": 5})
    };
    json!({
        "name": "Hall", "uuid": "dropped",
        "size": {"width": 100, "height": 50.5},
        "categories": [{"name": "A", "color": "#fff"}, {"name": "B"}],
        "zones": [{
            "name": "Z", "zone_id": "z", "position": {"x": 0, "y": 0},
            "rows": [
                {"row_number": "1", "position": {"x": 0, "y": 0}, "seats": [seat("1", 0.0), seat("2", 10.25)]},
                {"row_number": "2", "row_number_position": "both", "seats": [seat("3", 0.0)]}
            ],
            "areas": [{"width": 5, "height": 5, "position": {"x": 1, "y": 1}, "text": "Stage"}]
        }]
    })
}

fn refusal(doc: &Value) -> (String, &'static str) {
    let error = Plan::from_pretix(&serde_json::to_vec(doc).unwrap()).unwrap_err();
    (error.path.clone(), error.code())
}

/// What is said when the value at `pointer` is replaced.
fn with(pointer: &str, value: Value) -> (String, &'static str) {
    let mut doc = valid();
    *doc.pointer_mut(pointer).unwrap() = value;
    refusal(&doc)
}

fn refused(path: &str, code: &'static str) -> (String, &'static str) {
    (path.to_owned(), code)
}

#[test]
fn unknown_keys_are_dropped_and_missing_offsets_are_none() {
    let plan = Plan::from_pretix(valid().to_string().as_bytes()).unwrap();
    assert_eq!(plan.len(), 3);
    assert_eq!(plan.seats()[1].x(), 10.25);
    let canonical = String::from_utf8(plan.canonical_json()).unwrap();
    assert!(!canonical.contains("dropped") && !canonical.contains(r#""r""#), "{canonical}");
}

#[test]
fn what_is_not_the_format_is_refused_where_it_departs() {
    let error = Plan::from_pretix(b"{\"name\": ").unwrap_err();
    assert_eq!(error.code(), "plan_malformed");
    assert_eq!(Plan::from_pretix(b"[] x").unwrap_err().code(), "plan_malformed");
    let trailing = valid().to_string() + "{}";
    assert_eq!(Plan::from_pretix(trailing.as_bytes()).unwrap_err().code(), "plan_malformed");
    let seat = "/zones/0/rows/0/seats/1";
    let refusal = with(&format!("{seat}/seat_guid"), json!(7));
    assert_eq!(refusal, refused("zones[0].rows[0].seats[1].seat_guid", "plan_malformed"));
    let refusal = with(&format!("{seat}/position"), json!({"x": 1}));
    assert_eq!(refusal, refused("zones[0].rows[0].seats[1].position", "plan_malformed"));
}

#[test]
fn two_seats_of_one_label_are_both_named() {
    let mut doc = valid();
    *doc.pointer_mut("/zones/0/rows/1/seats/0/seat_guid").unwrap() = json!("2");
    // An empty row before it is dropped, and must not shift the path.
    doc["zones"][0]["rows"]
        .as_array_mut()
        .unwrap()
        .insert(1, json!({"row_number": "x", "seats": []}));
    let error = Plan::from_pretix(doc.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.path, "zones[0].rows[2].seats[0].seat_guid");
    let first = "zones[0].rows[0].seats[1].seat_guid".to_owned();
    assert_eq!(error.problem, PlanProblem::DuplicateSeat { label: "2".into(), first });
}

#[test]
fn categories_are_distinct_known_and_not_too_many() {
    let refusal = with("/categories/1/name", json!("A"));
    assert_eq!(refusal, refused("categories[1].name", "plan_duplicate_category"));
    let refusal = with("/zones/0/rows/1/seats/0/category", json!("C"));
    assert_eq!(refusal, refused("zones[0].rows[1].seats[0].category", "plan_unknown_category"));
    let many: Vec<Value> = (0..65).map(|at| json!({"name": at.to_string()})).collect();
    assert_eq!(with("/categories", json!(many)), refused("categories", "plan_too_many_categories"));
    let attack = with("/categories/0/color", json!("red\"><script>"));
    assert_eq!(attack, refused("categories[0].color", "plan_color"));
}

#[test]
fn there_are_seats_and_not_too_many() {
    assert_eq!(with("/zones", json!([])), refused("zones", "plan_no_seats"));
    let seat =
        json!({"seat_guid": "", "seat_number": "", "position": {"x": 0, "y": 0}, "category": ""});
    let seats = vec![seat; MAX_SEATS + 1];
    assert_eq!(
        with("/zones/0/rows/0/seats", json!(seats)),
        refused("zones", "plan_too_many_seats")
    );
    let large = vec![b' '; MAX_BYTES + 1];
    assert_eq!(Plan::from_pretix(&large).unwrap_err().code(), "plan_too_large");
}

#[test]
fn labels_are_short_and_look_like_themselves() {
    let guid = |label: &str| with("/zones/0/rows/0/seats/0/seat_guid", json!(label)).1;
    assert_eq!(guid(""), "plan_label_empty");
    assert_eq!(guid(&"x".repeat(65)), "plan_label_too_long");
    assert_eq!(guid("a\u{0}"), "plan_label_control");
    assert_eq!(guid("a\u{202e}b"), "plan_label_control");
    assert_eq!(guid(" a"), "plan_label_blanks");
    assert_eq!(guid("a\u{a0}"), "plan_label_blanks");
    assert_eq!(with("/name", json!("")), refused("name", "plan_label_empty"));
    let refusal = with("/zones/0/rows/1/row_number", json!("1 "));
    assert_eq!(refusal, refused("zones[0].rows[1].row_number", "plan_label_blanks"));
}

#[test]
fn sizes_and_places_are_bounded_with_their_offsets() {
    assert_eq!(with("/size/width", json!(0)), refused("size.width", "plan_size_out_of_bounds"));
    assert_eq!(with("/size/height", json!(1e7)), refused("size.height", "plan_size_out_of_bounds"));
    let code = "plan_coordinate_out_of_bounds";
    let refusal = with("/zones/0/rows/0/seats/1/position/y", json!(-1.1e6));
    assert_eq!(refusal, refused("zones[0].rows[0].seats[1].position.y", code));
    let refusal = with("/zones/0/position/x", json!(999_995));
    assert_eq!(refusal, refused("zones[0].rows[0].seats[1].position.x", code));
    let refusal = with("/zones/0/areas/0/width", json!(-1));
    assert_eq!(refusal, refused("zones[0].areas[0]", "plan_size_out_of_bounds"));
}

#[test]
fn a_plan_that_states_no_size_shows_all_seats() {
    let mut doc = valid();
    doc.as_object_mut().unwrap().remove("size");
    let size = Plan::from_pretix(doc.to_string().as_bytes()).unwrap().size();
    assert_eq!((size.width.value(), size.height.value()), (30.25, 20.0));
}
