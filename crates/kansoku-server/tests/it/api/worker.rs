//! The jobs of Python scorers: leased, read and answered as a worker does.
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use kansoku_model::{Assessment, DurationMs, ExperimentId};
use kansoku_pricing::PriceList;
use kansoku_scoring::models::ModelClients;
use kansoku_scoring::{AnswerLog, JudgeModels, LiveScoring, PYTHON_JOBS};
use kansoku_server::{PythonJob, PythonJobs};
use kansoku_store::{JobId, StoreError};
use serde_json::{Value, json};

use crate::fixtures::{TRACE, span};
use crate::test_server::{Reply, TestServer};

const JOBS: &str = "/api/3.0/kansoku/worker/jobs";
const REGISTER: &str = "/api/3.0/mlflow/scorers/register";
const ONLINE: &str = "/api/3.0/mlflow/scorers/online-config";

/// The queue as the binary gives it to the server.
struct Jobs(Arc<LiveScoring>);

#[async_trait]
impl PythonJobs for Jobs {
    fn queue(&self) -> &'static str {
        PYTHON_JOBS
    }

    fn has_worker(&self) -> bool {
        self.0.has_python_worker()
    }

    async fn lease(
        &self,
        lease: DurationMs,
        except: Vec<String>,
    ) -> Result<Option<PythonJob>, StoreError> {
        Ok(self.0.lease_python_job(lease, except).await?.map(leased_job))
    }

    fn leased(&self, job: &JobId) -> Option<PythonJob> {
        self.0.leased_python_job(job).map(leased_job)
    }

    async fn answer(&self, job: &JobId, feedback: Vec<Assessment>) -> Result<bool, StoreError> {
        self.0.answer_python_job(job, feedback).await
    }

    async fn give_back(&self, job: &JobId) -> Result<bool, StoreError> {
        self.0.give_back_python_job(job).await
    }
}

fn leased_job(job: kansoku_scoring::PythonJob) -> PythonJob {
    PythonJob {
        trace: job.trace_id().clone(),
        session_id: job.session_id().map(str::to_owned),
        id: job.id,
        scorer: job.version,
        traces: job.traces,
        until: job.until,
    }
}

/// A server with an active Python scorer `mine`.
struct World {
    server: TestServer,
    live: Arc<LiveScoring>,
}

impl World {
    async fn new() -> Self {
        let mut server = TestServer::start();
        let (store, clock) = (server.access.clone(), Arc::new(server.clock.clone()));
        let clients = ModelClients::new(BTreeMap::new(), |_| None).unwrap();
        let prices = Arc::new(PriceList::bundled());
        let models = JudgeModels { clients, default: None, prices };
        let (traces, meta, answers) = (store.clone(), store.clone(), AnswerLog::in_memory());
        let idle = DurationMs(1_000);
        let live = LiveScoring::new(traces, meta, store, models, answers, clock, idle);
        let live = Arc::new(live);
        server.app.python_jobs = Some(Arc::new(Jobs(live.clone())));
        let world = Self { server, live };
        let registered = world.register(&python()).await;
        assert_eq!(registered.status, 200, "{registered}");
        let store = &world.server.app.meta;
        store.set_online_scoring(ExperimentId::DEFAULT, "mine", 1.0, None).await.unwrap();
        world
    }

    async fn register(&self, serialized: &Value) -> Reply {
        let serialized = serialized.to_string();
        let body = json!({ "experiment_id": "0", "name": "mine", "serialized_scorer": serialized });
        self.server.post(REGISTER, body).await
    }

    /// A trace that ends and waits for the scorer.
    async fn trace(&self) {
        assert_eq!(self.server.start_trace(TRACE, json!({})).await.status, 200);
        assert_eq!(self.server.upload_spans(TRACE, json!([span(1, "agent")])).await.status, 200);
        self.server.clock.advance_ms(1_000);
        self.live.score_due().await.unwrap();
    }

    async fn lease(&self) -> Value {
        let reply = self.server.post(&format!("{JOBS}/lease"), json!({ "lease_s": 60 })).await;
        assert_eq!(reply.status, 200, "{reply}");
        reply.json()["job"].clone()
    }

    /// The id of a leased job.
    async fn lease_id(&self) -> String {
        self.lease().await["job_id"].as_str().expect("a job").to_owned()
    }

    async fn answer(&self, job: &str, feedback: Value) -> Reply {
        let body = json!({ "feedback": feedback });
        self.server.post(&format!("{JOBS}/{job}/feedback"), body).await
    }

    async fn assessments(&self) -> Vec<Value> {
        let reply = self.server.get(&format!("/api/3.0/mlflow/traces/{TRACE}")).await.json();
        let given = &reply["trace"]["trace_info"]["assessments"];
        given.as_array().cloned().unwrap_or_default()
    }
}

fn python() -> Value {
    json!({
        "name": "mine",
        "call_source": "return len(outputs) < 9",
        "call_signature": "(outputs)",
        "original_func_name": "mine",
        "instructions_judge_pydantic_data": null,
    })
}

fn feedback(name: &str, value: Value) -> Value {
    json!({
        "assessment_name": name,
        "source": { "source_type": "CODE", "source_id": "mine" },
        "feedback": { "value": value },
        "rationale": "It is short.",
    })
}

#[tokio::test]
async fn a_worker_leases_a_job_reads_its_trace_and_answers() {
    let world = World::new().await;
    assert_eq!(world.lease().await, Value::Null);
    world.trace().await;
    let job = world.lease().await;
    assert_eq!(job["serialized_scorer"], python().to_string());
    assert_eq!((&job["scorer_name"], &job["trace_ids"]), (&json!("mine"), &json!([TRACE])));
    assert_eq!(job["session_id"], Value::Null);
    assert_eq!(job["lease_end_ms"], 1_700_000_001_000_i64 + 60_000);
    assert_eq!(world.lease().await, Value::Null, "it is leased");
    let id = job["job_id"].as_str().unwrap();
    let trace = world.server.get(&format!("{JOBS}/{id}/traces/{TRACE}")).await.json();
    assert_eq!(trace["info"]["trace_id"], TRACE);
    assert_eq!(trace["data"]["spans"][0]["name"], "agent");
    let other = world.server.get(&format!("{JOBS}/{id}/traces/tr-other")).await;
    assert_eq!(other.status, 404, "{other}");
    assert!(other.json()["message"].as_str().unwrap().contains("`trace_ids`"), "{other}");

    let given = json!([feedback("mine", json!(true)), feedback("other", json!(0.5))]);
    assert_eq!(world.answer(id, given).await.json(), json!({}));
    let stored = world.assessments().await;
    let values: Vec<_> =
        stored.iter().map(|it| (&it["assessment_name"], &it["feedback"]["value"])).collect();
    assert_eq!(values, [(&json!("mine"), &json!(true)), (&json!("other"), &json!(0.5))]);
    assert_eq!(stored[0]["rationale"], "It is short.");
    assert_eq!(stored[0]["span_id"], "0000000000000001");
    let metadata = json!({
        "mlflow.assessment.scorerName": "mine", "mlflow.assessment.scorerVersion": "1",
    });
    assert_eq!(stored[0]["metadata"], metadata);

    let late = world.answer(id, json!([feedback("mine", json!(false))])).await;
    assert_eq!(late.status, 404);
    assert_eq!(world.assessments().await, stored);
}

#[tokio::test]
async fn a_lease_that_ends_or_is_given_back_is_another_workers() {
    let world = World::new().await;
    world.trace().await;
    let first = world.lease_id().await;
    world.server.clock.advance_ms(60_000);
    let ended = world.answer(&first, json!([])).await;
    assert_eq!(ended.status, 404, "{ended}");
    assert_eq!(world.lease_id().await, first);
    let path = format!("{JOBS}/{first}/give-back");
    assert_eq!(world.server.post(&path, json!({})).await.status, 200);
    assert_eq!(world.server.post(&path, json!({})).await.status, 404);
    assert_eq!(world.lease_id().await, first);
    assert_eq!(world.answer(&first, json!([])).await.status, 200);
    assert!(world.assessments().await.is_empty());
    assert_eq!(world.lease().await, Value::Null);
}

#[tokio::test]
async fn what_a_worker_may_not_answer_is_refused_and_the_job_stays() {
    let world = World::new().await;
    world.trace().await;
    let job = world.lease_id().await;
    let mut expectation = feedback("mine", json!(true));
    expectation["feedback"].take();
    expectation["expectation"] = json!({ "value": 1 });
    let long = |chars: usize| json!([feedback("mine", json!("x".repeat(chars)))]);
    let many = |count: usize| json!(vec![feedback("mine", json!(true)); count]);
    for (given, why) in [
        (json!(["x"]), "`feedback` must be a list of objects"),
        (json!([{}]), "assessment_name"),
        (json!([{ "assessment_name": "mine" }]), "Unknown assessment type"),
        (json!([feedback(&"n".repeat(251), json!(1))]), "'assessment_name' exceeds"),
        (json!([expectation]), "a scorer gives feedback, and no expectations or issues"),
        (long(64 << 10), "feedback is at most 64 KiB long"),
        (many(51), "`feedback` has more than 50 entries"),
    ] {
        let refused = world.answer(&job, given).await;
        assert_eq!(refused.status, 400, "{refused}");
        assert!(refused.json()["message"].as_str().unwrap().contains(why), "{why}: {refused}");
    }
    assert_eq!(world.answer("x", many(1)).await.status, 404);
    assert!(world.assessments().await.is_empty());

    let mut forged = feedback("mine", json!("x".repeat(60_000)));
    forged["source"] = json!({ "source_type": "HUMAN", "source_id": "boss" });
    forged["assessment_id"] = json!("a-mine");
    forged["overrides"] = json!("a-other");
    forged["metadata"] = json!({ "mlflow.assessment.scorerName": "other", "k": "v" });
    let mut given = vec![feedback("mine", json!(1)); 49];
    given.push(forged);
    let given = json!(given);
    assert_eq!(world.answer(&job, given).await.status, 200);
    let stored = world.assessments().await;
    assert_eq!(stored.len(), 50);
    let first = stored.iter().find(|it| it["metadata"]["k"] == "v").unwrap();
    assert_eq!(first["source"], json!({ "source_type": "CODE", "source_id": "mine" }));
    assert_eq!(first["metadata"]["mlflow.assessment.scorerName"], "mine");
    assert!(first["assessment_id"] != "a-mine" && first.get("overrides").is_none());
}

#[tokio::test]
async fn a_request_for_a_job_has_limits() {
    let world = World::new().await;
    let ids = |count: usize| vec!["x"; count];
    for (body, status) in [
        (json!({ "wait_s": 31 }), 400),
        (json!({ "lease_s": 9 }), 400),
        (json!({ "lease_s": 3601 }), 400),
        (json!({ "except_scorers": ids(101) }), 400),
        (json!({ "lease_s": 10, "except_scorers": ids(100) }), 200),
        (json!({ "lease_s": 3600 }), 200),
    ] {
        let reply = world.server.post(&format!("{JOBS}/lease"), body.clone()).await;
        assert_eq!(reply.status, status, "{body}: {reply}");
    }
}

#[tokio::test]
async fn a_request_waits_for_a_job_until_the_server_stops() {
    let world = World::new().await;
    let path = format!("{JOBS}/lease");
    let waiting = world.server.post(&path, json!({ "wait_s": 30 }));
    let (leased, ()) = tokio::join!(waiting, world.trace());
    assert_eq!(leased.json()["job"]["trace_ids"], json!([TRACE]));
    let waiting = world.server.post(&path, json!({ "wait_s": 30 }));
    let (ended, ()) = tokio::join!(waiting, async { world.server.app.event_streams.stop() });
    assert_eq!(ended.json(), json!({ "job": null }));
}

#[tokio::test]
async fn jobs_of_busy_scorers_are_left_out() {
    let world = World::new().await;
    world.trace().await;
    let job = world.lease().await;
    let path = format!("{JOBS}/{}/give-back", job["job_id"].as_str().unwrap());
    world.server.post(&path, json!({})).await;
    let body = json!({ "except_scorers": [job["scorer_id"]] });
    let reply = world.server.post(&format!("{JOBS}/lease"), body).await;
    assert_eq!(reply.json()["job"], Value::Null);
    assert_eq!(world.lease().await["job_id"], job["job_id"]);
}

#[tokio::test]
async fn a_worker_may_do_its_work_and_nothing_else() {
    let world = World::new().await;
    let server = &world.server;
    server.admin_token("boss", "boss").await;
    server.token("works", "worker", None).await;
    server.token("bound", "worker", Some("Default")).await;
    server.token("writes", "write", None).await;
    let ask = async |token, method, path: &str| {
        server.ask_as(token, method, path, json!({})).await.status.as_u16()
    };
    let lease = format!("{JOBS}/lease");
    for (token, status) in [("works", 200), ("boss", 200), ("bound", 403), ("writes", 403)] {
        assert_eq!(ask(token, Method::POST, &lease).await, status, "{token}");
    }
    let trace = format!("/api/3.0/mlflow/traces/{TRACE}");
    assert_eq!(ask("works", Method::GET, &trace).await, 403);
    assert_eq!(ask("works", Method::POST, &format!("{trace}/assessments")).await, 403);
    assert_eq!(ask("works", Method::PUT, ONLINE).await, 403);
}

#[tokio::test]
async fn clients_that_list_scorers_get_no_code() {
    let world = World::new().await;
    let get = async |call: &str| {
        let path = format!("/api/3.0/mlflow/scorers/{call}experiment_id=0");
        world.server.get(&path).await.json()
    };
    assert_eq!(get("list?").await, json!({}));
    let mine = get("get?name=mine&").await;
    assert_eq!(mine["scorer"]["serialized_scorer"], python().to_string());
    for (field, value) in [
        ("call_signature", json!(null)),
        ("original_func_name", json!(" ")),
        ("call_source", json!(7)),
    ] {
        let mut incomplete = python();
        incomplete[field] = value;
        assert_eq!(world.register(&incomplete).await.status, 400, "{field}");
    }
}
