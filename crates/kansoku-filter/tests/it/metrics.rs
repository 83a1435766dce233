//! Filters of trace metrics: one equality each.
use kansoku_filter::MetricFilter;

#[test]
fn one_equality_names_a_view_an_entity_and_sometimes_a_key() {
    let text = str::to_owned;
    for (filter, meant) in [
        ("trace.status = 'OK'", MetricFilter::TraceStatus(text("OK"))),
        (
            "trace.tag.env=\"prod\"",
            MetricFilter::TraceTag { key: text("env"), value: text("prod") },
        ),
        ("trace.tag.a.b = 'x'", MetricFilter::TraceTag { key: text("a.b"), value: text("x") }),
        (
            "trace.metadata.`mlflow.trace.session` = 's 1'",
            MetricFilter::TraceMetadata { key: text("mlflow.trace.session"), value: text("s 1") },
        ),
        ("span.name = ''", MetricFilter::SpanName(text(""))),
        ("span.status = 'ERROR'", MetricFilter::SpanStatus(text("ERROR"))),
        ("span.type = 'LLM'", MetricFilter::SpanType(text("LLM"))),
        ("assessment.name = 'q'", MetricFilter::AssessmentName(text("q"))),
        ("assessment.type = 'feedback'", MetricFilter::AssessmentType(text("feedback"))),
    ] {
        assert_eq!(MetricFilter::parse(filter), Ok(meant), "{filter}");
    }
}

#[test]
fn what_is_no_such_equality_is_refused_in_mlflows_words() {
    let refusals: Vec<_> = [
        "",
        "status = 'OK'",
        "'trace.status' = 'OK'",
        "traces.status = 'OK'",
        "trace.name = 'x'",
        "trace.tag = 'x'",
        "trace.tag. = 'x'",
        "trace.status.x = 'OK'",
        "trace.status != 'OK'",
        "trace.status LIKE 'O%'",
        "trace.status = OK",
        "trace.status = 5",
        "trace.status = 'OK' AND trace.tag.a = 'b'",
        "trace.status = 'OK",
    ]
    .into_iter()
    .map(|filter| MetricFilter::parse(filter).expect_err(filter).message)
    .collect();
    insta::assert_snapshot!(refusals.join("\n"), @r"
    Invalid filter: ''. Expected one filter clause.
    Invalid identifier 'status'. Columns should be specified as 'trace.<key>', 'span.<key>', 'assessment.<key>'.
    Invalid identifier ''trace.status''. Columns should be specified as 'trace.<key>', 'span.<key>', 'assessment.<key>'.
    Invalid view type 'traces'. Valid values are 'trace', 'span', 'assessment'
    Invalid entity 'name' specified for view type 'trace'. Valid entities are ['status', 'tag', 'metadata']
    Filtering by tag requires a key, e.g. 'trace.tag.<key> = <value>'
    Filtering by tag requires a key, e.g. 'trace.tag.<key> = <value>'
    Filtering by status does not require a key, use 'trace.status' instead
    Invalid comparator: '!=', only '=' operator is supported
    Invalid comparator: 'LIKE', only '=' operator is supported
    Expected a quoted string value for status value (e.g. 'my-value'). Got value OK
    Expected a quoted string value for status value (e.g. 'my-value'). Got value 5
    Invalid clause(s) in filter string: AND; send each comparison as a filter of its own
    The quote ' is not closed; inside quotes it is written twice.
    ");
}
