//! Aisle.
fn main() {}
