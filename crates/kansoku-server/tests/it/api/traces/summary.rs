//! Summaries, groups and fields of many traces.
use insta::assert_snapshot;
use kansoku_filter::listed_numbers;
use serde_json::json;

use crate::{
    api::{
        filters::encoded,
        traces::list::{failed, given, span, with},
    },
    test_server::{START_MS, TestServer},
};

#[tokio::test]
async fn a_summary_counts_each_trace_once_and_when_it_began() {
    let (server, id) = given().await;
    let mut reply = server.list(&format!("{id}/traces/summary?buckets=4")).await.json();
    let buckets = reply["buckets"].take();
    assert_snapshot!(reply, @r#"{"from_ms":1700000000000,"to_ms":1700000003000,"bucket_ms":1000,"buckets":null,"traces":3,"errors":1,"recovered":1,"in_progress":0,"p50_ms":100.0,"p95_ms":909.9999999999999,"p99_ms":982.0,"input_tokens":100,"output_tokens":10,"cached_tokens":0,"total_tokens":110,"cost":0.25,"newest_ms":1700000003000,"oldest_ms":1700000000000,"complete":true,"covered_from_ms":null}"#);
    let starts: Vec<_> =
        buckets.as_array().unwrap().iter().map(|b| b["start_ms"].as_i64()).collect();
    assert_eq!(starts, [0, 1000, 2000, 3000].map(|ms| Some(START_MS + ms)));
    assert_snapshot!(buckets[0], @r#"{"start_ms":1700000000000,"ok":0,"error":0,"recovered":1,"in_progress":0}"#);
    let sum = |what: &str| -> i64 {
        buckets.as_array().unwrap().iter().map(|b| b[what].as_i64().unwrap()).sum()
    };
    assert_eq!(["ok", "error", "recovered", "in_progress"].map(sum), [1, 1, 1, 0]);
}

#[tokio::test]
async fn a_summary_is_of_what_is_asked_for() {
    let (server, id) = given().await;
    let ask = async |query: &str| server.list(&format!("{id}/traces/summary?{query}")).await.json();
    let errors = ask("q=status%3D%27ERROR%27").await;
    assert_eq!((&errors["traces"], &errors["errors"]), (&json!(1), &json!(1)));
    assert_eq!(errors["oldest_ms"], START_MS + 2000);
    let later = ask(&format!("from={}&to={}&buckets=60", START_MS + 1000, START_MS + 60_999)).await;
    assert_eq!((&later["traces"], &later["bucket_ms"]), (&json!(2), &json!(1000)));
    assert_eq!(later["buckets"].as_array().unwrap().len(), 60);
    let none = ask("q=name%3D%27nothing%27").await;
    assert_eq!((&none["traces"], &none["p50_ms"]), (&json!(0), &json!(null)));
    assert_eq!(none["complete"], true);
    for query in ["buckets=0", "buckets=201", "buckets=x", "q=x", "from=2&to=1"] {
        let reply = server.list(&format!("{id}/traces/summary?{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
    }
    assert_eq!(TestServer::start().list("nothing/traces/summary").await.status, 404);
}

fn values(reply: &serde_json::Value) -> String {
    let values = reply["values"].as_array().unwrap_or_else(|| panic!("{reply}"));
    let shown = |v: &serde_json::Value| format!("{} {}", v["value"].as_str().unwrap(), v["traces"]);
    values.iter().map(shown).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn values_of_a_field_are_counted_by_traces() {
    let (server, id) = given().await;
    for (trace, value) in [(1, json!("good")), (2, json!("good")), (3, json!(0.5))] {
        let assessment = json!({ "assessment": {
            "assessment_name": "tone", "source": { "source_type": "HUMAN" },
            "feedback": { "value": value },
        } });
        let path = format!("/api/3.0/mlflow/traces/tr-{trace:032x}/assessments");
        assert_eq!(server.post(&path, assessment).await.status, 200);
    }
    for (query, expected) in [
        ("field=status", "OK 2, ERROR 1"),
        ("field=name", "ask 2, other 1"),
        ("field=name&prefix=O", "other 1"),
        ("field=name&max_results=1", "ask 2"),
        ("field=span.name&q=status%3D%27OK%27", "ask 1, call 1, lookup 1, other 1"),
        ("field=span.type", "AGENT 1, LLM 1, TOOL 1"),
        ("field=span.model", "gpt-4o-mini 1"),
        ("field=session", "s-1 1"),
        ("field=version", "1.2 1, 1.3 1"),
        ("field=environment", "prod 1"),
        ("field=error", "TimeoutError: the store timed out 1, ValueError: no such order 1"),
        ("field=tags.service.version", "1.2 1, 1.3 1"),
        ("field=feedback.tone", "good 2, 0.5 1"),
        ("field=metadata.%60mlflow.trace.user%60", "u-1 1"),
        ("field=duration", ""),
        ("field=tags.nothing", ""),
    ] {
        let reply = server.list(&format!("{id}/facets?{query}")).await.json();
        assert_eq!(values(&reply), expected, "{query}");
        assert_eq!(reply["complete"], true);
    }
    for query in ["", "field=", "field=colour", "field=status&max_results=0", "field=a%20b"] {
        let reply = server.list(&format!("{id}/facets?{query}")).await;
        assert_eq!(reply.status, 400, "{query}: {reply}");
        assert!(
            reply.json()["message"].as_str().unwrap().contains("field") || query.contains("max")
        );
    }
}

#[tokio::test]
async fn fields_are_those_of_the_language_and_of_the_data() {
    let (server, id) = given().await;
    let tag = json!({ "key": "my tag", "value": "x" });
    let trace = format!("/api/3.0/mlflow/traces/tr-{:032x}/tags", 3);
    assert_eq!(server.patch(&trace, tag).await.status, 200);
    let reply = server.list(&format!("{id}/fields")).await.json();
    let fields = reply["fields"].as_array().unwrap();
    for field in fields {
        // A filter with the field's name and each of its comparators is valid.
        for comparator in field["comparators"].as_array().unwrap() {
            let value = match (field["kind"].as_str().unwrap(), comparator.as_str().unwrap()) {
                (_, "IS NULL" | "IS NOT NULL") => "",
                (_, "IN" | "NOT IN") => "('a')",
                ("number" | "time", _) | (_, ">" | ">=" | "<" | "<=") => "1",
                _ => "'a/b'",
            };
            let filter = format!(
                "{} {} {value}",
                field["field"].as_str().unwrap(),
                comparator.as_str().unwrap()
            );
            kansoku_filter::Filter::parse(&filter)
                .unwrap_or_else(|error| panic!("{filter}: {error}"));
        }
    }
    let own: Vec<String> = fields
        .iter()
        .filter(|field| !field["traces"].is_null())
        .map(|field| {
            format!(
                "{} {} {}",
                field["field"].as_str().unwrap(),
                field["kind"].as_str().unwrap(),
                field["traces"]
            )
        })
        .collect();
    assert_snapshot!(own.join("\n"), @r#"
    tags.service.version text 2
    tags.deployment.environment.name text 1
    tags.`my tag` text 1
    outputs.answer text 1
    "#);
}

/// The value and number of traces of each group; the filter of a group must match that number.
async fn groups(server: &TestServer, id: &str, query: &str) -> String {
    let reply = server.list(&format!("{id}/groups?{query}")).await.json();
    let mut shown = Vec::new();
    for group in reply["groups"].as_array().unwrap_or_else(|| panic!("{reply}")) {
        let filter = encoded(group["filter"].as_str().unwrap());
        let found = server.list(&format!("{id}/traces?q={filter}")).await.json();
        assert_eq!(found["traces"].as_array().unwrap().len() as u64, group["traces"], "{group}");
        shown.push(format!("{} {}", group["value"].as_str().unwrap_or("-"), group["traces"]));
    }
    shown.join(", ")
}

#[tokio::test]
async fn groups_are_found_again_by_their_filters() {
    let (server, id) = given().await;
    for n in [11, 12] {
        let lost =
            failed(span(n, 1, 0, "it's", 4000, 4100), "KeyError", &format!("no 'order_{n}'"));
        server.export(&id, &[("team", "a \"b\" 'c'")], &[lost]).await;
    }
    for (query, expected) in [
        ("by=name", "it's 2, ask 2, other 1"),
        ("by=status", "ERROR 3, OK 2"),
        ("by=session", "- 4, s-1 1"),
        ("by=version", "- 3, 1.3 1, 1.2 1"),
        ("by=environment", "- 4, prod 1"),
        ("by=model", "- 4, gpt-4o-mini 1"),
        (
            "by=error",
            "KeyError: no 'order_…' 2, - 1, ValueError: no such order 1, TimeoutError: the store timed out 1",
        ),
        ("by=tag:team", "- 3, a \"b\" 'c' 2"),
        ("by=metadata:mlflow.trace.user&q=status%3D%27OK%27", "- 1, u-1 1"),
        ("by=name&q=name%3D%27ask%27%20OR%20name%3D%27other%27", "ask 2, other 1"),
        ("by=user&max_results=1", "- 4"),
    ] {
        assert_eq!(groups(&server, &id, query).await, expected, "{query}");
    }
}

/// Every number field is available in lists, CSV, groups and orders.
#[tokio::test]
async fn numbers_of_the_catalogue_are_in_lists_tables_and_groups() {
    let (server, id) = given().await;
    let docs = with(span(5, 2, 1, "docs", 5001, 5002), &[("mlflow.spanType", "RETRIEVER".into())]);
    server.export(&id, &[], &[span(5, 1, 0, "ask", 5000, 5003), docs]).await;
    let fields = server.list(&format!("{id}/fields")).await.json();
    let fields = fields["fields"].as_array().unwrap();
    let table = server.list(&format!("{id}/traces/export?format=csv")).await;
    let table = String::from_utf8(table.body.to_vec()).unwrap();
    for (def, _) in listed_numbers() {
        let name = def.name;
        let field = fields.iter().find(|field| field["field"] == name).unwrap();
        assert_eq!((&field["listed"], &field["kind"]), (&json!(true), &json!("number")), "{name}");
        let list = server.list(&format!("{id}/traces?order_by={name}%20DESC")).await.json();
        let numbers: Vec<_> = list["traces"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|row| row["numbers"][name].as_i64())
            .collect();
        assert!(!numbers.is_empty() && numbers.is_sorted_by(|a, b| b <= a), "{name} {numbers:?}");
        assert!(table.lines().next().unwrap().split(',').any(|column| column == name), "{name}");
        let by = field["group_by"].as_str().unwrap();
        let groups = groups(&server, &id, &format!("by={by}")).await;
        assert!(groups.contains(&format!("{} ", numbers[0])), "{name} {groups}");
    }
}

#[tokio::test]
async fn a_group_has_the_figures_of_its_traces() {
    let (server, id) = given().await;
    let assessment = json!({ "assessment": {
        "assessment_name": "ok", "source": { "source_type": "HUMAN" },
        "feedback": { "value": "yes" },
    } });
    let path = format!("/api/3.0/mlflow/traces/tr-{:032x}/assessments", 1);
    assert_eq!(server.post(&path, assessment).await.status, 200);
    let reply = server.list(&format!("{id}/groups?by=name&buckets=4")).await.json();
    assert_snapshot!(reply["groups"][0], @r#"{"value":"ask","filter":"name = 'ask'","traces":2,"errors":1,"recovered":1,"p50_ms":550.0,"p95_ms":955.0,"total_tokens":110,"cost":0.25,"first_ms":1700000000000,"last_ms":1700000002000,"feedback":[{"name":"ok","count":1,"pass_rate":1.0,"not_judged":0,"polarity":"positive","is_guess":true,"mean":null,"median":null,"p10":null,"p90":null,"values":[{"value":"yes","traces":1,"verdict":"good"}]}],"series":[1,0,1,0]}"#);
    assert_eq!((&reply["complete"], &reply["covered_from_ms"]), (&json!(true), &json!(null)));
    for query in ["", "by=", "by=colour", "by=tag:", "by=tag", "by=name&buckets=201", "by=name&q=x"]
    {
        let reply = server.list(&format!("{id}/groups?{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
    }
}
