//! How long a table's log remembers removed files.
//!
//! Readers that opened an older version still need the files, and VACUUM of other engines deletes
//! what is neither in the table nor remembered as removed recently.
use std::collections::BTreeMap;

const PROPERTY: &str = "delta.deletedFileRetentionDuration";
const DEFAULT_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The table's property, or a week: a value that cannot be read must not shorten the time.
pub(super) fn tombstones_ms(properties: &BTreeMap<String, String>) -> i64 {
    properties.get(PROPERTY).and_then(|text| interval_ms(text)).unwrap_or(DEFAULT_MS)
}

/// An interval as in Delta's properties: `interval 7 days`, or `interval 1 week 12 hours`.
fn interval_ms(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    let mut words = text.strip_prefix("interval").unwrap_or(&text).split_ascii_whitespace();
    let mut total: Option<i64> = None;
    while let Some(number) = words.next() {
        let number: i64 = number.parse().ok().filter(|number| 0 <= *number)?;
        let unit_ms = match words.next()?.trim_end_matches('s') {
            "week" => 7 * 24 * 60 * 60 * 1000,
            "day" => 24 * 60 * 60 * 1000,
            "hour" => 60 * 60 * 1000,
            "minute" => 60 * 1000,
            "second" => 1000,
            "millisecond" => 1,
            _ => return None,
        };
        total = Some(total.unwrap_or(0).checked_add(number.checked_mul(unit_ms)?)?);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_as_delta_writes_them() {
        assert_eq!(interval_ms("interval 7 days"), Some(DEFAULT_MS));
        assert_eq!(interval_ms("INTERVAL 1 week"), Some(DEFAULT_MS));
        assert_eq!(interval_ms("interval 1 minute 30 seconds"), Some(90_000));
        assert_eq!(interval_ms("0 hours"), Some(0));
    }

    #[test]
    fn an_interval_that_cannot_be_read_is_a_week() {
        for text in ["", "interval", "interval 7", "-1 days", "1 month", "999999999999999 weeks"] {
            let properties = BTreeMap::from([(PROPERTY.to_owned(), text.to_owned())]);
            assert_eq!(tombstones_ms(&properties), DEFAULT_MS, "{text}");
        }
        assert_eq!(tombstones_ms(&BTreeMap::new()), DEFAULT_MS);
    }
}
