//! Invalid filters and their error messages.
use kansoku_filter::{Filter, OrderBy};
use kansoku_model::{Coded, ErrorCode};

/// Filters that MLflow rejects, with the part of its message that ours contains, too.
const AS_IN_MLFLOW: &[(&str, &str)] = &[
    ("state = 'OK'", "Invalid attribute key 'state' specified"),
    ("trace_id = 'tr-1'", "Invalid attribute key 'trace_id' specified"),
    ("STATUS = 'OK'", "Invalid attribute key 'STATUS' specified"),
    ("session_id = 'x'", "Invalid attribute key 'session_id' specified. Use 'session'"),
    ("attr.status = 'OK'", "Invalid entity type 'attr'. Valid values are"),
    ("Tags.env = 'x'", "Invalid entity type 'Tags'"),
    ("assessment.q > 0.5", "Invalid entity type 'assessment'"),
    ("params.x = '1'", "Invalid entity type 'params'"),
    (
        "status = OK",
        "Parameter value is either not quoted or unidentified quote types used for string value OK.",
    ),
    ("status = `OK`", "unidentified quote types"),
    ("timestamp > '1700000002000'", "Expected a numeric value for timestamp"),
    ("timestamp_ms BETWEEN 1 AND 2", "Invalid clause(s) in filter string"),
    ("status = 1", "attributes support comparison with numeric values."),
    ("status IS NULL", "Invalid comparator 'IS NULL' not one of"),
    ("status == 'OK'", "Invalid comparator '=='"),
    ("status IN ()", "expected a non-empty list of string values, but got empty list"),
    ("status IN ('OK', 1)", "While parsing a list in the query, expected string value"),
    ("status IN 'OK'", "Expected a list of quoted strings"),
    ("status = ('OK')", "Expected a quoted string value"),
    ("name IN ('chat')", "Invalid comparator 'IN' not one of"),
    ("run_id IN ('a')", "Invalid comparator 'IN' not one of"),
    ("tags.env = 1", "Expected a quoted string value for tag (e.g. 'my-value'). Got value 1"),
    ("tags.env > 'a'", "Invalid comparator '>' not one of"),
    ("tags.my-tag = 'x'", "Invalid comparison clause. Expected 'Identifier' found 'tags.my-tag'"),
    ("tags.a:b = 'x'", "Expected 'Identifier' found 'tags.a:b'"),
    (
        "metadata.custom IN ('Foo')",
        "Expected a quoted string value for request_metadata (e.g. 'my-value'). Got value ('Foo')",
    ),
    (
        "metadata.`mlflow.trace.tokenUsage` LIKE '%1%'",
        "Comparator 'LIKE' is not supported for reserved metadata 'mlflow.trace.tokenUsage'.",
    ),
    (
        "prompt = 'qa'",
        "Invalid prompts filter value 'qa'. Expected format: prompt = \"name/version\"",
    ),
    (
        "prompt LIKE 'qa%'",
        "Invalid comparator 'LIKE' for prompts filter. Only '=' is supported with format: prompt = \"name/version\"",
    ),
    ("span.foo = 'x'", "Invalid span attribute 'foo'. Supported attributes: name, status, type"),
    ("status IS GOOD", "Invalid comparator 'IS GOOD' not one of"),
    ("tokens IS BAD", "Invalid comparator 'IS BAD' not one of"),
    ("expectation.answer IS GOOD", "Invalid comparator 'IS GOOD' not one of"),
    ("span.name IS NULL", "Invalid comparator 'IS NULL'"),
    ("span.attributes. = 'x'", "Span attribute name cannot be empty after 'attributes.'"),
    ("span.content = 'x'", "span.content comparator '=' not one of"),
    ("span.duration = '5'", "Expected a numeric value for duration"),
    ("span.duration LIKE '5%'", "Invalid comparator 'LIKE' not one of"),
    ("span.tokens > 5s", "Parameter value is either not quoted"),
    ("span.attributes.q IN ('x')", "Invalid comparator 'IN'"),
    (
        "feedback.quality = 0.9",
        "Expected a quoted string value for feedback (e.g. 'my-value'). Got value 0.9",
    ),
    (
        "feedback.quality > '0.5'",
        "Expected a numeric value for feedback when using comparator '>'. Got value '0.5'",
    ),
    ("feedback.ok = true", "Parameter value is either not quoted"),
    ("feedback. = 'x'", "Assessment field name cannot be empty"),
    ("issue.id LIKE 'x'", "issue.id comparator 'LIKE' not one of '{'='}'"),
    ("issue.name = 'x'", "Invalid issue attribute 'name'"),
    ("status = 'OK'; name='chat'", "Invalid clause(s) in filter string"),
    ("status = 'OK', name='chat'", "Invalid clause(s) in filter string"),
    ("status", "Invalid clause(s) in filter string"),
    ("status 'OK'", "Invalid clause(s) in filter string"),
    ("status =", "Invalid clause(s) in filter string"),
    ("= 'OK'", "Invalid clause(s) in filter string"),
    ("-- comment", "Invalid clause(s) in filter string"),
    ("status = 'OK' /* x */", "Invalid clause(s) in filter string"),
    ("status = 'OK' name = 'x'", "Invalid clause(s) in filter string"),
    ("status = 'OK' AND AND name = 'x'", "Invalid"),
    ("AND", "Invalid clause(s) in filter string"),
    ("status NOT LIKE 'x'", "Invalid clause(s) in filter string"),
    // MLflow returns an empty list here, which hides the mistake.
    ("execution_time = 'abc'", "Expected a numeric value for execution_time"),
    ("(status = 'OK'", "expected ')'"),
    ("status = 'OK')", "Invalid clause(s) in filter string: ')'"),
    ("status = 'OK' OR", "Invalid clause(s) in filter string"),
    ("name = 'it's'", "inside quotes it is written twice"),
    ("name = 'a''", "The quote ' is not closed"),
    ("name = 'a'\"b\"", "Invalid clause(s) in filter string"),
    ("name = 'open", "The quote ' is not closed"),
    ("timestamp > 1e999", "is not a usable number"),
    ("timestamp > 12abc", "not quoted"),
    ("tags. = 'x'", "Tag key cannot be empty"),
    ("timestamp IN ('1')", "Invalid comparator 'IN'"),
    ("timestamp > 5s", "quote types used for string value 5s"),
    ("name = 5s", "quote types used for string value 5s"),
    ("tokens > 5s", "quote types used for string value 5s"),
    ("duration > 4k", "quote types used for string value 4k"),
    ("duration > 5x", "quote types used for string value 5x"),
    ("duration > 5s.", "not quoted"),
    ("tokens > '5'", "Expected a numeric value for tokens"),
    ("cost LIKE '1'", "Invalid comparator 'LIKE'"),
    ("error != 'x'", "Invalid comparator '!='"),
    ("request_id CONTAINS 5", "attributes support comparison with numeric values"),
    ("prompt CONTAINS 'qa'", "Only '=' is supported"),
    ("timestamp CONTAINS '1'", "Invalid comparator 'CONTAINS'"),
    ("span.model IS NULL", "Invalid comparator 'IS NULL'"),
    ("inputs. = 'x'", "a path has names with one dot between them"),
    ("inputs.a..b = 'x'", "a path has names with one dot between them"),
    ("outputs.a > 'x'", "Expected a numeric value for outputs"),
    ("inputs.a > 5s", "quote types used for string value 5s"),
    ("inputs.a = true", "not quoted"),
    ("inputs.a IS GOOD", "Invalid comparator 'IS GOOD'"),
    ("inputs.a LIKE 5", "Expected a quoted string value for inputs"),
    ("inputs = 'x'", "Invalid attribute key 'inputs'"),
    ("''", "An empty text is in every trace."),
    ("'a' 'b'", "Invalid clause(s) in filter string"),
    ("`a`", "Invalid clause(s) in filter string"),
];

#[test]
fn refusals_are_of_mlflows_kind_and_say_what_is_wrong() {
    for (filter, message) in AS_IN_MLFLOW {
        let error = Filter::parse(filter).expect_err(filter);
        assert_eq!(error.code(), ErrorCode::InvalidParameterValue);
        assert!(error.to_string().contains(message), "{filter}\n{error}");
    }
}

fn refusal(filter: &str) -> String {
    Filter::parse(filter).unwrap_err().to_string()
}

#[test]
fn the_culprit_is_pointed_at() {
    insta::assert_snapshot!(refusal("status = 'OK' AND trace.state = 'ERROR'"), @r#"
    Invalid attribute key 'state' specified. Use 'status'. Valid keys are 'status', 'name', 'execution_time', 'execution_time_ms', 'timestamp', 'timestamp_ms', 'end_time', 'end_time_ms', 'text', 'request_id', 'client_request_id', 'run_id', 'prompt', 'error', 'duration', 'tokens', 'cost', 'retriever.count', 'session', 'user', 'version', 'environment'
      status = 'OK' AND trace.state = 'ERROR'
                        ^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(refusal("name = 'ü' AND\ntags.my-tag = 'x'"), @"
    Invalid comparison clause. Expected 'Identifier' found 'tags.my-tag'. Quote a key with '-' in it: tags.`my-tag`
      tags.my-tag = 'x'
             ^
    ");
    insta::assert_snapshot!(refusal("status ="), @"
    Invalid clause(s) in filter string: the value is missing
      status =
              ^
    ");
}

#[test]
fn a_long_filter_is_shown_around_the_culprit_only() {
    let long = format!("name = '{}' AND nope = 'x' AND name = '{0}'", "é".repeat(5000));
    assert!(refusal(&long).len() < 1000);
    let long = format!("{} = 'x'", "k".repeat(5000));
    assert!(refusal(&long).len() < 1000);
}

fn order(items: &[&str]) -> String {
    let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
    OrderBy::parse_list(&items).expect_err(&format!("{items:?}")).to_string()
}

#[test]
fn orders_are_refused_as_in_mlflow() {
    for item in ["state", "request_time", "execution_duration", "client_request_id", "foo", "text"]
    {
        assert!(order(&[item]).contains(&format!("Invalid attribute key '{item}'")), "{item}");
    }
    for item in ["span.x", "feedback.x", "issue.id", "inputs.x", "outputs.x"] {
        assert!(order(&[item]).contains("Invalid identifier type"), "{item}");
    }
    for item in ["timestamp foo", "timestamp ", "", "timestamp DESC NULLS FIRST", "timestamp, name"]
    {
        let expected = format!("Invalid order_by clause '{item}'. Could not be parsed.");
        assert_eq!(order(&[item]), expected);
    }
    assert!(
        order(&["metadata.`mlflow.trace.tokenUsage`"]).contains("Ordering by reserved metadata")
    );
    insta::assert_snapshot!(order(&["colour"]), @"
    Invalid attribute key 'colour' specified. Valid keys are 'status', 'name', 'execution_time_ms', 'tokens', 'cost', 'retriever.count', 'timestamp_ms', 'end_time_ms', 'request_id', 'run_id', 'experiment_id'
      colour
      ^^^^^^
    ");
    let twice = order(&["timestamp ASC", "trace.timestamp_ms DESC"]);
    assert!(twice.contains("`order_by` contains duplicate fields"), "{twice}");
}
