//! A store whose traces are scored, and the model of its judges.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use kansoku_mlflow::scorer::serialized_check;
use kansoku_model::{Assessment, Clock, ExperimentId, TimestampMs};
use kansoku_scoring::models::{EndpointSettings, ModelClients, ModelUri, Provider};
use kansoku_scoring::{JudgeModels, LiveScoring};
use kansoku_sqlite::{SqliteStore, StoreOptions};
use kansoku_store::suite::build::{SpanSpec, batch, span, trace_id};
use kansoku_store::{ScorerStore as _, TraceReads as _, TraceWrites as _};
use serde_json::{Value, json};

use crate::model_server::ModelServer;

pub(crate) const HERE: ExperimentId = ExperimentId::DEFAULT;

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
    endpoint: &EndpointSettings,
    clock: &TestClock,
) -> Arc<LiveScoring> {
    let endpoints = BTreeMap::from([("judge".to_owned(), endpoint.clone())]);
    let models = JudgeModels {
        clients: ModelClients::new(endpoints, |_| None).unwrap(),
        default: Some(ModelUri::parse("gateway:/judge").unwrap()),
    };
    let clock = Arc::new(clock.clone());
    Arc::new(LiveScoring::new(store.clone(), store.clone(), store.clone(), models, clock))
}

impl World {
    pub(crate) async fn with_model(model: ModelServer) -> Self {
        let clock = TestClock(Arc::new(AtomicI64::new(1_700_000_000_000)));
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path(), &clock);
        let endpoint = model.settings(Provider::OpenAiCompatible);
        let live = live(&store, &endpoint, &clock);
        Self { store, live, model, endpoint, clock, folder }
    }

    /// The model answers each question with `yes`.
    pub(crate) async fn new() -> Self {
        let yes = json!({"result": "yes", "rationale": "Because."}).to_string();
        Self::with_model(ModelServer::saying(&[&yes]).await).await
    }

    /// The same folder in another process.
    pub(crate) async fn restart(self) -> Self {
        let Self { store, live: old, model, endpoint, clock, folder } = self;
        store.close().await;
        drop((store, old));
        let store = open(folder.path(), &clock);
        let live = live(&store, &endpoint, &clock);
        Self { store, live, model, endpoint, clock, folder }
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
        let judge = json!({
            "name": name,
            "is_session_level_scorer": false,
            "instructions_judge_pydantic_data": {
                "instructions": "Is {{ outputs }} good?",
                "model": "gateway:/judge",
            },
        });
        self.store.register_scorer(HERE, name, &judge.to_string()).await.unwrap();
        self.start(name, 1.0, None).await;
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
