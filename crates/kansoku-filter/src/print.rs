//! Writes names and clauses in filter syntax.
use crate::lex::is_word;

/// The name of a key of `tags`, `metadata`, `feedback`, …, quoted if necessary. `None` for an empty
/// key, which no field has.
pub fn field_name(prefix: &str, key: &str) -> Option<String> {
    let is_plain = key.chars().all(is_word);
    match key {
        "" => None,
        _ if is_plain => Some(format!("{prefix}.{key}")),
        _ if key.contains('`') && !key.contains('"') => Some(format!("{prefix}.\"{key}\"")),
        _ => Some(format!("{prefix}.`{}`", key.replace('`', "``"))),
    }
}

/// The text as a string: in the quotes that it does not contain, or with its quotes written twice.
pub fn quoted(text: &str) -> String {
    if text.contains('\'') && !text.contains('"') {
        return format!("\"{text}\"");
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A clause that requires this value.
pub fn equals(field: &str, value: &str) -> String {
    format!("{field} = {}", quoted(value))
}

/// A filter that requires both `filter` and `clause`.
pub fn both(filter: &str, clause: &str) -> String {
    match filter.trim() {
        "" => clause.to_owned(),
        filter => format!("({filter}) AND {clause}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, Filter, Projection};

    #[test]
    fn names_and_values_are_read_back() {
        for key in ["env", "my-tag", "a b", "a`b", "日本", "x.y", "1", "a.`b", "and", "`\"'"] {
            let name = field_name("tags", key).unwrap();
            let field = Field::parse(&name).unwrap();
            assert_eq!((field.projection(), field.key.as_str()), (Projection::Tag, key), "{name}");
            assert_eq!(field.name().as_deref(), Some(name.as_str()));
            for value in ["", "x", "it's", "say \"hi\"", "it's \"both\"", "%_`"] {
                let filter = both("status = 'OK' OR name = 'a'", &equals(&name, value));
                Filter::parse(&filter).unwrap_or_else(|error| panic!("{error}"));
            }
        }
        assert_eq!(field_name("tags", ""), None);
    }

    #[test]
    fn what_is_no_field_is_refused() {
        for text in ["", "colour", "span.colour", "tags.", "a b", "tags.x = 'y'", "'x'", "("] {
            assert!(Field::parse(text).is_err(), "{text}");
        }
        assert_eq!(Field::parse("session").unwrap().projection(), Projection::Session);
        assert_eq!(Field::parse("trace.duration").unwrap().projection(), Projection::None);
    }
}
