use kansoku_model::Money;
use kansoku_store::{CostChange, ModelRepriced};

use super::*;

#[test]
fn a_moment_is_a_day_a_time_or_an_age() {
    let now = TimestampMs::parse("2026-08-31T12:00:00Z").unwrap();
    let at = |text: &str| moment(text, now).map(|time| time.to_string());
    assert_eq!(at("2026-08-01").unwrap(), "2026-08-01T00:00:00Z");
    assert_eq!(at("2026-08-01T02:00:00+02:00").unwrap(), "2026-08-01T00:00:00Z");
    assert_eq!(at("30d").unwrap(), "2026-08-01T12:00:00Z");
    for wrong in ["", "30", "2026-13-01", "yesterday", "none", "-3d"] {
        assert!(at(wrong).unwrap_err().to_string().contains("30d"), "{wrong}");
    }
}

#[test]
fn the_table_names_every_model_and_the_sum() {
    let dollars = |before, after| CostChange {
        before: Money::from_dollars(before),
        after: Money::from_dollars(after),
    };
    let mut repriced = Repriced {
        traces: 12,
        changed_traces: 3,
        changed_spans: 4,
        cost: dollars(2.0, 1.5),
        ..Repriced::default()
    };
    let one = ModelRepriced { changed_spans: 4, unpriced_spans: 0, cost: dollars(2.0, 1.5) };
    repriced.add_model("gpt-4o", one);
    let none = ModelRepriced { unpriced_spans: 7, ..ModelRepriced::default() };
    repriced.add_model("our\u{1b}[31m-own", none);
    insta::assert_snapshot!(table::table(&repriced, true), @r"
    model         spans  before    now  difference  without a price
    gpt-4o            4   $2.00  $1.50      -$0.50
    our?[31m-own                                                  7

    12 traces read; 4 spans of 3 traces would change
    those traces would cost $1.50 in place of $2.00: -$0.50
    ");
    let nothing = Repriced { traces: 12, ..Repriced::default() };
    assert_eq!(table::table(&nothing, false), "12 traces read; 0 spans of 0 traces changed\n");
}
