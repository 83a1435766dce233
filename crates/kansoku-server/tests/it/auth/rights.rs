//! The rights of tokens: every route with every scope, and with experiments that the token may not
//! access.
use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use insta::assert_snapshot;
use kansoku_model::Scope;
use kansoku_server::{RouteAccess, RouteRow, Support, route_table};
use serde_json::{Value, json};

use crate::{
    fixtures::{span, trace_info},
    test_server::{Reply, TestServer, ask_as, send_to},
};

/// A text in all data of the foreign experiment that could be returned.
const SECRET: &str = "SECRETMARK";
const FOREIGN: &str = "/foreign/plans";
const OWN: &str = "/own/work";

/// The ids and names in one experiment that routes may refer to.
struct Place {
    experiment: String,
    name: &'static str,
    trace: String,
    run: String,
    model: String,
    issue: String,
    assessment: String,
    view: String,
    dataset: String,
    schema: String,
    queue: String,
}

/// Creates an experiment with a trace, a run, a view and a file, using an admin token.
async fn place(server: &TestServer, name: &'static str, trace: &str, mark: &str) -> Place {
    let post = async |path: &str, body: Value| {
        let reply = server.ask_as("boss", Method::POST, path, body).await;
        assert_eq!(reply.status, 200, "{path}: {reply}");
        reply.json()
    };
    let experiment = json!({ "name": name, "tags": [{ "key": "note", "value": mark }] });
    let experiment = post("/api/2.0/mlflow/experiments/create", experiment).await;
    let experiment = experiment["experiment_id"].as_str().unwrap().to_owned();
    let more = json!({
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": { "experiment_id": experiment },
        },
        "tags": { "note": mark, "mlflow.traceName": mark },
        "trace_metadata": { "mlflow.trace.session": "sess-1", "mlflow.trace.user": mark },
        "request_preview": mark,
        "response_preview": mark,
    });
    post("/api/3.0/mlflow/traces", json!({ "trace": { "trace_info": trace_info(trace, more) } }))
        .await;
    let file = format!("{experiment}/traces/{trace}/artifacts/traces.json");
    let put = async |path: &str, body: Value| {
        let path = format!("/api/2.0/mlflow-artifacts/artifacts/{path}");
        assert_eq!(server.ask_as("boss", Method::PUT, &path, body).await.status, 200, "{path}");
    };
    put(&file, json!({ "spans": [span(1, mark)] })).await;
    let run = json!({ "experiment_id": experiment, "run_name": mark, "tags": [{ "key": "k", "value": mark }] });
    let run = post("/api/2.0/mlflow/runs/create", run).await;
    let run = run["run"]["info"]["run_id"].as_str().unwrap().to_owned();
    let metric = json!({ "run_id": run, "key": "m", "value": 1.5, "timestamp": 1 });
    post("/api/2.0/mlflow/runs/log-metric", metric).await;
    put(&format!("{experiment}/{run}/artifacts/{mark}.txt"), json!(mark)).await;
    put(&format!("{experiment}/{run}/artifacts/a.txt"), json!(mark)).await;
    let model = json!({ "experiment_id": experiment, "name": mark, "tags": [{ "key": "k", "value": mark }] });
    let model = post("/api/2.0/mlflow/logged-models", model).await;
    let model = model["model"]["info"]["model_id"].as_str().unwrap().to_owned();
    put(&format!("{experiment}/models/{model}/artifacts/a.txt"), json!(mark)).await;
    let issue = json!({ "experiment_id": experiment, "name": mark, "description": mark });
    let issue = post("/api/3.0/mlflow/issues", issue).await;
    let issue = issue["issue"]["issue_id"].as_str().unwrap().to_owned();
    let dataset =
        json!({ "dataset": { "name": mark, "digest": "1", "source_type": "x", "source": "y" } });
    post("/api/2.0/mlflow/runs/log-inputs", json!({ "run_id": run, "datasets": [dataset] })).await;
    let feedback = json!({ "assessment": {
        "assessment_name": mark,
        "source": { "source_type": "HUMAN", "source_id": mark },
        "feedback": { "value": mark },
    } });
    let path = format!("/api/3.0/mlflow/traces/{trace}/assessments");
    let assessment = post(&path, feedback).await["assessment"]["assessment_id"].clone();
    let path = format!("/api/3.0/kansoku/experiments/{experiment}/views");
    let view = post(&path, json!({ "name": mark, "state": mark })).await["view_id"].clone();
    let tags = json!({ "mlflow.user": mark }).to_string();
    let dataset = json!({ "name": mark, "experiment_ids": [experiment], "tags": tags });
    let dataset = post("/api/3.0/mlflow/datasets/create", dataset).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dataset = text(&dataset["dataset"]["dataset_id"]);
    let records = json!([{ "inputs": { "q": mark }, "tags": { "mlflow.user": mark } }]).to_string();
    let path = format!("/api/3.0/mlflow/datasets/{dataset}/records");
    post(&path, json!({ "records": records })).await;
    let schema = json!({ "experiment_id": experiment, "name": mark, "type": "FEEDBACK",
        "input": { "text": {} }, "instruction": mark });
    let schema = post("/api/3.0/mlflow/label-schemas/create", schema).await;
    let schema = text(&schema["label_schema"]["schema_id"]);
    let queue = json!({ "experiment_id": experiment, "name": mark, "queue_type": "CUSTOM",
        "users": [mark] });
    let queue = post("/api/3.0/mlflow/review-queues/create", queue).await;
    let queue = text(&queue["review_queue"]["queue_id"]);
    let items = json!({ "queue_id": queue, "item_ids": [trace] });
    post("/api/3.0/mlflow/review-queues/items/add", items).await;
    let (assessment, view) = (text(&assessment), text(&view));
    let trace = trace.to_owned();
    Place { experiment, name, trace, run, model, issue, assessment, view, dataset, schema, queue }
}

impl Place {
    /// The paths of a route that refer to this experiment.
    fn paths(&self, row: &RouteRow) -> Vec<String> {
        let Self { experiment, trace, run, .. } = self;
        let rests = match row.path.as_str() {
            path if path.starts_with("/dbfs/") => {
                vec![format!("x/{experiment}/{trace}/artifacts/traces.json")]
            }
            path if path.contains("{*folder}") => vec![
                format!("{experiment}/{run}/artifacts"),
                format!("{experiment}/traces/{trace}/artifacts"),
            ],
            path if path.contains("{*path}") => vec![
                format!("{experiment}/traces/{trace}/artifacts/traces.json"),
                format!("{experiment}/{run}/artifacts/a.txt"),
                format!("{experiment}/{run}/artifacts"),
                format!("{experiment}/models/{}/artifacts/a.txt", self.model),
            ],
            _ => vec![String::new()],
        };
        let fill = |part: &str, rest: &str| match part {
            "{experiment_id}" => experiment.clone(),
            "{trace_id}" => trace.clone(),
            "{run_id}" => run.clone(),
            "{model_id}" => self.model.clone(),
            "{issue_id}" => self.issue.clone(),
            "{assessment_id}" => self.assessment.clone(),
            "{view_id}" => self.view.clone(),
            "{dataset_id}" => self.dataset.clone(),
            "{version}" => "1".to_owned(),
            "{span_id}" => "0000000000000001".to_owned(),
            "{field}" => "name".to_owned(),
            part if part.contains("session") && part.starts_with('{') => "sess-1".to_owned(),
            part if part.starts_with("{*") => rest.to_owned(),
            // An object that does not exist, such as a token or a dataset.
            part if part.starts_with('{') => "99".to_owned(),
            part => part.to_owned(),
        };
        let path = |rest: &String| {
            let parts: Vec<String> = row.path.split('/').map(|part| fill(part, rest)).collect();
            match row.method == Method::GET {
                true => format!("{}?{}", parts.join("/"), self.query()),
                false => parts.join("/"),
            }
        };
        rests.iter().map(path).collect()
    }

    fn query(&self) -> String {
        let Self { experiment, name, trace, run, schema, queue, .. } = self;
        format!(
            "experiment_id={experiment}&experiment_ids={experiment}&experiment_name={name}\
             &trace_id={trace}&trace_ids={trace}&ids={trace}&request_id={trace}&run_id={run}&run_ids={run}&run_uuid={run}&path=a.txt&artifact_file_path=a.txt\
             &metric_key=m&format=jsonl&field=name&by=name&session=sess-1&span_ids=0000000000000001\
             &signal=traces&max_results=100&schema_id={schema}&queue_id={queue}&query=a&from=0&to=1900000000000\
             &text=SECRETMARK&runs={run}&runs=99&q="
        )
    }

    /// A body with every field that some route reads.
    fn body(&self) -> Value {
        let Self { experiment, trace, run, schema, queue, .. } = self;
        let location = json!({
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": { "experiment_id": experiment },
        });
        let more = json!({ "trace_location": location, "tags": { "k": "changed" } });
        let mut body = json!({
            "experiment_id": experiment,
            "experiment_ids": [experiment],
            "locations": [location],
            "name": "/foreign/changed",
            "new_name": "/foreign/changed",
            "trace_id": trace,
            "trace_ids": [trace],
            "request_id": trace,
            "run_id": run,
            "run_name": "changed",
            "key": "k",
            "value": "1",
            "timestamp": 5,
            "state": "changed",
            "status": "FINISHED",
            "timestamp_ms": 5,
            "execution_time_ms": 5,
            "request_metadata": [{ "key": "k", "value": "changed" }],
            "trace": { "trace_info": trace_info(trace, more) },
            "assessment": {
                "assessment_name": "changed",
                "source": { "source_type": "HUMAN", "source_id": "x" },
                "feedback": { "value": "changed" },
            },
            "update_mask": "feedback",
            "prompt_versions": [{ "name": "p", "version": "1" }],
            "datasets": [{ "dataset": { "name": "d", "digest": "1", "source_type": "x", "source": "y" } }],
            "models": [{ "model_id": "m" }],
            "model_id": self.model,
            "issue_id": self.issue,
            "description": "changed",
            "params": [{ "key": "k", "value": "changed" }],
            "view_type": "TRACES",
            "metric_name": "trace_count",
            "aggregations": [{ "aggregation_type": "COUNT" }],
            "dimensions": ["trace_name"],
            "filter_string1": "trace.status = 'OK'",
            "filter_string2": "trace.status = 'OK'",
            "span_ids": ["0000000000000001"],
            "path": "a.txt",
            "num_parts": 1,
            "model_json": "{\"artifact_path\": \"\", \"flavors\": {}, \"utc_time_created\": \"\", \"run_id\": \"\"}",
            "max_results": 100,
        });
        let more = json!({
            "records": "[{\"inputs\": {\"q\": \"changed\"}}]",
            "dataset_record_ids": ["dr-1"],
            "before": 1,
            "schema_id": schema,
            "queue_id": queue,
            "item_ids": [trace],
            "item_id": trace,
            "completed_by": "changed",
            "user": "changed",
        });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    }
}

/// The routes to test, without their duplicates under `/ajax-api`.
fn rows() -> Vec<RouteRow> {
    let mut rows: Vec<RouteRow> = route_table()
        .into_iter()
        .filter(|row| {
            !row.path.starts_with("/ajax-api/3")
                && !row.path.starts_with("/ajax-api/2.0/mlflow-")
                && (!row.path.starts_with("/ajax-api/") || is_for_browsers(&row.path))
        })
        .collect();
    // Routes that delete data come last.
    let order = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let at = |row: &RouteRow| {
        let deletes = row.path.contains("/delete") || row.path.ends_with("/update");
        (deletes, order.iter().position(|method| *method == row.method.as_str()))
    };
    rows.sort_by_key(at);
    rows
}

/// Whether there is no twin under `/api`.
fn is_for_browsers(path: &str) -> bool {
    path.ends_with("/get-trace-artifact") || path.ends_with("/upload-artifact")
}

fn words(access: RouteAccess) -> String {
    match access {
        RouteAccess::Open => "open".to_owned(),
        RouteAccess::AnyToken => "any token".to_owned(),
        RouteAccess::Scoped(scope) => scope.to_string(),
        RouteAccess::AllExperiments(scope) => format!("{scope}, for all experiments"),
    }
}

fn is_allowed(access: RouteAccess, scope: Scope, bound: bool) -> bool {
    let scopes: kansoku_model::Scopes = [scope].into_iter().collect();
    match access {
        RouteAccess::Open | RouteAccess::AnyToken => true,
        RouteAccess::Scoped(needed) => scopes.allow(needed),
        RouteAccess::AllExperiments(needed) => scopes.allow(needed) && !bound,
    }
}

#[test]
fn what_each_route_asks_of_its_caller_is_decided() {
    let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in route_table() {
        if row.support != Support::Refused && !row.path.starts_with("/ajax-api/") {
            table
                .entry(words(row.access))
                .or_default()
                .push(format!("{} {}", row.method, row.path));
        }
    }
    let section = |(access, mut routes): (String, Vec<String>)| {
        routes.sort();
        format!("{access}\n  {}", routes.join("\n  "))
    };
    assert_snapshot!(table.into_iter().map(section).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn no_route_serves_a_token_without_its_scope() {
    let server = TestServer::start();
    server.app.event_streams.stop();
    server.admin_token("boss", "boss").await;
    let own = place(&server, OWN, "tr-own", "mine").await;
    let mut tokens = Vec::new();
    for scope in Scope::ALL {
        for prefix in [None, Some("/own/")] {
            let bound = prefix.is_some();
            if bound && scope == Scope::Admin {
                continue;
            }
            let name = format!("{scope} {bound}").replace(' ', "-");
            server.token(&name, scope.as_str(), prefix).await;
            tokens.push((name, scope, bound));
        }
    }
    let router = kansoku_server::router(server.app.clone());
    let mut refusals = 0;
    for row in rows().iter().filter(|row| row.access != RouteAccess::Open) {
        let path = own.paths(row).remove(0);
        let method = || row.method.clone();
        let anonymous = Request::builder().method(method()).uri(&path);
        let reply = send_to(router.clone(), anonymous.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 401, "{} {path} without a token", row.method);
        for (token, scope, bound) in &tokens {
            // The body is empty, because only the scope matters here.
            let reply = ask_as(&router, token, method(), &path, json!({})).await;
            let is_refused = reply.status == 403;
            let what = format!("{} {path} by {token}: {reply}", row.method);
            if is_allowed(row.access, *scope, *bound) {
                let is_scope = reply.to_string().contains("may not do this");
                assert!(!is_scope && reply.status != 401, "{what}");
            } else {
                refusals += 1;
                assert!(
                    is_refused
                        && reply.json()["message"].as_str().unwrap().contains(token.as_str()),
                    "{what}"
                );
            }
        }
    }
    assert!(300 < refusals, "{refusals} refusals were seen");
}

/// The state of an experiment, as seen by an administrator.
async fn state(server: &TestServer, place: &Place) -> Vec<String> {
    let Place { experiment, trace, run, model, issue, dataset, schema, queue, .. } = place;
    let mut seen = Vec::new();
    for path in [
        format!("/api/2.0/mlflow/experiments/get?experiment_id={experiment}"),
        format!("/api/3.0/mlflow/traces/get?trace_id={trace}"),
        format!("/api/2.0/mlflow/runs/get?run_id={run}"),
        format!("/api/2.0/mlflow/logged-models/{model}?allow_deleted=true"),
        format!("/api/3.0/mlflow/issues/{issue}"),
        format!("/api/3.0/kansoku/experiments/{experiment}/views"),
        format!("/api/3.0/mlflow/datasets/{dataset}"),
        format!("/api/3.0/mlflow/datasets/{dataset}/records"),
        format!("/api/3.0/mlflow/label-schemas/get?schema_id={schema}"),
        format!("/api/3.0/mlflow/review-queues/list?experiment_id={experiment}"),
        format!("/api/3.0/mlflow/review-queues/items/list?queue_id={queue}"),
        format!("/api/3.0/kansoku/experiments/{experiment}/storage"),
        format!("/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/a.txt"),
        format!("/api/2.0/mlflow-artifacts/artifacts?path={experiment}/{run}/artifacts"),
        format!("/api/2.0/mlflow-artifacts/artifacts?path={experiment}/traces/{trace}/artifacts"),
    ] {
        let reply = server.ask_as("boss", Method::GET, &path, Value::Null).await;
        assert_eq!(reply.status, 200, "{path}: {reply}");
        seen.push(reply.to_string());
    }
    seen
}

#[tokio::test]
async fn no_route_shows_or_changes_a_foreign_experiment() {
    let server = TestServer::start();
    server.app.event_streams.stop();
    server.admin_token("boss", "boss").await;
    let foreign = place(&server, FOREIGN, "tr-foreign", SECRET).await;
    server.token("guest", "write", Some("/own/")).await;
    let before = state(&server, &foreign).await;
    let router = kansoku_server::router(server.app.clone());
    let mut answered = Vec::new();
    let mut requests = Vec::new();
    for row in rows().iter().filter(|row| row.access != RouteAccess::Open) {
        for path in foreign.paths(row) {
            requests.push((row.clone(), path));
        }
    }
    let body = |row: &RouteRow| match row.method == Method::GET {
        true => Value::Null,
        false => foreign.body(),
    };
    for (row, path) in &requests {
        let reply = ask_as(&router, "guest", row.method.clone(), path, body(row)).await;
        let (text, what) = (reply.to_string(), format!("{} {path}", row.method));
        assert!(
            !text.contains(SECRET) || path.contains(SECRET) && reply.status != 200,
            "{what}: {text}"
        );
        assert!(reply.status.as_u16() < 500 || reply.status == 501, "{what}: {text}");
        if reply.status.is_success() {
            answered.push(format!("{} {}", row.method, row.path));
        }
    }
    answered.sort();
    answered.dedup();
    assert_snapshot!(answered.join("\n"));
    assert_eq!(state(&server, &foreign).await, before);

    // An administrator gets results for the same requests; otherwise the test would prove nothing.
    let (mut shown, mut changed) = (0, 0);
    for (row, path) in &requests {
        if row.access == RouteAccess::AllExperiments(Scope::Admin) {
            continue;
        }
        let reply = ask_as(&router, "boss", row.method.clone(), path, body(row)).await;
        shown += usize::from(reply.status == 200 && reply.to_string().contains(SECRET));
        changed += usize::from(reply.status.is_success() && row.method != Method::GET);
    }
    assert!(30 < shown && 20 < changed, "{shown} answers showed it, {changed} requests changed it");
}

#[tokio::test]
async fn what_is_foreign_is_told_in_the_words_of_what_is_not_there() {
    let server = TestServer::start();
    server.admin_token("boss", "boss").await;
    let foreign = place(&server, FOREIGN, "tr-foreign", SECRET).await;
    server.token("guest", "write", Some("/own/")).await;
    let ask = async |method: Method, path: String, body: Value| {
        server.ask_as("guest", method, &path, body).await.to_string()
    };
    let Place {
        experiment,
        trace,
        run,
        model,
        issue,
        view,
        assessment,
        dataset,
        schema,
        queue,
        ..
    } = &foreign;
    let get = |path: &str| (Method::GET, path.to_owned(), Value::Null);
    let tag = json!({ "key": "note", "value": "x" });
    for (there, missing, (method, path, body)) in [
        (experiment.as_str(), "999", get("/api/2.0/mlflow/experiments/get?experiment_id=ID")),
        (
            FOREIGN,
            "/foreign/none",
            get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=ID"),
        ),
        (experiment, "999", get("/api/3.0/kansoku/experiments/ID/overview")),
        (trace, "tr-none", get("/api/3.0/mlflow/traces/get?trace_id=ID")),
        (trace, "tr-none", get("/api/3.0/kansoku/traces/ID/spans/tree")),
        (trace, "tr-none", get("/api/2.0/mlflow/traces/ID/credentials-for-data-download")),
        (trace, "tr-none", get(&format!("/api/3.0/mlflow/traces/ID/assessments/{assessment}"))),
        (
            trace,
            "tr-none",
            (Method::PATCH, "/api/3.0/mlflow/traces/ID/tags".to_owned(), tag.clone()),
        ),
        (
            trace,
            "tr-none",
            (Method::DELETE, "/api/3.0/mlflow/traces/ID/tags?key=note".to_owned(), tag),
        ),
        (run, "0".repeat(32).as_str(), get("/api/2.0/mlflow/runs/get?run_id=ID")),
        (model, "m-none", get("/api/2.0/mlflow/logged-models/ID")),
        (
            model,
            "m-none",
            (Method::DELETE, "/api/2.0/mlflow/logged-models/ID".to_owned(), json!({})),
        ),
        (issue, "iss-none", get("/api/3.0/mlflow/issues/ID")),
        (issue, "iss-none", (Method::PATCH, "/api/3.0/mlflow/issues/ID".to_owned(), json!({}))),
        (dataset, "d-none", get("/api/3.0/mlflow/datasets/ID")),
        (dataset, "d-none", get("/api/3.0/kansoku/datasets/ID/versions/1/records")),
        (schema, "ls-none", get("/api/3.0/mlflow/label-schemas/get?schema_id=ID")),
        (queue, "rq-none", get("/api/3.0/mlflow/review-queues/get?queue_id=ID")),
        (queue, "rq-none", get("/api/3.0/mlflow/review-queues/items/list?queue_id=ID")),
        (view, "v-none", (Method::DELETE, "/api/3.0/kansoku/views/ID".to_owned(), json!({}))),
    ] {
        let foreign = ask(method.clone(), path.replace("ID", there), body.clone()).await;
        let missing = ask(method, path.replace("ID", missing), body).await.replace(missing, there);
        assert_eq!(foreign, missing, "{path}");
        assert!(!foreign.starts_with("200"), "{path}: {foreign}");
    }
    assert_snapshot!(ask(Method::GET, format!("/api/2.0/mlflow/experiments/get?experiment_id={experiment}"), Value::Null).await, @r#"
    403 Forbidden
    {"error_code":"PERMISSION_DENIED","message":"token `guest` may not use experiment `1`"}
    "#);
}

#[tokio::test]
async fn lists_hold_the_own_experiments_alone_page_by_page() {
    let server = TestServer::start();
    server.admin_token("boss", "boss").await;
    for name in ["/own/1", "/foreign/1", "/own/2", "/foreign/2", "/own/3"] {
        let path = "/api/2.0/mlflow/experiments/create";
        server.ask_as("boss", Method::POST, path, json!({ "name": name })).await;
    }
    server.token("guest", "read", Some("/own/")).await;
    let (mut names, mut token) = (Vec::new(), Value::Null);
    loop {
        let mut body = json!({ "max_results": 1, "order_by": ["name ASC"] });
        if !token.is_null() {
            body["page_token"] = token;
        }
        let path = "/api/2.0/mlflow/experiments/search";
        let page = server.ask_as("guest", Method::POST, path, body).await.json();
        let found = page["experiments"].as_array().cloned().unwrap_or_default();
        names.extend(found.iter().map(|found| found["name"].as_str().unwrap().to_owned()));
        token = page["next_page_token"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(names, ["/own/1", "/own/2", "/own/3"]);
    let listed = server.ask_as("guest", Method::GET, "/api/3.0/kansoku/experiments", Value::Null);
    let listed = listed.await;
    assert_eq!(listed.json()["experiments"].as_array().unwrap().len(), 3, "{listed}");
}

fn otlp(trace: &str, experiment: Option<&str>) -> Value {
    let attributes = experiment
        .map(|name| json!([{ "key": "mlflow.experiment.name", "value": { "stringValue": name } }]));
    json!({ "resourceSpans": [{
        "resource": { "attributes": attributes.unwrap_or(json!([])) },
        "scopeSpans": [{ "spans": [{
            "traceId": trace, "spanId": "eee19b7ec3c1b174", "name": "x",
            "startTimeUnixNano": "1", "endTimeUnixNano": "2",
        }] }],
    }] })
}

async fn export(
    server: &TestServer,
    token: &str,
    named: Option<(&str, &str)>,
    body: Value,
) -> Reply {
    let mut request = Request::post("/v1/traces")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    if let Some((header, value)) = named {
        request = request.header(header, value);
    }
    server.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn an_agents_token_sends_traces_to_its_experiments_and_does_nothing_else() {
    let server = TestServer::start();
    server.admin_token("boss", "boss").await;
    let foreign = place(&server, FOREIGN, "tr-5b8efff798038103d269b633813fc60a", SECRET).await;
    server.token("agent", "ingest", Some("/own/")).await;
    let ask = async |method, path: &str, body| server.ask_as("agent", method, path, body).await;
    let create = "/api/2.0/mlflow/experiments/create";
    let refused = ask(Method::POST, create, json!({ "name": "/foreign/mine" })).await;
    assert_snapshot!(refused, @r#"
    403 Forbidden
    {"error_code":"PERMISSION_DENIED","message":"token `agent` may not use experiment `/foreign/mine`"}
    "#);
    let made = ask(Method::POST, create, json!({ "name": "/own/x" })).await;
    let own = made.json()["experiment_id"].as_str().unwrap().to_owned();
    let by_name = "/api/2.0/mlflow/experiments/get-by-name?experiment_name=/own/x";
    assert_eq!(ask(Method::GET, by_name, Value::Null).await.status, 200);

    // The requests of MLflow's clients for a trace: the info, the spans as a file, a tag.
    let info = |experiment: &str, trace: &str| {
        let location = json!({
            "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": experiment },
        });
        json!({ "trace": { "trace_info": trace_info(trace, json!({ "trace_location": location })) } })
    };
    let traces = "/api/3.0/mlflow/traces";
    assert_eq!(ask(Method::POST, traces, info(&own, "tr-a")).await.status, 200);
    let file =
        format!("/api/2.0/mlflow-artifacts/artifacts/{own}/traces/tr-a/artifacts/traces.json");
    let spans = json!({ "spans": [span(1, "root")] });
    assert_eq!(ask(Method::PUT, &file, spans.clone()).await.status, 200);
    let tag = json!({ "key": "k", "value": "v" });
    assert_eq!(ask(Method::PATCH, &format!("{traces}/tr-a/tags"), tag.clone()).await.status, 200);
    assert_eq!(ask(Method::GET, &format!("{traces}/tr-a"), Value::Null).await.status, 403);
    assert_eq!(ask(Method::GET, &file, Value::Null).await.status, 403);
    let other = format!("/api/2.0/mlflow-artifacts/artifacts/{own}/model.bin");
    assert_eq!(ask(Method::PUT, &other, json!("x")).await.status, 403);

    // Neither into another experiment, nor into a trace of another experiment.
    assert_eq!(ask(Method::POST, traces, info(&foreign.experiment, "tr-b")).await.status, 403);
    assert_eq!(ask(Method::POST, traces, info(&foreign.experiment, "tr-a")).await.status, 403);
    assert_eq!(ask(Method::POST, traces, info(&own, &foreign.trace)).await.status, 403);
    let onto = format!(
        "/api/2.0/mlflow-artifacts/artifacts/{own}/traces/{}/artifacts/traces.json",
        foreign.trace
    );
    assert_eq!(ask(Method::PUT, &onto, spans).await.status, 403);
    assert_eq!(
        ask(Method::PATCH, &format!("{traces}/{}/tags", foreign.trace), tag).await.status,
        404
    );

    // The requests of OpenTelemetry's exporters.
    let trace = "5b8efff798038103d269b633813fc60c";
    let by_header = ("x-mlflow-experiment-name", "/own/x");
    assert_eq!(export(&server, "agent", Some(by_header), otlp(trace, None)).await.status, 200);
    let by_id = ("x-mlflow-experiment-id", foreign.experiment.as_str());
    let refused = export(&server, "agent", Some(by_id), otlp(trace, None)).await;
    assert_eq!(refused.status, 403, "{refused}");
    // Access is denied even after another caller has resolved the name.
    let boss = ("x-mlflow-experiment-name", FOREIGN);
    assert_eq!(
        export(&server, "boss", Some(boss), otlp("5b8efff798038103d269b633813fc60d", None))
            .await
            .status,
        200
    );
    let refused = export(&server, "agent", Some(boss), otlp(trace, None)).await;
    assert_snapshot!(refused.json()["message"].as_str().unwrap(), @"token `agent` may not use experiment `/foreign/plans`");
    for (trace, experiment) in [
        (trace, None),
        (trace, Some(FOREIGN)),
        ("5b8efff798038103d269b633813fc60a", Some("/own/x")),
    ] {
        // Rejected: no experiment is named, a foreign one is named, or the trace exists in a
        // foreign experiment.
        let reply = export(&server, "agent", None, otlp(trace, experiment)).await;
        assert_eq!(reply.json()["partialSuccess"]["rejectedSpans"], "1", "{reply}");
    }
    let reply =
        export(&server, "agent", None, otlp("5b8efff798038103d269b633813fc60e", Some("/own/new")))
            .await;
    assert_eq!(reply.json(), json!({}));
}

#[tokio::test]
async fn a_token_for_one_experiment_needs_no_word_where_its_traces_go() {
    let server = TestServer::start();
    server.admin_token("boss", "boss").await;
    let path = "/api/3.0/kansoku/tokens";
    let body = json!({ "name": "agent", "scopes": ["ingest"], "experiments": ["/Shared/only"] });
    let made = server.ask_as("boss", Method::POST, path, body).await.json();
    let secret = made["token"].as_str().unwrap();
    let sent = export(&server, secret, None, otlp("5b8efff798038103d269b633813fc60c", None)).await;
    assert_eq!(sent.json(), json!({}));
    let trace = "/api/3.0/mlflow/traces/tr-5b8efff798038103d269b633813fc60c";
    let stored = server.ask_as("boss", Method::GET, trace, Value::Null).await.json();
    let experiment = &stored["trace"]["trace_info"]["trace_location"]["mlflow_experiment"];
    assert_eq!(experiment["experiment_id"], "1");
}

#[tokio::test]
async fn feedback_is_given_by_a_token_that_may() {
    let server = TestServer::start();
    server.admin_token("boss", "boss").await;
    let own = place(&server, OWN, "tr-own", "mine").await;
    let foreign = place(&server, FOREIGN, "tr-foreign", SECRET).await;
    server.token("agent", "ingest,feedback", Some("/own/")).await;
    server.token("sender", "ingest", Some("/own/")).await;
    let give = async |token, place: &Place| {
        let path = format!("/api/3.0/mlflow/traces/{}/assessments", place.trace);
        server.ask_as(token, Method::POST, &path, place.body()).await.status.as_u16()
    };
    assert_eq!((give("agent", &own).await, give("sender", &own).await), (200, 403));
    assert_eq!(give("agent", &foreign).await, 404);
}

/// The `grpc-status` of an empty export.
async fn grpc_status(server: &TestServer, token: &str, experiment: Option<&str>) -> String {
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let mut request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/grpc");
    if let Some(experiment) = experiment {
        request = request.header("x-mlflow-experiment-id", experiment);
    }
    let response = tower::ServiceExt::oneshot(
        kansoku_server::router(server.app.clone()),
        request.body(Body::from(vec![0_u8; 5])).unwrap(),
    );
    let (parts, body) = response.await.unwrap().into_parts();
    let body = http_body_util::BodyExt::collect(body).await.unwrap();
    let status = parts.headers.get("grpc-status").cloned();
    let status = status.or_else(|| body.trailers().and_then(|t| t.get("grpc-status")).cloned());
    status.map_or_else(|| "none".to_owned(), |status| status.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_same_holds_over_grpc() {
    let server = TestServer::start();
    server.admin_token("boss", "boss").await;
    let own = place(&server, OWN, "tr-own", "mine").await;
    let foreign = place(&server, FOREIGN, "tr-foreign", SECRET).await;
    server.token("agent", "ingest", Some("/own/")).await;
    server.token("reader", "read", None).await;
    let (own, foreign) = (Some(own.experiment.as_str()), Some(foreign.experiment.as_str()));
    assert_eq!(grpc_status(&server, "nobody", own).await, "16");
    assert_eq!(grpc_status(&server, "reader", own).await, "7");
    assert_eq!(grpc_status(&server, "agent", own).await, "0");
    assert_eq!(grpc_status(&server, "agent", foreign).await, "7");
    assert_eq!(grpc_status(&server, "boss", foreign).await, "0");
}
