//! A store whose traces are scored, and the model of its judges.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use kansoku_mlflow::scorer::serialized_check;
use kansoku_model::{Assessment, Clock, DurationMs, ExperimentId, TimestampMs};
use kansoku_pricing::PriceList;
use kansoku_scoring::models::{EndpointPrice, EndpointSettings, ModelClients, ModelUri, Provider};
use kansoku_scoring::{AnswerLog, JudgeModels, LiveScoring};
use kansoku_sqlite::{SqliteStore, StoreOptions};
use kansoku_store::suite::build::{SpanSpec, batch, span, trace_id};
use kansoku_store::{ScorerStore as _, TraceReads as _, TraceWrites as _};
use serde_json::{Value, json};

use crate::model_server::ModelServer;

pub(crate) const HERE: ExperimentId = ExperimentId::DEFAULT;
pub(crate) const SESSION_IDLE: DurationMs = DurationMs(300_000);

/// A clock that stands still until a test advances it.
#[derive(Clone)]
struct TestClock(Arc<AtomicI64>);

impl Clock for TestClock {
    fn now(&self) -> TimestampMs {
        TimestampMs(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct World {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) live: Arc<LiveScoring>,
    pub(crate) model: ModelServer,
    endpoint: EndpointSettings,
    clock: TestClock,
    folder: tempfile::TempDir,
}

fn open(folder: &Path, clock: &TestClock) -> Arc<SqliteStore> {
    let clock = Arc::new(clock.clone());
    let options = StoreOptions { readers: 2, clock, ..StoreOptions::default() };
    Arc::new(SqliteStore::open(&folder.join("kansoku.db"), options).unwrap())
}

fn live(
    store: &Arc<SqliteStore>,
    folder: &Path,
    endpoint: &EndpointSettings,
    clock: &TestClock,
) -> LiveScoring {
    let endpoints = BTreeMap::from([("judge".to_owned(), endpoint.clone())]);
    let models = JudgeModels {
        clients: ModelClients::new(endpoints, |_| None).unwrap(),
        default: Some(ModelUri::parse("gateway:/judge").unwrap()),
        prices: Arc::new(PriceList::bundled()),
    };
    let clock = Arc::new(clock.clone());
    let answers = AnswerLog::open(&folder.join("answers"), clock.now()).unwrap();
    let (traces, meta) = (store.clone(), store.clone());
    LiveScoring::new(traces, meta, store.clone(), models, answers, clock, SESSION_IDLE)
}

fn live_with_traces(
    store: &Arc<SqliteStore>,
    folder: &Path,
    endpoint: &EndpointSettings,
    clock: &TestClock,
) -> Arc<LiveScoring> {
    Arc::new(live(store, folder, endpoint, clock).with_judge_traces())
}

fn yes() -> String {
    json!({"result": "yes", "rationale": "Because."}).to_string()
}

impl World {
    pub(crate) async fn with_model(model: ModelServer) -> Self {
        let endpoint = model.settings(Provider::OpenAiCompatible);
        Self::with_endpoint(model, endpoint).await
    }

    /// The tokens of the model have prices, in dollars per million.
    pub(crate) async fn with_price(input: f64, output: f64) -> Self {
        let model = ModelServer::saying(&[&yes()]).await;
        let price = Some(EndpointPrice { input, output });
        let endpoint = EndpointSettings { price, ..model.settings(Provider::OpenAiCompatible) };
        Self::with_endpoint(model, endpoint).await
    }

    pub(crate) async fn with_endpoint(model: ModelServer, endpoint: EndpointSettings) -> Self {
        let clock = TestClock(Arc::new(AtomicI64::new(1_700_000_000_000)));
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path(), &clock);
        let live = live_with_traces(&store, folder.path(), &endpoint, &clock);
        Self { store, live, model, endpoint, clock, folder }
    }

    /// The model answers each question with `yes`.
    pub(crate) async fn new() -> Self {
        Self::with_model(ModelServer::saying(&[&yes()]).await).await
    }

    /// The same folder in another process.
    pub(crate) async fn restart(self) -> Self {
        let Self { store, live: old, model, endpoint, clock, folder } = self;
        store.close().await;
        drop((store, old));
        let store = open(folder.path(), &clock);
        let live = live_with_traces(&store, folder.path(), &endpoint, &clock);
        Self { store, live, model, endpoint, clock, folder }
    }

    /// From now on, the calls of judges are not stored as traces.
    pub(crate) fn without_judge_traces(self) -> Self {
        let folder = self.folder.path();
        let live = Arc::new(live(&self.store, folder, &self.endpoint, &self.clock));
        Self { live, ..self }
    }

    /// The file of answers that are not stored as feedback yet.
    pub(crate) fn kept_answers(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("answers")).unwrap()
    }

    pub(crate) fn now(&self) -> TimestampMs {
        self.clock.now()
    }

    pub(crate) fn advance_ms(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// Lets traces settle, and scores what is due.
    pub(crate) async fn score(&self) {
        self.advance_ms(1_000);
        self.live.score_due().await.unwrap();
    }

    pub(crate) async fn check(&self, name: &str, definition: Value) {
        let serialized = serialized_check(name, &definition);
        self.store.register_scorer(HERE, name, &serialized).await.unwrap();
        self.start(name, 1.0, None).await;
    }

    /// A judge that asks the default model.
    pub(crate) async fn judge(&self, name: &str) {
        self.judge_with(name, "Is {{ outputs }} good?").await;
    }

    /// A judge with these instructions.
    pub(crate) async fn judge_with(&self, name: &str, instructions: &str) {
        self.judge_in(HERE, name, instructions).await;
    }

    pub(crate) async fn judge_in(&self, experiment: ExperimentId, name: &str, instructions: &str) {
        let judge = json!({
            "name": name,
            "is_session_level_scorer": instructions.contains("{{ conversation }}"),
            "instructions_judge_pydantic_data": {
                "instructions": instructions,
                "model": "gateway:/judge",
            },
        });
        self.store.register_scorer(experiment, name, &judge.to_string()).await.unwrap();
        self.store.set_online_scoring(experiment, name, 1.0, None).await.unwrap();
    }

    pub(crate) async fn start(&self, name: &str, rate: f64, filter: Option<&str>) {
        let filter = filter.map(str::to_owned);
        self.store.set_online_scoring(HERE, name, rate, filter).await.unwrap();
    }

    /// A trace that ends with this answer.
    pub(crate) async fn trace(&self, number: u64, answer: &str) {
        let root = span(number, 1, None, 0, 20)
            .name("agent")
            .attribute("mlflow.spanInputs", r#"{"question":"why?"}"#)
            .attribute("mlflow.spanOutputs", &json!(answer).to_string());
        self.append(root).await;
    }

    /// A trace of a session that starts at this second.
    pub(crate) async fn turn(&self, number: u64, session: &str, second: u64, answer: &str) {
        let start = second * 1_000;
        let root = span(number, 1, None, start, start + 20)
            .name("agent")
            .attribute("mlflow.spanInputs", &json!(format!("question {number}")).to_string())
            .attribute("mlflow.spanOutputs", &json!(answer).to_string())
            .attribute("session.id", session);
        self.append(root).await;
    }

    pub(crate) async fn append(&self, spec: SpanSpec) {
        self.store.append(HERE, batch([spec])).await.unwrap();
    }

    pub(crate) async fn assessments(&self, number: u64) -> Vec<Assessment> {
        self.store.info(&trace_id(number)).await.unwrap().assessments
    }

    /// The values of a trace's feedback by name, in the order of the names.
    pub(crate) async fn feedback(&self, number: u64) -> Vec<(String, String)> {
        let assessments = self.assessments(number).await.into_iter();
        let mut found: Vec<_> = assessments
            .map(|it| (it.assessment_name, it.value.json().unwrap_or_else(|| "error".to_owned())))
            .collect();
        found.sort();
        found
    }
}
