//! Dependencies point down: the manifests agree with the table in ARCHITECTURE.md.
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Every crate may use these.
const COMMON: [&str; 3] = ["serde", "thiserror", "tracing"];

/// Crates named in a manifest only to select the features of another dependency.
const FEATURES_ONLY: [(&str, &str); 1] = [("kansoku-s3", "reqwest")];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// For each crate its row, and the packages in the second column.
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

fn dependencies(name: &str, section: &str) -> Vec<String> {
    let manifest = root().join("crates").join(name).join("Cargo.toml");
    let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
    let table = manifest.get(section).and_then(|value| value.as_table());
    table.into_iter().flat_map(|table| table.keys().cloned()).collect()
}

/// The Rust code below `folders` of a crate, without lines that are comments.
fn code(name: &str, folders: &[&str]) -> String {
    let base = root().join("crates").join(name);
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| base.join(folder)).collect();
    let mut code = String::new();
    while let Some(path) = waiting.pop() {
        if let Ok(entries) = fs::read_dir(&path) {
            waiting.extend(entries.map(|entry| entry.unwrap().path()));
        } else if path.is_file() && path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            lines.for_each(|line| code.extend([line, "\n"]));
        }
    }
    code
}

/// Whether `code` names the crate in a path: `name::…`, `use name;` or `use name as …`.
fn names(code: &str, dependency: &str) -> bool {
    let name = dependency.replace('-', "_");
    code.match_indices(&name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + name.len()..];
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            && ["::", ";", " as "].iter().any(|next| after.starts_with(next))
    })
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
        for dependency in dependencies(&name, "dependencies") {
            if !COMMON.contains(&dependency.as_str()) && !may.contains(&dependency) {
                complaints.push(format!("{name} must not use {dependency}:\n  {row}"));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_entry_of_a_row_is_a_dependency() {
    let mut complaints = Vec::new();
    for (name, (_, may)) in table() {
        let dependencies = dependencies(&name, "dependencies");
        let gone = may.iter().filter(|entry| !dependencies.contains(entry));
        complaints.extend(gone.map(|entry| format!("{name} does not depend on {entry}")));
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_dependency_is_used() {
    let mut complaints = Vec::new();
    for name in crates() {
        let sections = [
            ("dependencies", &["src", "build.rs"][..]),
            ("dev-dependencies", &["src", "tests", "examples"][..]),
        ];
        for (section, folders) in sections {
            let code = code(&name, folders);
            let unused = dependencies(&name, section).into_iter().filter(|dependency| {
                !names(&code, dependency)
                    && !FEATURES_ONLY.contains(&(name.as_str(), dependency.as_str()))
            });
            complaints.extend(unused.map(|one| format!("{name} names {one} and never uses it")));
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_table_has_no_row_without_a_crate() {
    let rows: Vec<String> = table().into_keys().collect();
    assert_eq!(rows, crates());
}
