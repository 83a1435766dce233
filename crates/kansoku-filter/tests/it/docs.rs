//! The language reference stays true: its examples are filters.
use kansoku_filter::{ExperimentFilter, Filter, OrderBy, RunFilter};

const REFERENCE: &str = include_str!("../../../../docs/filter.md");

/// The non-empty lines of fenced blocks in a language, with their line numbers.
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
