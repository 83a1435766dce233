//! The tables of `docs/dialects.md`: the fields that each set of conventions gives, and MLflow's
//! result for them.
use std::fmt::Write;
use std::{env, fs};

use kansoku_otlp::{NormalizedSpan, Part};

use crate::fixture::{self, Fixture};
use crate::parity::{self, Answer};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/dialects.md");

/// A column, and whether a span has the field.
type Column = (&'static str, fn(&NormalizedSpan) -> bool);

const GIVES: &[Column] = &[
    ("type", |it| it.span_type.is_some()),
    ("inputs", |it| it.inputs.is_some()),
    ("outputs", |it| it.outputs.is_some()),
    ("chat", |it| !it.messages.is_empty()),
    ("tools", |it| !it.tool_definitions.is_empty()),
    ("calls", |it| !it.tool_calls.is_empty()),
    ("documents", |it| !it.documents.is_empty()),
    ("scores", |it| it.documents.iter().any(|document| document.score.is_some())),
    ("media", |it| {
        let parts = it.messages.iter().flat_map(|message| &message.parts);
        parts.into_iter().any(|part| {
            matches!(part, Part::Image(_) | Part::Audio(_) | Part::Video(_) | Part::File(_))
        })
    }),
    ("model", |it| it.model.is_some()),
    ("provider", |it| it.provider.is_some()),
    ("tokens", |it| it.usage.is_some()),
    ("cache read", |it| it.usage.is_some_and(|it| it.cache_read_input_tokens.is_some())),
    ("cache write", |it| it.usage.is_some_and(|it| it.cache_creation_input_tokens.is_some())),
    ("reasoning", |it| it.usage.is_some_and(|it| it.reasoning_output_tokens.is_some())),
    ("session", |it| it.session.is_some()),
    ("user", |it| it.user.is_some()),
    ("first token", |it| it.first_token_ns.is_some()),
];

/// `UPDATE_DOCS=1 cargo nextest run -p kansoku-otlp the_page` updates the page.
#[test]
fn the_page_says_what_the_recordings_say() {
    let fixtures = fixture::all();
    let page = fs::read_to_string(PAGE).expect("docs/dialects.md");
    let mut told = page.clone();
    for (name, text) in [
        ("gives", gives(&fixtures)),
        ("mlflow", beside_mlflow(&fixtures)),
        ("differences", differences()),
    ] {
        told = with_part(&told, name, &text);
    }
    if page != told && env::var_os("UPDATE_DOCS").is_some() {
        fs::write(PAGE, &told).expect("docs/dialects.md can be written");
        return;
    }
    assert!(page == told, "docs/dialects.md is not up to date; run this with UPDATE_DOCS=1");
}

/// The page with `text` between the two comments with that name.
fn with_part(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = page.split_once(&begin).expect("the part begins");
    let (_, after) = rest.split_once(&end).expect("the part ends");
    format!("{before}{begin}{text}{end}{after}")
}

fn gives(fixtures: &[Fixture]) -> String {
    let mut text = head(&GIVES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for fixture in fixtures {
        let traces = fixture.traces.iter();
        let spans: Vec<NormalizedSpan> =
            traces.flat_map(|trace| trace.normalized_spans()).map(|(_, span)| span).collect();
        let cell = |(_, has): &Column| if spans.iter().any(has) { "✓" } else { "" };
        row(&mut text, &fixture.name, GIVES.iter().map(cell));
    }
    text
}

/// For each of MLflow's fields: the number of spans with equal values, and of those for which only
/// Kansoku has a value, or a more complete one.
fn beside_mlflow(fixtures: &[Fixture]) -> String {
    let names = parity::FIELDS.map(|field| field.rsplit('.').next().unwrap_or(field));
    let mut text = head(&names);
    for fixture in fixtures.iter().filter(|fixture| fixture.mlflow.is_some()) {
        let compared = parity::compare(fixture);
        let cells = parity::FIELDS.map(|field| {
            let of_field = compared.iter().filter(|it| it.field == field);
            let (same, more): (Vec<_>, Vec<_>) =
                of_field.partition(|it| it.answer == Answer::Equal);
            match (same.len(), more.len()) {
                (0, 0) => String::new(),
                (same, 0) => same.to_string(),
                (same, more) => format!("{same} +{more}"),
            }
        });
        row(&mut text, &fixture.name, cells.iter().map(String::as_str));
    }
    text
}

fn differences() -> String {
    let mut text = String::from("| recording | span | field | why |\n|---|---|---|---|\n");
    for (conventions, span, field, why) in parity::DELIBERATE {
        let _ = writeln!(text, "| {conventions} | `{span}` | `{field}` | {why} |");
    }
    text
}

fn head(columns: &[&str]) -> String {
    let rule = "|---".repeat(columns.len() + 1);
    format!("| recording | {} |\n{rule}|\n", columns.join(" | "))
}

fn row<'a>(text: &mut String, name: &str, cells: impl Iterator<Item = &'a str>) {
    let cells: Vec<&str> = cells.collect();
    let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
}
