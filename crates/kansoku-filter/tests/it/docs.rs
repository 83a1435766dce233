//! Checks the language reference: its examples parse, and its tables agree with the catalogue.
use std::{env, fs};

use kansoku_filter::{ExperimentFilter, FIELDS, FieldDef, FieldGroup, Filter, OrderBy, RunFilter};

const REFERENCE: &str = include_str!("../../../../docs/filter.md");

/// Non-empty lines of fenced blocks in this language, with their line numbers.
fn examples(language: &str) -> Vec<(usize, &'static str)> {
    let (mut inside, mut lines) = (None, Vec::new());
    for (i, line) in REFERENCE.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(fence) => inside = if inside.is_none() { Some(fence) } else { None },
            None if inside == Some(language) && !line.is_empty() => lines.push((i + 1, line)),
            None => {}
        }
    }
    assert!(!lines.is_empty(), "no examples of {language}");
    lines
}

#[test]
fn every_example_of_the_reference_is_accepted() {
    for (number, line) in examples("filter") {
        Filter::parse(line).unwrap_or_else(|e| panic!("docs/filter.md:{number}: {e}"));
    }
    for (number, line) in examples("order") {
        OrderBy::parse_list(&[line.to_owned()])
            .unwrap_or_else(|e| panic!("docs/filter.md:{number}: {e}"));
    }
    for (number, line) in examples("experiments") {
        ExperimentFilter::parse(line).unwrap_or_else(|e| panic!("docs/filter.md:{number}: {e}"));
    }
    for (number, line) in examples("runs") {
        RunFilter::parse(line).unwrap_or_else(|e| panic!("docs/filter.md:{number}: {e}"));
    }
}

#[test]
fn every_counterexample_of_the_reference_is_refused() {
    for (number, line) in examples("refused") {
        assert!(Filter::parse(line).is_err(), "docs/filter.md:{number}: {line} is accepted");
    }
}

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/filter.md");

/// Run `UPDATE_DOCS=1 cargo nextest run -p kansoku-filter the_tables` to update the tables.
#[test]
fn the_tables_of_the_reference_are_the_catalogue() {
    let page = fs::read_to_string(PAGE).unwrap();
    let mut told = page.clone();
    for (name, text) in [
        ("fields of traces", table(FieldGroup::Trace)),
        ("fields of spans", table(FieldGroup::Span)),
        ("fields of values", table_of(&[FieldGroup::Inputs, FieldGroup::Outputs])),
        ("order", sortable()),
    ] {
        told = with_part(&told, name, &text);
    }
    if page != told && env::var_os("UPDATE_DOCS").is_some() {
        fs::write(PAGE, &told).unwrap();
        return;
    }
    assert!(page == told, "docs/filter.md is not up to date; run this with UPDATE_DOCS=1");
}

/// The page with `text` between the two comments of this name.
fn with_part(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = page.split_once(&begin).expect("the part begins");
    let (_, after) = rest.split_once(&end).expect("the part ends");
    format!("{before}{begin}{text}{end}{after}")
}

fn table(group: FieldGroup) -> String {
    table_of(&[group])
}

fn table_of(groups: &[FieldGroup]) -> String {
    let mut table = "| field | | comparators | MLflow |\n|---|---|---|---|\n".to_owned();
    for def in FIELDS.iter().filter(|def| groups.contains(&def.group)) {
        table.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            quoted([def.name].iter().chain(def.aliases)),
            def.help,
            quoted(std::iter::once(&comparators(def.comparators()).as_str())),
            in_mlflow(def)
        ));
    }
    table
}

fn quoted<'a>(names: impl Iterator<Item = &'a &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// CONTAINS is omitted, because it is accepted wherever ILIKE is.
fn comparators<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let told = all.filter(|symbol| *symbol != "CONTAINS").collect::<Vec<_>>().join(" ");
    told.replace("IS NULL IS NOT NULL", "IS [NOT] NULL")
}

fn in_mlflow(def: &FieldDef) -> String {
    let names: Vec<_> = def.mlflow_names().collect();
    let all: Vec<_> = def.comparators().filter(|symbol| *symbol != "CONTAINS").collect();
    let some: Vec<_> = def.mlflow_comparators().filter(|symbol| *symbol != "CONTAINS").collect();
    match (names.len() == 1 + def.aliases.len(), names.is_empty(), some == all) {
        (_, true, _) => "–".to_owned(),
        (true, _, true) => "✓".to_owned(),
        (true, _, false) => format!("`{}`", some.join(" ")),
        (false, ..) => quoted(names.iter()),
    }
}

fn sortable() -> String {
    let names = FIELDS.iter().filter(|def| def.sortable).map(|def| def.name);
    let names: Vec<_> = names.chain(["experiment_id"]).collect();
    format!(
        "Fields: {}. A trace's `run_id` is here the run it was made in.\n",
        quoted(names.iter())
    )
}
