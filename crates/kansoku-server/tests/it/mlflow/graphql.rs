//! GraphQL, as MLflow's own web UI sends it.
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::runs::{post, run};
use crate::test_server::{Reply, TestServer};

/// Asks with one variable, `$asked`.
async fn ask(server: &TestServer, query: &str, asked: Value) -> Reply {
    server.post("/graphql", json!({ "query": query, "variables": { "asked": asked } })).await
}

const GET_RUN: &str = r#"query Run($asked: MlflowGetRunInput!) @component(name: "tests") {
    mlflowGetRun(input: $asked) {
        apiError { code }
        run {
            info { runId runUuid runName experimentId status startTime endTime artifactUri lifecycleStage userId }
            data { metrics { key value step timestamp } params { key value } tags { key value } }
            inputs { datasetInputs { dataset { name digest profile } tags { key value } } modelInputs { modelId } }
            outputs { modelOutputs { modelId step } }
            experiment { experimentId name creationTime effectiveTraceArchivalRetention }
            modelVersions { name }
        }
    }
}"#;

#[tokio::test]
async fn a_run_is_read_with_its_experiment() {
    let server = TestServer::start();
    let id = run(&server, "first").await;
    let metrics = json!([
        { "key": "a", "value": 2, "timestamp": 7, "step": 1 },
        { "key": "b", "value": "NaN", "timestamp": 7, "step": 1 },
    ]);
    let params = json!([{ "key": "p", "value": "1" }]);
    post(&server, "log-batch", json!({ "run_id": id, "metrics": metrics, "params": params })).await;
    let reply = ask(&server, GET_RUN, json!({ "runId": id })).await.to_string();
    assert_snapshot!(reply.replace(&id, "RUN"), @r#"
    200 OK
    {"data":{"mlflowGetRun":{"apiError":null,"run":{"info":{"runId":"RUN","runUuid":"RUN","runName":"first","experimentId":"0","status":"RUNNING","startTime":"1700000000000","endTime":"0","artifactUri":"mlflow-artifacts:/0/RUN/artifacts","lifecycleStage":"active","userId":""},"data":{"metrics":[{"key":"a","value":2.0,"step":"1","timestamp":"7"},{"key":"b","value":null,"step":"1","timestamp":"7"}],"params":[{"key":"p","value":"1"}],"tags":[{"key":"mlflow.runName","value":"first"}]},"inputs":{"datasetInputs":[],"modelInputs":[]},"outputs":{"modelOutputs":[]},"experiment":{"experimentId":"0","name":"Default","creationTime":"1700000000000","effectiveTraceArchivalRetention":""},"modelVersions":[]}}},"errors":null}
    "#);
    let same = ask(&server, GET_RUN, json!({ "runUuid": id })).await.to_string();
    assert_eq!(same, reply);
}

#[tokio::test]
async fn an_error_of_a_field_leaves_the_others_as_they_are() {
    let server = TestServer::start();
    let query = r#"{
        found: mlflowGetExperiment(input: { experimentId: "0" }) { experiment { name } }
        lost: mlflowGetExperiment(input: { experimentId: "77" }) { experiment { name } apiError { code } }
        nothing: mlflowGetRun { run { info { runId } } }
    }"#;
    assert_snapshot!(ask(&server, query, json!({})).await, @r#"
    200 OK
    {"data":{"found":{"experiment":{"name":"Default"}},"lost":null,"nothing":null},"errors":["No Experiment with id=77 exists","Missing value for required parameter 'run_id'. See the API docs for more information about request parameters."]}
    "#);
}

#[tokio::test]
async fn runs_metrics_artifacts_and_datasets_are_found() {
    let server = TestServer::start();
    let id = run(&server, "first").await;
    let point = json!({ "run_id": id, "key": "m", "value": 1.5, "timestamp": 7, "step": 3 });
    post(&server, "log-metric", point).await;
    let dataset = json!({ "name": "d", "digest": "1", "source_type": "local", "source": "{}" });
    let inputs = json!({ "run_id": id, "datasets": [{ "dataset": dataset }] });
    post(&server, "log-inputs", inputs).await;
    server.put_artifact(&format!("0/{id}/artifacts/a.txt"), "four").await;
    let queries = [
        r#"{ mlflowSearchRuns(input: { experimentIds: ["0"], runViewType: ACTIVE_ONLY, maxResults: 5 }) { runs { info { runName } experiment { name } } nextPageToken } }"#,
        r#"mutation { mlflowSearchRuns(input: { experimentIds: ["0"], runViewType: DELETED_ONLY }) { runs { info { runName } } } }"#,
        r#"{ mlflowGetMetricHistoryBulkInterval(input: { runIds: ["RUN"], metricKey: "m" }) { __typename metrics { runId key value step timestamp } } }"#,
        r#"{ mlflowListArtifacts(input: { runId: "RUN" }) { rootUri files { path isDir fileSize } } }"#,
        r#"mutation { mlflowSearchDatasets(input: { experimentIds: ["0"] }) { datasetSummaries { name digest context experimentId } } }"#,
        r#"{ mlflowSearchModelVersions(input: { filter: "run_id = 'RUN'", maxResults: 7 }) { modelVersions { name } } test(inputString: "a") { output } }"#,
    ];
    let mut shown = Vec::new();
    for query in queries {
        let reply = ask(&server, &query.replace("RUN", &id), json!({})).await.json();
        shown.push(reply.to_string().replace(&id, "RUN"));
    }
    assert_snapshot!(shown.join("\n"), @r#"
    {"data":{"mlflowSearchRuns":{"runs":[{"info":{"runName":"first"},"experiment":{"name":"Default"}}],"nextPageToken":""}},"errors":null}
    {"data":{"mlflowSearchRuns":{"runs":[]}},"errors":null}
    {"data":{"mlflowGetMetricHistoryBulkInterval":{"__typename":"MlflowGetMetricHistoryBulkIntervalResponse","metrics":[{"runId":"RUN","key":"m","value":1.5,"step":"3","timestamp":"7"}]}},"errors":null}
    {"data":{"mlflowListArtifacts":{"rootUri":"mlflow-artifacts:/0/RUN/artifacts","files":[{"path":"a.txt","isDir":false,"fileSize":"4"}]}},"errors":null}
    {"data":{"mlflowSearchDatasets":{"datasetSummaries":[{"name":"d","digest":"1","context":"","experimentId":"0"}]}},"errors":null}
    {"data":{"mlflowSearchModelVersions":{"modelVersions":[]},"test":{"output":"a"}},"errors":null}
    "#);
}

#[tokio::test]
async fn the_schema_can_be_asked_for() {
    let server = TestServer::start();
    let query = r#"{
        __schema { directives { name } mutationType { name } }
        __type(name: "MlflowRunExtension") { fields { name type { kind name ofType { kind } } } }
    }"#;
    assert_snapshot!(ask(&server, query, json!({})).await, @r#"
    200 OK
    {"data":{"__schema":{"directives":[{"name":"skip"},{"name":"include"},{"name":"deprecated"},{"name":"specifiedBy"},{"name":"component"}],"mutationType":{"name":"Mutation"}},"__type":{"fields":[{"name":"info","type":{"kind":"OBJECT","name":"MlflowRunInfo","ofType":null}},{"name":"data","type":{"kind":"OBJECT","name":"MlflowRunData","ofType":null}},{"name":"inputs","type":{"kind":"OBJECT","name":"MlflowRunInputs","ofType":null}},{"name":"outputs","type":{"kind":"OBJECT","name":"MlflowRunOutputs","ofType":null}},{"name":"experiment","type":{"kind":"OBJECT","name":"MlflowExperiment","ofType":null}},{"name":"modelVersions","type":{"kind":"LIST","name":null,"ofType":{"kind":"NON_NULL"}}}]}},"errors":null}
    "#);
}

#[tokio::test]
async fn a_query_may_be_in_the_url() {
    let server = TestServer::start();
    let query = "query%20Q(%24asked:String)%7Btest(inputString:%24asked)%7Boutput%7D%7D";
    let reply =
        server.get(&format!("/graphql?query={query}&variables=%7B%22asked%22:%22a%22%7D")).await;
    assert_snapshot!(reply, @r#"
    200 OK
    {"data":{"test":{"output":"a"}},"errors":null}
    "#);
}

#[tokio::test]
async fn what_is_no_query_is_refused_with_the_reason() {
    let server = TestServer::start();
    let mut shown = Vec::new();
    for query in [
        "{ test { output }",
        "{ nothing }",
        "{ test(inputString: 5) { output } }",
        "{ test(inputString: $absent) { output } }",
        "query A { test { output } } query B { test { output } }",
        "subscription { test { output } }",
        "{ a { a { a { a { a { a { a { a { a { a { a } } } } } } } } } } }",
        "",
    ] {
        shown.push(ask(&server, query, json!({})).await.to_string());
    }
    assert_snapshot!(shown.join("\n"), @r#"
    200 OK
    {"data":null,"errors":["syntax error: expected R_CURLY, got EOF"]}
    200 OK
    {"data":null,"errors":["type `Query` does not have a field `nothing`"]}
    200 OK
    {"data":null,"errors":["expected value of type String, found an integer"]}
    200 OK
    {"data":null,"errors":["variable `$absent` is not defined"]}
    200 OK
    {"data":null,"errors":["Ambiguous request: multiple operations but no specified `operationName`"]}
    200 OK
    {"data":null,"errors":["`subscription` root operation type is not defined"]}
    200 OK
    {"data":null,"errors":["the query is nested deeper than 10 fields"]}
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'query'. See the API docs for more information about request parameters."}
    "#);

    let long = |bytes: usize| format!("{{ __typename }} #{}", "x".repeat(bytes - 16));
    assert_eq!(ask(&server, &long(64 << 10), json!({})).await.status, 200);
    assert_eq!(ask(&server, &long((64 << 10) + 1), json!({})).await.status, 400);
    let body = json!({ "query": "{ __typename }", "variables": [1] });
    assert_eq!(server.post("/graphql", body).await.status, 400);
    assert_eq!(server.post("/graphql", json!({})).await.status, 400);
}

#[tokio::test]
async fn a_token_reads_what_it_may_and_no_more() {
    let server = TestServer::start();
    let mut ids = Vec::new();
    for name in ["mine/a", "other"] {
        let made = server.post("/api/2.0/mlflow/experiments/create", json!({ "name": name })).await;
        ids.push(made.json()["experiment_id"].as_str().unwrap().to_owned());
    }
    server.token("reader", "read", Some("mine/")).await;
    server.token("sender", "ingest", None).await;
    let query = format!(
        r#"{{ mine: mlflowGetExperiment(input: {{ experimentId: "{}" }}) {{ experiment {{ name }} }}
             other: mlflowGetExperiment(input: {{ experimentId: "{}" }}) {{ experiment {{ name }} }}
             runs: mlflowSearchRuns(input: {{ experimentIds: ["{1}"] }}) {{ runs {{ info {{ runId }} }} }} }}"#,
        ids[0], ids[1]
    );
    let body = json!({ "query": query });
    let reply = server.ask_as("reader", Method::POST, "/graphql", body.clone()).await;
    assert_snapshot!(reply, @r#"
    200 OK
    {"data":{"mine":{"experiment":{"name":"mine/a"}},"other":null,"runs":null},"errors":["token `reader` may not use experiment `2`","token `reader` may not use experiment `2`"]}
    "#);
    assert_eq!(server.ask_as("sender", Method::POST, "/graphql", body).await.status, 403);
}
