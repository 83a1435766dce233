//! Conditions that every match of a filter satisfies, from which a store can start.
use kansoku_filter::{Filter, Required, Term};

fn required(filter: &str) -> Required {
    Filter::parse(filter).unwrap().required(&[])
}

/// The conditions as text, one per line.
fn shown(filter: &str) -> String {
    let required = required(filter);
    let mut lines = Vec::new();
    if required.from_ms.is_some() || required.to_ms.is_some() {
        lines.push(format!("time {:?}..={:?}", required.from_ms, required.to_ms));
    }
    lines.extend(required.trace_ids.map(|ids| format!("ids {ids:?}")));
    for any in required.any_of {
        lines.push(format!("any of {:?} sessions {:?}", any.terms, any.sessions));
    }
    if required.reads_payload {
        lines.push("reads payload".to_owned());
    }
    lines.join("\n")
}

#[test]
fn equalities_are_terms() {
    insta::assert_snapshot!(shown("status = 'OK' AND tags.`mlflow.traceName` = 'a' AND tags.env LIKE 'b' AND client_request_id IN ('x', 'y')"), @r#"
    any of [State("OK")] sessions None
    any of [Name("a")] sessions None
    any of [Tag("env", "b")] sessions None
    any of [ClientRequestId("x"), ClientRequestId("y")] sessions None
    "#);
    insta::assert_snapshot!(shown("run_id = 'r' AND prompt = 'qa/1' AND issue.id = 'i' AND metadata.k = 'v'"), @r#"
    any of [Run("r")] sessions None
    any of [Prompt("qa", "1")] sessions None
    any of [Issue("i")] sessions None
    any of [Metadata("k", "v")] sessions None
    "#);
    insta::assert_snapshot!(shown("span.name = 'a' AND span.type = 'TOOL' AND span.status = 'ERROR'"), @r#"
    any of [SpanName("a")] sessions None
    any of [SpanType("TOOL")] sessions None
    any of [SpanStatus("ERROR")] sessions None
    "#);
}

#[test]
fn assessments_reach_through_sessions() {
    insta::assert_snapshot!(shown("feedback.q = 'yes'"), @r#"
    any of [AssessedAs { kind: "feedback", name: "q", value_json: "\"yes\"" }, AssessedAs { kind: "feedback", name: "q", value_json: "yes" }] sessions Some(SessionAssessment { kind: "feedback", name: "q", values: ["yes", "\"yes\""] })
    "#);
    insta::assert_snapshot!(shown("feedback.q > 0.5"), @r#"
    any of [Assessed { kind: "feedback", name: "q" }] sessions Some(SessionAssessment { kind: "feedback", name: "q", values: [] })
    "#);
    insta::assert_snapshot!(shown("feedback.q = 'a' OR feedback.q = 'b'"), @r#"
    any of [AssessedAs { kind: "feedback", name: "q", value_json: "\"a\"" }, AssessedAs { kind: "feedback", name: "q", value_json: "\"b\"" }, AssessedAs { kind: "feedback", name: "q", value_json: "a" }, AssessedAs { kind: "feedback", name: "q", value_json: "b" }] sessions Some(SessionAssessment { kind: "feedback", name: "q", values: ["a", "\"a\"", "b", "\"b\""] })
    "#);
    assert_eq!(shown("feedback.q = 'a' OR feedback.r = 'b'"), "");
    assert_eq!(shown("feedback.q IS NULL"), "");
}

#[test]
fn times_and_ids_narrow_under_and_and_widen_under_or() {
    insta::assert_snapshot!(shown("timestamp > 5 AND timestamp <= 9.5 AND timestamp >= 2"), @r#"
    time Some(6)..=Some(10)
    "#);
    insta::assert_snapshot!(shown("timestamp = 5 OR timestamp > 7 AND timestamp < 9"), @r#"
    time Some(5)..=Some(8)
    "#);
    insta::assert_snapshot!(shown("request_id = 'a' AND request_id IN ('a', 'b')"), @r#"
    ids ["a"]
    "#);
    insta::assert_snapshot!(shown("request_id = 'a' OR request_id = 'b'"), @r#"
    ids ["a", "b"]
    "#);
    insta::assert_snapshot!(shown("request_id = 'a' AND request_id = 'b'"), @r#"
    ids []
    "#);
    assert_eq!(shown("request_id = 'a' OR status = 'OK'"), "");
}

#[test]
fn a_union_needs_a_term_in_every_branch() {
    insta::assert_snapshot!(shown("tags.a = '1' OR client_request_id IN ('x', 'y') AND name = 'n' OR status IN ('OK', 'ERROR')"), @r#"
    any of [State("ERROR"), State("OK"), Name("n"), Tag("a", "1")] sessions None
    "#);
    assert_eq!(shown("tags.a = '1' OR tags.b != '2'"), "");
}

#[test]
fn nothing_is_required_under_not_but_payload_is_still_read() {
    assert_eq!(shown("NOT tags.a = '1'"), "");
    assert_eq!(shown("NOT span.content LIKE '%x%'"), "reads payload");
}

#[test]
fn what_the_index_lacks_is_not_required() {
    assert_eq!(shown("metadata.`mlflow.trace.sizeBytes` = '1'"), "");
    assert_eq!(shown(&format!("tags.k = '{}'", "v".repeat(2000))), "");
    let long = required(&format!("feedback.q = '{}'", "v".repeat(2000)));
    let assessed = Term::Assessed { kind: "feedback".into(), name: "q".into() };
    assert_eq!(long.any_of[0].terms, [assessed]);
}
