use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    fixtures::TRACES,
    test_server::{Reply, TestServer},
};

async fn ask(server: &TestServer, more: Value) -> Reply {
    let mut body = json!({
        "experiment_ids": ["0"],
        "view_type": "TRACES",
        "metric_name": "latency",
        "aggregations": [{ "aggregation_type": "AVG" }],
    });
    for (key, value) in more.as_object().expect("an object of fields") {
        body[key] = value.clone();
    }
    server.post(&format!("{TRACES}/metrics"), body).await
}

async fn with_traces() -> TestServer {
    let server = TestServer::start();
    for (trace, duration, tag) in [("tr-1", "0.010s", "a"), ("tr-2", "0.030s", "b")] {
        let info = json!({ "execution_duration": duration, "tags": { "mlflow.traceName": tag } });
        server.start_trace(trace, info).await;
    }
    server
}

#[tokio::test]
async fn a_data_point_has_its_dimensions_and_a_value_per_aggregation() {
    let server = with_traces().await;
    let question = json!({
        "aggregations": [
            { "aggregation_type": "MAX" },
            { "aggregation_type": "PERCENTILE", "percentile_value": 90 },
            { "aggregation_type": 4, "percentile_value": 99.9 },
        ],
    });
    assert_snapshot!(ask(&server, question).await, @r#"
    200 OK
    {"data_points":[{"metric_name":"latency","values":{"MAX":30.0,"P90.0":28.0,"P99.9":29.980000000000004}}]}
    "#);
    let by_time = json!({
        "dimensions": ["trace_name", "trace_name"],
        "time_interval_seconds": 3600,
        "start_time_ms": 0,
        "end_time_ms": "4102444800000",
    });
    assert_snapshot!(ask(&server, by_time).await, @r#"
    200 OK
    {"data_points":[{"metric_name":"latency","values":{"AVG":10.0},"dimensions":{"trace_name":"a","time_bucket":"2026-11-21T05:00:00+00:00"}},{"metric_name":"latency","values":{"AVG":30.0},"dimensions":{"trace_name":"b","time_bucket":"2026-11-21T05:00:00+00:00"}}]}
    "#);
    let of_nobody = json!({ "filters": ["trace.tag.x = 'y'"] });
    assert_eq!(ask(&server, of_nobody).await.json(), json!({}));
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let server = with_traces().await;
    let percentile = |value: Value| {
        json!({ "aggregations": [
            { "aggregation_type": "PERCENTILE", "percentile_value": value },
        ]})
    };
    let mut refused = Vec::new();
    for more in [
        json!({ "experiment_ids": null }),
        json!({ "experiment_ids": ["x"] }),
        json!({ "view_type": null }),
        json!({ "metric_name": "" }),
        json!({ "metric_name": "nope" }),
        json!({ "view_type": "ASSESSMENTS", "metric_name": "nope" }),
        json!({ "aggregations": [] }),
        json!({ "aggregations": [{}] }),
        json!({ "aggregations": ["AVG"] }),
        json!({ "aggregations": [{ "aggregation_type": "SUM" }, { "aggregation_type": "COUNT" }] }),
        percentile(Value::Null),
        percentile(json!(100.5)),
        percentile(json!("NaN")),
        json!({ "aggregations": [{ "aggregation_type": "AVG", "percentile_value": 5 }] }),
        json!({ "dimensions": ["x", "span_name", "trace_name"] }),
        json!({ "view_type": "SPANS", "dimensions": ["trace_name"] }),
        json!({ "time_interval_seconds": 60 }),
        json!({ "time_interval_seconds": 60, "start_time_ms": 1 }),
        json!({ "time_interval_seconds": -1 }),
        json!({ "start_time_ms": "noon" }),
        json!({ "max_results": 0 }),
        json!({ "max_results": 50_001 }),
        json!({ "filters": ["status = 'OK'"] }),
        json!({ "filters": ["span.name = 'x'"] }),
        json!({ "filters": ["assessment.name = 'x'"] }),
        json!({ "filters": [5] }),
    ] {
        let reply = ask(&server, more).await;
        let message = reply.json()["message"].as_str().unwrap().replace('\n', " | ");
        refused.push(format!("{} {message}", reply.status.as_u16()));
    }
    assert_snapshot!(refused.join("\n"), @r#"
    400 Missing value for required parameter 'experiment_ids'. See the API docs for more information about request parameters.
    400 Invalid experiment ID 'x'. Experiment ID must be a valid integer.
    400 Missing value for required parameter 'view_type'. See the API docs for more information about request parameters.
    400 Missing value for required parameter 'metric_name'. See the API docs for more information about request parameters.
    400 metric_name must be one of ['trace_count', 'session_count', 'latency', 'input_tokens', 'output_tokens', 'total_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'cache_creation_input_tokens_above_1hr', 'reasoning_output_tokens', 'input_cost', 'output_cost', 'total_cost'], got 'nope'
    400 metric_name must be one of ['assessment_count', 'assessment_value'], got 'nope'
    400 Missing value for required parameter 'aggregations'. See the API docs for more information about request parameters.
    400 Missing value for required parameter 'aggregations[0].aggregation_type'. See the API docs for more information about request parameters.
    400 Invalid value "AVG" for parameter 'aggregations' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters.
    400 Found invalid aggregation_type(s): ['COUNT', 'SUM']. Supported aggregation types: ['AVG', 'MAX', 'MIN', 'PERCENTILE']
    400 Percentile value is required for PERCENTILE aggregation
    400 Percentile value must be between 0 and 100, got 100.5
    400 Percentile value must be between 0 and 100, got NaN
    400 Percentile value is only allowed for PERCENTILE aggregation type, got AVG
    400 Found invalid dimension(s): ['span_name', 'x']. Supported dimensions: ['trace_name', 'trace_status']
    400 Found invalid dimension(s): ['trace_name']. Supported dimensions: ['span_model_name', 'span_model_provider', 'span_name', 'span_status', 'span_type']
    400 start_time_ms and end_time_ms are required if time_interval_seconds is set
    400 start_time_ms and end_time_ms are required if time_interval_seconds is set
    400 `time_interval_seconds` must lie between 0 and 4294967295, got -1
    400 Invalid value "noon" for parameter 'start_time_ms' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters.
    400 Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer
    400 Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000
    400 Invalid identifier 'status'. Columns should be specified as 'trace.<key>', 'span.<key>', 'assessment.<key>'. |   status = 'OK' |   ^^^^^^
    400 Filtering by span is only supported for SPANS view type, got TRACES
    400 Filtering by assessment is only supported for ASSESSMENTS view type, got TRACES
    400 Invalid value 5 for parameter 'filters' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters.
    "#);
}

#[tokio::test]
async fn times_at_the_ends_of_the_range_are_no_trouble() {
    let server = with_traces().await;
    for (from, to) in [(i64::MIN, i64::MAX), (i64::MAX, i64::MIN)] {
        for (view, metric) in [("TRACES", "latency"), ("SPANS", "total_cost")] {
            let reply = ask(
                &server,
                json!({
                    "view_type": view,
                    "metric_name": metric,
                    "start_time_ms": from,
                    "end_time_ms": to,
                    "time_interval_seconds": u32::MAX,
                }),
            )
            .await;
            assert_eq!(reply.status, 200, "{reply}");
        }
    }
}
