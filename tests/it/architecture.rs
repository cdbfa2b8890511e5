//! The direction of dependencies between the crates (DESIGN section 8).

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Every edge that is allowed. The root may depend on all.
const ALLOWED: [(&str, &str); 7] = [
    ("aisle-infra", "aisle-domain"),
    ("aisle-projections", "aisle-domain"),
    ("aisle-projections", "aisle-infra"),
    ("aisle-command-api", "aisle-domain"),
    ("aisle-command-api", "aisle-infra"),
    ("aisle-query-api", "aisle-domain"),
    ("aisle-query-api", "aisle-infra"),
];

#[test]
fn crates_depend_on_each_other_in_one_direction_only() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let mut allowed: BTreeSet<(&str, &str)> = ALLOWED.into();
    allowed.insert(("aisle-query-api", "aisle-projections"));
    for package in &metadata.packages {
        let ours = package.dependencies.iter().filter(|d| d.name.starts_with("aisle-"));
        for dependency in ours.filter(|d| d.kind == DependencyKind::Normal) {
            let edge = (package.name.as_str(), dependency.name.as_str());
            assert!(
                edge.0 == "aisle" || allowed.contains(&edge),
                "{} must not use {}",
                edge.0,
                edge.1
            );
        }
    }
}

#[test]
fn the_domain_uses_no_runtime_no_network_and_no_database() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let domain = metadata.packages.iter().find(|p| p.name.as_str() == "aisle-domain").unwrap();
    let normal = domain.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
    for dependency in normal {
        let forbidden = ["tokio", "axum", "sqlx", "reqwest", "postgres-es", "tantivy", "tracing"];
        assert!(
            !forbidden.contains(&dependency.name.as_str()),
            "the domain uses {}",
            dependency.name
        );
    }
}
