//! Dependencies point down: the table in ARCHITECTURE.md is what the manifests may say.
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Every crate may use these.
const COMMON: [&str; 3] = ["serde", "thiserror", "tracing"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Crate name to its row and the packages in its second column.
fn table() -> BTreeMap<String, (String, Vec<String>)> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| kansoku-"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let may = cells[2].split(',').map(|name| name.trim().to_owned()).collect();
        (cells[1].to_owned(), (row.to_owned(), may))
    })
    .collect()
}

fn dependencies(name: &str) -> Vec<String> {
    let manifest = root().join("crates").join(name).join("Cargo.toml");
    let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
    let table = manifest.get("dependencies").and_then(|value| value.as_table());
    table.into_iter().flat_map(|table| table.keys().cloned()).collect()
}

fn crates() -> Vec<String> {
    let folders = fs::read_dir(root().join("crates")).unwrap();
    let mut names: Vec<String> =
        folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_crate_uses_only_what_its_row_allows() {
    let table = table();
    let mut complaints = Vec::new();
    for name in crates() {
        let Some((row, may)) = table.get(&name) else {
            complaints.push(format!("{name} has no row in the table of ARCHITECTURE.md"));
            continue;
        };
        for dependency in dependencies(&name) {
            if !COMMON.contains(&dependency.as_str()) && !may.contains(&dependency) {
                complaints.push(format!("{name} must not use {dependency}:\n  {row}"));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_table_has_no_row_without_a_crate() {
    let rows: Vec<String> = table().into_keys().collect();
    assert_eq!(rows, crates());
}
