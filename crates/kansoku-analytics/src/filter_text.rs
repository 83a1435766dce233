//! Builds filters as text, by which responses refer to the traces behind a figure.
use kansoku_filter::print::field_name;
pub use kansoku_filter::print::{equals, quoted};

/// `field = 'value'`, or `field IS NULL` if there is no value.
pub fn equals_or_null(field: &str, value: Option<&str>) -> String {
    value.map_or_else(|| format!("{field} IS NULL"), |value| equals(field, value))
}

/// The field `prefix.key`. No filter can contain an empty key; for it the result is rejected when it
/// is parsed.
pub fn keyed(prefix: &str, key: &str) -> String {
    field_name(prefix, key).unwrap_or_else(|| format!("{prefix}."))
}

#[cfg(test)]
mod tests {
    use kansoku_filter::Filter;

    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        for key in ["env", "my-team", "a`b", "größe", "both ` and \""] {
            for value in [None, Some("prod"), Some("it's \"x\"")] {
                let text = equals_or_null(&keyed("tags", key), value);
                Filter::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            }
        }
        assert!(Filter::parse(&equals(&keyed("tags", ""), "x")).is_err());
        assert_eq!(equals_or_null("name", None), "name IS NULL");
        assert_eq!(equals("name", "it's \"x\""), "name = 'it''s \"x\"'");
    }
}
