use super::*;

#[test]
fn times_are_written_as_protobuf_writes_them() {
    assert_eq!(TimestampMs(1_700_000_000_000).to_string(), "2023-11-14T22:13:20Z");
    assert_eq!(TimestampMs(1_795_237_452_228).to_string(), "2026-11-21T05:04:12.228Z");
    assert_eq!(TimestampMs(i64::MAX).to_string().len(), "9999-12-30T22:00:00.999Z".len());
}

#[test]
fn durations_survive_the_round_trip() {
    for text in ["0.039s", "3s", "0s", "900s", "-1.500s"] {
        assert_eq!(DurationMs::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(DurationMs::parse("1.23456789s").unwrap(), DurationMs(1234));
}

#[test]
fn a_duration_without_unit_or_with_letters_is_refused() {
    for text in ["1", "s", "1.x s", "1e3s", "", "99999999999999999999s", "é.1s", "1.éés"] {
        assert!(DurationMs::parse(text).is_err(), "{text}");
    }
}
