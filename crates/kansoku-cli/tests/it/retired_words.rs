//! Retired words of docs/glossary.md do not occur in identifiers.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Retired words with the identifiers that are exceptions.
fn retired() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    let (_, section) = text.split_once("## Retired words").expect("the section of the table");
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[1].to_owned(), cells[3].split_whitespace().map(str::to_owned).collect())
    })
    .collect()
}

/// The identifiers of a source text, without those in comments and string literals.
fn identifiers(text: &str) -> BTreeSet<String> {
    let code = without_texts(text);
    let names = code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Replaces comments and string literals by spaces.
fn without_texts(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let raw_marks =
            rest.strip_prefix('r').map_or(0, |it| it.len() - it.trim_start_matches('#').len());
        let is_raw =
            rest[c.len_utf8()..].get(raw_marks..).is_some_and(|it| c == 'r' && it.starts_with('"'))
                && !code.ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_');
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if is_raw {
            let begin = raw_marks + 2;
            let end = format!("\"{}", "#".repeat(raw_marks));
            rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len())
        } else if c == '"' {
            string_length(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\\"'") {
            4
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[length..];
    }
    code
}

/// The length of the string literal at the beginning of a text.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// The words of an identifier in lower case: `TraceInfo` and `trace_info` have two.
fn words(identifier: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    for c in identifier.chars() {
        let begins = c == '_' || (c.is_ascii_uppercase() && !before.is_ascii_uppercase());
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c != '_') {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn no_identifier_has_a_retired_word() {
    let retired = retired();
    assert!(retired.contains_key("dialect"), "the table is not read: {retired:?}");
    let mut files = Vec::new();
    for folder in fs::read_dir(root().join("crates")).unwrap() {
        collect(&folder.unwrap().path().join("src"), &mut files);
    }
    assert!(300 < files.len(), "the walk finds {} files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        for name in identifiers(&fs::read_to_string(&file).unwrap()) {
            let is_retired = |word: &String| {
                let singular = word.strip_suffix('s').unwrap_or(word);
                let allowed = retired.get(word).or_else(|| retired.get(singular));
                allowed.is_some_and(|allowed| !allowed.contains(&name))
            };
            if words(&name).iter().any(is_retired) {
                wrong.push(format!("{}: {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "docs/glossary.md has other words:\n{}", wrong.join("\n"));
}

#[test]
fn words_are_found_in_names_and_not_in_texts() {
    let code =
        "let span_skeleton = \"a \\\" door\n door\"; // a dialect\nr#\"a \"deed\" of\"#; '\"' for_";
    assert_eq!(identifiers(code), ["for_", "let", "span_skeleton"].map(str::to_owned).into());
    assert_eq!(words("SpanMeaning"), ["", "span", "meaning"]);
    assert_eq!(words("of_dialects"), ["of", "dialects"]);
}
