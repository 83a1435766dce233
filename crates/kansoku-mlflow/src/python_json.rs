//! JSON as Python writes it: with `NaN` and `Infinity`, which JSON itself does not have.
use serde_json::Value;

/// Reads JSON; a number that JSON does not have is `null`, as pandas writes it.
pub(crate) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|error| match with_nulls(text) {
        Some(text) => serde_json::from_str(&text),
        None => Err(error),
    })
}

/// The text with `null` in place of such numbers; `None` where there are none.
fn with_nulls(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut rest, mut is_text) = (text, false);
    while let Some(at) = rest.find(['"', '\\', 'N', 'I', '-']) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let number = ["NaN", "Infinity", "-Infinity"].into_iter().find(|it| found.starts_with(it));
        let (end, written) = match (found.as_bytes()[0], number) {
            (b'"', _) => {
                is_text = !is_text;
                (1, "\"")
            }
            // The character after a backslash is part of the text, whatever it is.
            (b'\\', _) => {
                let end = 1 + found[1..].chars().next().map_or(0, char::len_utf8);
                (end, &found[..end])
            }
            (_, Some(number)) if !is_text => (number.len(), "null"),
            _ => (1, &found[..1]),
        };
        out.push_str(written);
        rest = &found[end..];
    }
    out.push_str(rest);
    (out != text).then_some(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_that_json_lacks_are_null() {
        let text = r#"[NaN, Infinity, -Infinity, -1, {"NaN": "a \" NaN \\", "I-N": NaN}]"#;
        let read = json!([null, null, null, -1, { "NaN": "a \" NaN \\", "I-N": null }]);
        assert_eq!(parse(text).unwrap(), read);
        assert_eq!(parse("\"é NaN 🙂\"").unwrap(), json!("é NaN 🙂"));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "NaNaN", "[NaN", "{\"a\": nan}", "\"\\", "\"NaN\\", "Inf", "--Infinity"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
