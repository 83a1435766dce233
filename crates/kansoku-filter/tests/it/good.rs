//! Valid filters and the traces they match.
use kansoku_filter::Filter;
use kansoku_filter::sql::sqlite::trace_condition;

use crate::fixture::{five_traces, kept, kept_by};

/// Filters that MLflow's server accepts, with its results for the same traces.
const AS_IN_MLFLOW: &[(&str, &str)] = &[
    ("", "T1 T2 T3 T4 T5"),
    ("  \n", "T1 T2 T3 T4 T5"),
    ("status = 'OK'", "T1 T4 T5"),
    ("trace.status = 'OK'", "T1 T4 T5"),
    ("attributes.status != 'OK'", "T2 T3"),
    ("status IN ('OK','ERROR')", "T1 T2 T4 T5"),
    ("status NOT IN ('OK')", "T2 T3"),
    ("status ILIKE 'o%'", "T1 T4 T5"),
    ("status = 'ok'", ""),
    ("status='OK' AND execution_time > 1000", "T1 T4 T5"),
    ("timestamp > 1700000002000", "T3 T4 T5"),
    ("timestamp_ms >= 1700000002000 AND timestamp_ms <= 1700000003000", "T2 T3"),
    ("timestamp_ms > 1700000002000.5", "T3 T4 T5"),
    ("execution_time_ms < 1000", "T2"),
    ("execution_time > 1e3", "T1 T4 T5"),
    ("end_time > 1700000010000", "T4"),
    ("end_time = 1700000002500", "T1 T2"),
    ("end_time_ms = 1700000003000", "T3"),
    ("request_id = 'T1'", "T1"),
    ("request_id IN ('T1','T2')", "T1 T2"),
    ("client_request_id = 'req-1'", "T1"),
    ("client_request_id LIKE 'req%'", "T1 T2"),
    ("client_request_id != 'req-1'", "T2"),
    ("name = 'chat'", "T1"),
    ("trace.name ILIKE 'CHA%'", "T1 T4"),
    ("name RLIKE '^c.*t$'", "T1"),
    ("name RLIKE '('", ""),
    ("name IS NULL", "T5"),
    ("name IS NOT NULL", "T1 T2 T3 T4"),
    ("name = \"it's\"", "T3"),
    ("tags.env = 'prod'", "T1"),
    ("tag.env ILIKE 'prod'", "T1 T4"),
    ("tag.env LIKE 'prod'", "T1"),
    ("tags.env != 'prod'", "T2 T4"),
    ("tags.env IS NULL", "T3 T5"),
    ("tags.`my-tag` = 'x'", "T1"),
    ("tags.\"dotted.key\" = 'x'", "T1"),
    ("tags.dotted.key = 'x'", "T1"),
    ("tags.日本 = 'ü'", "T2"),
    ("tags.`mlflow.traceName` = 'chat'", "T1"),
    ("metadata.custom LIKE 'F%'", "T1"),
    ("metadata.`mlflow.trace.session` = 's1'", "T1 T2"),
    ("request_metadata.`mlflow.trace.user` = 'alice'", "T1"),
    ("metadata.`mlflow.trace.tokenUsage` IS NOT NULL", "T1 T2"),
    ("request_metadata.`mlflow.modelId` = 'm-1'", "T4"),
    ("run_id = 'run-a'", "T1 T5"),
    ("attribute.run_id = 'run-e'", "T5"),
    ("prompt = 'qa/3'", "T1"),
    ("span.name = 'root'", "T1 T4"),
    ("span.type IN ('TOOL','CHAIN')", "T1 T2"),
    ("span.name = 'db' AND span.status = 'ERROR'", "T1"),
    ("span.name = 'root' AND span.status = 'ERROR'", ""),
    ("span.content ILIKE '%HELLO%'", "T1"),
    ("trace.text LIKE '%ünï%'", "T2"),
    ("span.attributes.mlflow.llm.model LIKE '%gpt%'", "T1"),
    ("span.attributes.temp LIKE '%0.7%'", "T1"),
    ("span.attributes.mlflow.llm.model RLIKE 'gpt-4o$'", "T1"),
    ("feedback.quality > 0.5", "T1"),
    ("feedback.quality >= 0.3 AND feedback.quality < 0.5", "T2"),
    ("feedback.quality = '0.9'", "T1"),
    ("feedback.ok = 'true'", "T1"),
    ("feedback.verdict = 'yes'", "T1"),
    ("feedback.verdict = '\"yes\"'", "T1"),
    ("feedback.verdict LIKE 'ye%'", ""),
    ("feedback.verdict LIKE '%ye%'", "T1"),
    ("feedback.verdict RLIKE 'y'", "T1"),
    ("feedback.verdict != 'yes'", "T4"),
    ("feedback.verdict IS NULL", "T2 T3 T5"),
    ("feedback.verdict > 0", ""),
    ("feedback.`my metric` >= 5", "T1"),
    ("feedback.answer IS NOT NULL", ""),
    ("expectation.answer LIKE '%par%'", "T1"),
    ("feedback.sess2 = 'good'", "T1 T2"),
    ("feedback.sess2 IS NULL", "T3 T4 T5"),
    ("feedback.sess2 IS NOT NULL", "T1 T2"),
    ("issue.id = 'iss-1'", "T2"),
    (
        "tags.env = \"prod\" AND metadata.custom = 'Foo' AND span.type = 'TOOL' AND feedback.ok = 'true'",
        "T1",
    ),
    ("status = 'OK' AND", "T1 T4 T5"),
    ("and status = 'OK'", "T1 T4 T5"),
];

/// Filters that MLflow rejects or evaluates wrongly, and that work here.
const BEYOND: &[(&str, &str)] = &[
    ("status = 'ERROR' OR name = 'chat'", "T1 T2"),
    ("status = 'ERROR' or name = 'chat' and tags.env = 'dev'", "T2"),
    ("(status = 'ERROR' OR name = 'chat') AND tags.env = 'prod'", "T1"),
    ("NOT status = 'OK' AND tags.env IS NOT NULL", "T2"),
    ("NOT (status = 'OK' OR name = 'search')", "T3"),
    ("NOT NOT status = 'OK'", "T1 T4 T5"),
    ("((status = 'OK'))", "T1 T4 T5"),
    ("status IN ('OK',)", "T1 T4 T5"),
    ("\"status\" = 'OK'", "T1 T4 T5"),
    ("text LIKE '%ünï%'", "T2"),
    ("run_id != 'run-a'", "T5"),
    ("run_id IS NULL", "T2 T3 T4"),
    ("NOT run_id = 'run-a'", "T2 T3 T4"),
    ("span.attributes.q = 'hello World'", "T1"),
    ("span.attributes.q != 'hello World'", "T4"),
    ("span.attributes.temp = '0.7'", "T1"),
    ("span.attributes.\"mlflow.llm.model\" = 'gpt-4o'", "T1"),
    ("metadata.name = 'chat'", ""),
    ("tags.name = 'chat'", ""),
    ("feedback.name = 'chat'", ""),
    ("execution_time >= 9223372036854775808", ""),
    ("timestamp > -1", "T1 T2 T3 T4 T5"),
];

/// Fields and comparators that MLflow does not have.
const OURS: &[(&str, &str)] = &[
    ("tokens > 4k", "T1"),
    ("tokens >= 0.12K AND tokens < 1M", "T1 T2"),
    ("tokens = 120", "T2"),
    ("NOT tokens > 4000", "T2 T3 T4 T5"),
    ("cost = 0.02", "T1"),
    ("cost > 0.0005", "T1"),
    ("cost >= 0.0005 AND cost < 1", "T1 T2"),
    ("session = 's1'", "T1 T2"),
    ("session IS NULL", "T3 T4 T5"),
    ("session IN ('s0', 's1') AND user = 'bob'", "T2"),
    ("user CONTAINS 'LIC'", "T1"),
    ("version = '2.0'", "T2"),
    // The trace's metadata has priority over its resource.
    ("version = '1.0'", "T4"),
    ("version != '2.0'", "T4"),
    ("trace.environment = 'prod'", "T1"),
    ("environment ILIKE 'prod'", "T1 T4"),
    ("environment IS NULL", "T3 T5"),
    ("error = 'ValueError: \"no\"'", "T2"),
    ("error CONTAINS 'timed OUT'", "T1"),
    ("error CONTAINS '100% of'", "T1"),
    ("error CONTAINS '1_0'", ""),
    ("error LIKE '%Error: %'", "T1 T2"),
    ("error RLIKE '^Value'", "T2"),
    ("error IS NOT NULL", "T1 T2"),
    ("error IS NULL", "T3 T4 T5"),
    ("NOT error CONTAINS 'timed out'", "T2 T3 T4 T5"),
    ("span.model = 'gpt-4o'", "T1"),
    ("span.provider IN ('openai') AND span.type = 'CHAT_MODEL'", "T1"),
    ("span.model = 'gpt-4o' AND span.name = 'db'", ""),
    ("span.duration = 1500", "T1"),
    ("span.duration > 1.4s AND span.type = 'CHAT_MODEL'", "T1"),
    ("span.duration > 1500", ""),
    ("span.duration >= 1499.9996", "T1"),
    ("span.duration < 0.001", "T2"),
    ("NOT span.duration < 1h", "T3 T4 T5"),
    ("span.tokens >= 0.12k AND span.cost < 0.01", "T1"),
    ("span.cost = 0.0005", "T1"),
    ("name contains 'HA'", "T1 T4"),
    ("tags.日本 CONTAINS 'Ü'", "T2"),
    ("name CONTAINS ''", "T1 T2 T3 T4"),
    ("span.name CONTAINS 'call'", "T1"),
    ("span.content CONTAINS 'HELLO w'", "T1"),
    ("inputs.customer.id = 'c-7'", "T1"),
    ("inputs.customer.id != 'c-7'", "T2 T4"),
    ("inputs.customer.id LIKE 'c-7%'", "T1 T4"),
    ("inputs.customer.id ILIKE 'C-7'", "T1"),
    ("inputs.customer.id CONTAINS 'C-'", "T1 T2 T4"),
    ("inputs.customer.id RLIKE '7$'", "T1"),
    ("inputs.customer.id IN ('c-8', 'c-70')", "T2 T4"),
    ("inputs.customer.id NOT IN ('c-8', 'c-70')", "T1"),
    ("inputs.customer.id IS NULL", "T3 T5"),
    ("NOT inputs.customer.id = 'c-7'", "T2 T3 T4 T5"),
    ("inputs.customer.tier = 3", "T1"),
    ("inputs.customer.tier != 3", "T2"),
    ("inputs.customer.tier > 1 AND inputs.customer.tier <= 1.5", "T2"),
    ("inputs.customer.tier = '3'", "T1 T4"),
    ("inputs.flag = 'true'", "T1"),
    ("inputs.flag IS NULL", "T2 T3 T4 T5"),
    ("outputs.`my score` < 0.5", "T4"),
    ("inputs.customer CONTAINS 'tier'", "T1 T2 T4"),
    ("inputs.customer.id.more IS NOT NULL", ""),
    ("inputs.customer.id = 'c-8' AND span.status = 'ERROR'", "T2"),
    ("span.attributes.q CONTAINS 'WORLD'", "T1"),
    ("feedback.verdict CONTAINS 'ye'", "T1"),
    ("feedback.verdict IS GOOD", "T1"),
    ("feedback.verdict is bad", "T4"),
    ("feedback.ok IS GOOD AND feedback.ok IS NOT NULL", "T1"),
    ("execution_time > 2s", "T4 T5"),
    ("duration >= 1.5s AND duration < 0.1m", "T1 T5"),
    ("duration = 500ms", "T2"),
    ("duration < 1h AND trace.duration >= 10000", "T4"),
    ("'ünï'", "T2"),
    ("\"hello world\"", "T1"),
    ("'HELLO' AND status = 'OK'", "T1"),
    ("NOT 'hello'", "T2 T3 T4 T5"),
    ("('bye' OR 'ÜNÏ')", "T2 T4"),
    ("status = 'OK' AND \"bye\"", "T4"),
    ("\"status\" = 'ERROR'", "T2"),
];

#[test]
fn words_of_our_own_keep_what_they_say() {
    for (filter, expected) in OURS {
        assert_eq!(kept(filter), *expected, "{filter}");
        assert!(!Filter::is_mlflows(filter) || filter.starts_with("\"status"), "{filter}");
    }
}

#[test]
fn what_mlflow_takes_is_known() {
    for (filter, _) in AS_IN_MLFLOW {
        assert!(Filter::is_mlflows(filter), "{filter}");
    }
    for (filter, _) in BEYOND.iter().filter(|(filter, _)| filter.contains(" OR ")) {
        assert!(!Filter::is_mlflows(filter), "{filter}");
    }
    for filter in
        ["NOT status = 'OK'", "(status = 'OK')", "text LIKE '%x%'", "run_id IS NULL", "nope"]
    {
        assert!(!Filter::is_mlflows(filter), "{filter}");
    }
}

#[test]
fn filters_keep_what_mlflow_keeps() {
    for (filter, expected) in AS_IN_MLFLOW {
        assert_eq!(kept(filter), *expected, "{filter}");
    }
}

#[test]
fn or_not_parentheses_and_mended_quirks() {
    for (filter, expected) in BEYOND {
        assert_eq!(kept(filter), *expected, "{filter}");
    }
}

#[test]
fn a_trace_without_the_key_matches_neither_equal_nor_unequal_but_not_equal_it_does() {
    assert_eq!(kept("tags.env = 'prod'"), "T1");
    assert_eq!(kept("tags.env != 'prod'"), "T2 T4");
    assert_eq!(kept("NOT tags.env = 'prod'"), "T2 T3 T4 T5");
    assert_eq!(kept("NOT tags.env != 'prod'"), "T1 T3 T5");
    assert_eq!(kept("NOT execution_time > 1000"), "T2 T3");
}

#[test]
fn a_deleted_tag_is_no_tag() {
    assert_eq!(kept("request_id = 'T3' AND tags.env IS NULL"), "T3");
    assert_eq!(kept("request_id = 'T3' AND tags.env IS NOT NULL"), "");
}

#[test]
fn span_clauses_of_one_list_speak_of_one_span_and_parentheses_begin_another() {
    assert_eq!(kept("span.name = 'root' AND span.name = 'db'"), "");
    assert_eq!(kept("span.name = 'root' AND (span.name = 'db')"), "T1");
    assert_eq!(kept("(span.name = 'root') AND (span.status = 'ERROR')"), "T1");
    assert_eq!(
        kept(
            "(span.name = 'db' AND span.status = 'ERROR') AND (span.name = 'root' AND span.status = 'OK')"
        ),
        "T1"
    );
    assert_eq!(kept("span.status = 'ERROR' AND name = 'chat' AND span.name = 'root'"), "");
    assert_eq!(kept("span.name = 'llm-call' AND span.attributes.temp LIKE '0%'"), "T1");
    assert_eq!(kept("span.name = 'db' AND span.attributes.temp LIKE '0%'"), "");
}

#[test]
fn under_not_no_span_may_pass() {
    assert_eq!(kept("NOT span.name = 'root'"), "T2 T3 T5");
    assert_eq!(kept("NOT (span.name = 'root' AND span.status = 'ERROR')"), "T1 T2 T3 T4 T5");
}

#[test]
fn two_filters_joined_do_not_bind_their_spans_together() {
    let filter = |text| Filter::parse(text).unwrap();
    let joined = filter("span.name = 'root'").and(filter("span.name = 'db'"));
    assert_eq!(kept_by(&five_traces(), &joined), ["T1"]);
    assert_eq!(filter("status = 'OK'").and(Filter::all()), filter("status = 'OK'"));
    assert_eq!(Filter::all().and(filter("status = 'OK'")), filter("status = 'OK'"));
    assert!(Filter::all().and(Filter::all()).is_all());
}

#[test]
fn a_session_level_assessment_speaks_for_the_session_and_only_within_the_experiment() {
    assert_eq!(kept("feedback.sess2 = 'good'"), "T1 T2");
    // T4 has no session, so the assessment applies to T4 only.
    assert_eq!(kept("feedback.sess4 = 'good'"), "T4");
    let db = five_traces();
    let sql = trace_condition(&Filter::parse("feedback.sess2 = 'good'").unwrap());
    let everywhere =
        crate::fixture::texts(&db, "select t.trace_id from traces t where", &sql, "order by 1");
    assert_eq!(everywhere, ["T1", "T2"]);
}

#[test]
fn an_overridden_assessment_does_not_count() {
    assert_eq!(kept("feedback.quality > 0.92"), "");
    assert_eq!(kept("feedback.quality IS NULL"), "T3 T4 T5");
}

#[test]
fn an_assessment_that_failed_is_there_but_has_no_value() {
    assert_eq!(kept("feedback.broken IS NOT NULL"), "T4");
    assert_eq!(kept("feedback.broken != 'x'"), "");
}

#[test]
fn filters_made_from_values_need_no_quoting() {
    let db = five_traces();
    assert_eq!(kept_by(&db, &Filter::run("run-a")), ["T1", "T5"]);
    assert_eq!(kept_by(&db, &Filter::model("m-1")), ["T4"]);
    assert!(kept_by(&db, &Filter::metadata("'\"`", "' or 1 --")).is_empty());
}

#[test]
fn values_travel_as_parameters() {
    let filter = Filter::parse("tags.`x' or 1` = \"'; drop table traces; --\"").unwrap();
    let sql = trace_condition(&filter);
    insta::assert_snapshot!(sql.text, @"(select x.value from trace_tags x where x.trace = t.id and x.key = ?1) = ?2");
    insta::assert_snapshot!(sql.offset(10).text, @"(select x.value from trace_tags x where x.trace = t.id and x.key = ?11) = ?12");
}

#[test]
fn every_look_up_starts_from_the_trace() {
    let db = five_traces();
    let filter = Filter::parse(
        "tags.a = 'x' AND metadata.b = 'x' AND span.name = 'x' AND feedback.c = 'x' AND run_id = 'x' AND prompt = 'a/1' AND trace.text LIKE '%x%'",
    );
    let sql = trace_condition(&filter.unwrap());
    let query = format!(
        "explain query plan select t.trace_id from traces t where t.experiment_id = 1 and {} order by t.request_time_ms desc, t.trace_id",
        sql.text
    );
    let mut statement = db.prepare(&query).unwrap();
    let plan = statement
        .query_map(rusqlite::params_from_iter(crate::fixture::params(&sql)), |row| {
            row.get::<_, String>(3)
        })
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let scans: Vec<_> = plan.iter().filter(|step| step.starts_with("SCAN")).collect();
    assert!(scans.is_empty(), "{plan:#?}");
    assert!(plan[0].contains("traces_by_time"), "{plan:#?}");
    assert!(plan.iter().any(|step| step.contains("session_assessments")), "{plan:#?}");
    // Once per search, not once per trace.
    assert!(plan.iter().any(|step| step.starts_with("LIST SUBQUERY")), "{plan:#?}");
}

#[test]
fn retrievers_of_a_trace_are_counted() {
    let db = five_traces();
    db.execute_batch(
        "insert into spans (trace, span_id, name, type, status, start_ns, chunk) values
         (1, 91, 'docs', 'RETRIEVER', 1, 0, 1), (1, 92, 'docs', 'RETRIEVER', 2, 0, 1),
         (2, 93, 'docs', 'RETRIEVER', 1, 0, 2)",
    )
    .unwrap();
    for (filter, expected) in [
        ("retriever.count = 2", "T1"),
        ("trace.retriever.count >= 1 AND span.name = 'search'", "T2"),
        ("retriever.count < 1", "T3 T4 T5"),
        ("NOT retriever.count > 0.001k", "T2 T3 T4 T5"),
    ] {
        let parsed = Filter::parse(filter).unwrap();
        assert_eq!(kept_by(&db, &parsed).join(" "), expected, "{filter}");
        assert!(!Filter::is_mlflows(filter), "{filter}");
    }
}
