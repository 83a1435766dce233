use super::*;

#[test]
fn times_have_no_fraction_or_three_digits() {
    assert_eq!(TimestampMs(1_700_000_000_000).to_string(), "2023-11-14T22:13:20Z");
    assert_eq!(TimestampMs(1_795_237_452_228).to_string(), "2026-11-21T05:04:12.228Z");
    assert_eq!(TimestampMs(i64::MAX).to_string().len(), "9999-12-30T22:00:00.999Z".len());
}
