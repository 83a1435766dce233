//! Filters as text, for answers that say how to see the traces behind a figure.

/// `field = 'value'`. There is no escape in a filter: a text with both kinds of quotes is found by
/// a pattern in which any sign may stand for a quote.
pub(super) fn equals(field: &str, value: &str) -> String {
    match quoted(value) {
        Some(value) => format!("{field} = {value}"),
        None => format!("{field} LIKE '{}'", value.replace('\'', "_")),
    }
}

/// `field = 'value'`, or `field IS NULL` for those without.
pub(super) fn equals_or_null(field: &str, value: Option<&str>) -> String {
    value.map_or_else(|| format!("{field} IS NULL"), |value| equals(field, value))
}

/// `prefix.key`, with quotes around a key that needs them.
pub(super) fn keyed(prefix: &str, key: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let starts_well = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts_well && !key.ends_with('.') && !key.contains("..") && key.chars().all(is_plain) {
        return format!("{prefix}.{key}");
    }
    let quote = if key.contains('`') { '"' } else { '`' };
    format!("{prefix}.{quote}{key}{quote}")
}

/// A text between quotes that it does not have; `None` where it has both.
pub(super) fn quoted(text: &str) -> Option<String> {
    let quote = ['\'', '"'].into_iter().find(|quote| !text.contains(*quote))?;
    Some(format!("{quote}{text}{quote}"))
}

#[cfg(test)]
mod tests {
    use kansoku_filter::Filter;

    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        for (text, expected) in [
            (equals("name", "chat"), "name = 'chat'"),
            (equals("name", "it's"), "name = \"it's\""),
            (equals("name", "it's \"x\""), "name LIKE 'it_s \"x\"'"),
            (equals_or_null("name", None), "name IS NULL"),
            (equals(&keyed("tags", "env"), "prod"), "tags.env = 'prod'"),
            (equals(&keyed("tags", "my-team"), "a"), "tags.`my-team` = 'a'"),
            (equals(&keyed("tags", "a`b"), "a"), "tags.\"a`b\" = 'a'"),
            (equals(&keyed("tags", "größe"), "a"), "tags.`größe` = 'a'"),
        ] {
            assert_eq!(text, expected);
            Filter::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }
}
