//! The OpenAPI documents in `docs/openapi` are those of the code.

use std::path::Path;

/// `aisle openapi commands > docs/openapi/commands.json` brings them back in step.
fn assert_in_step(file: &str, document: &utoipa::openapi::OpenApi) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi").join(file);
    let kept = std::fs::read_to_string(&path).unwrap();
    let made = document.to_pretty_json().unwrap();
    let side = file.trim_end_matches(".json");
    assert!(
        kept.trim_end() == made,
        "docs/openapi/{file} is out of step: cargo run -- openapi {side} > docs/openapi/{file}"
    );
}

#[test]
fn the_document_of_the_write_side_is_in_step() {
    assert_in_step("commands.json", &aisle_command_api::openapi::document());
}

#[test]
fn the_document_of_the_read_side_is_in_step() {
    assert_in_step("queries.json", &aisle_query_api::openapi::document());
}
