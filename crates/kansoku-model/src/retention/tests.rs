use super::*;

fn tag(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: value.to_owned() }
}

#[test]
fn ages_and_sizes_are_read_as_people_write_them() {
    for (text, hours) in [("1h", 1), ("30d", 720), (" 2 w ", 336), ("120min", 2), ("30D", 720)] {
        assert_eq!(Retention::parse_age(text), Ok(Some(DurationMs(hours * 3_600_000))), "{text}");
    }
    for (text, bytes) in [("10GB", 10_000_000_000), ("1 GiB", 1 << 30), ("5", 5), ("7kb", 7000)] {
        assert_eq!(Retention::parse_bytes(text), Ok(Some(bytes)), "{text}");
    }
    assert_eq!(Retention::parse_age("none"), Ok(None));
    assert_eq!(Retention::parse_bytes("NONE"), Ok(None));
}

#[test]
fn what_makes_no_sense_is_refused_by_the_name_of_its_tag() {
    for text in ["", "30", "d", "-1d", "1.5d", "0d", "30 days", "99999999999999999w", "1d2h", "٣d"]
    {
        let refused = Retention::check_tag(Retention::MAX_AGE_TAG, text).unwrap_err();
        assert!(refused.to_string().contains("kansoku.retention.maxAge"), "{refused}");
    }
    for text in ["", "GB", "0", "-5GB", "10XB", "18446744073709551615KB"] {
        let refused = Retention::check_tag(Retention::MAX_BYTES_TAG, text).unwrap_err();
        assert!(refused.to_string().contains("kansoku.retention.maxBytes"), "{refused}");
    }
    assert_eq!(Retention::check_tag("kansoku.retention.other", "?"), Ok(()));
}

#[test]
fn a_tag_beats_the_default_and_one_that_cannot_be_read_keeps_everything() {
    let default = Retention { max_age: Some(DurationMs(1)), max_bytes: Some(2) };
    assert_eq!(default.for_tags(&[tag("other", "1d")]), default);
    let none = default.for_tags(&[tag(Retention::MAX_AGE_TAG, "none")]);
    assert_eq!(none, Retention { max_age: None, max_bytes: Some(2) });
    let broken = default.for_tags(&[tag(Retention::MAX_BYTES_TAG, "??")]);
    assert_eq!(broken, Retention { max_age: Some(DurationMs(1)), max_bytes: None });
    assert!(Retention::default().is_unlimited() && !broken.is_unlimited());
}
