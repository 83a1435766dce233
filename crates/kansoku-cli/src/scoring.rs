//! Gives the server what runs scorers.
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use kansoku_model::{Backfill, Clock as _, DurationMs, ExperimentId, SystemClock, TraceId};
use kansoku_pricing::PriceList;
use kansoku_scoring::checks::{CATALOG, Check};
use kansoku_scoring::models::{ModelClients, ModelUri};
use kansoku_scoring::{AnswerLog, JudgeModels, LiveScoring, Scorer};
use kansoku_server::{ScorerKind, ScorerModel, ScorerRunner, ScorerTrial};
use kansoku_sqlite::SqliteStore;
use kansoku_store::{StoreError, TraceStore};
use serde_json::{Value, json};

use crate::config::Settings;
use crate::data;

/// Live scoring of a store. Fails if an endpoint of the settings is invalid or has no key.
pub(crate) fn live_scoring(
    settings: &Settings,
    prices: Arc<PriceList>,
    traces: Arc<dyn TraceStore>,
    store: Arc<SqliteStore>,
) -> anyhow::Result<Arc<LiveScoring>> {
    let environment = |name: &str| std::env::var(name).ok();
    let clients = ModelClients::new(settings.endpoints.0.clone(), environment)
        .context("an endpoint of the settings cannot be used")?;
    let default = settings.judge_model.clone();
    let models = JudgeModels { clients, default, prices };
    if let Some(uri) = &models.default {
        models.clients.client(uri).context("`judge_model` cannot be asked")?;
    }
    let clock = Arc::new(SystemClock);
    let idle = DurationMs(i64::from(settings.session_idle_s) * 1_000);
    let path = data::judge_answers(&settings.data);
    let answers = AnswerLog::open(&path, clock.now())
        .with_context(|| format!("could not open {}", path.display()))?;
    let meta = store.clone();
    let live = LiveScoring::new(traces, meta, store, models, answers, clock, idle);
    Ok(Arc::new(match settings.judge_traces {
        true => live.with_judge_traces(),
        false => live,
    }))
}

/// Runs scorers for the routes of the server.
pub(crate) struct Runner(pub(crate) Arc<LiveScoring>);

#[async_trait]
impl ScorerRunner for Runner {
    fn kind(&self, serialized: &str) -> Result<ScorerKind, String> {
        match Scorer::parse(serialized).map_err(|error| error.to_string())? {
            Scorer::Check(_) => Ok(ScorerKind::Check),
            Scorer::Python { .. } => Ok(ScorerKind::Python),
            Scorer::Judge(judge) => {
                let (_, client) = self.0.models().of_judge(&judge)?;
                let model = judge.model_uri().map_err(|error| error.to_string())?;
                let model = model.map(|uri| uri.to_string());
                Ok(ScorerKind::Judge {
                    model,
                    is_session_level: judge.is_session_level(),
                    is_price_known: self.0.models().is_price_known(&client, SystemClock.now()),
                })
            }
        }
    }

    fn validate_check(&self, definition: &Value) -> Result<(), String> {
        Check::parse(definition).map(drop).map_err(|error| error.to_string())
    }

    fn check_types(&self) -> Value {
        json!(CATALOG)
    }

    fn models(&self) -> Vec<ScorerModel> {
        let models = self.0.models();
        let listed = models.clients.endpoints().map(|endpoint| {
            let uri = ModelUri::Endpoint(endpoint.name().to_owned());
            ScorerModel {
                is_default: models.default.as_ref() == Some(&uri),
                uri: uri.to_string(),
                provider: endpoint.settings().provider.name().to_owned(),
                model: endpoint.settings().model.clone(),
            }
        });
        listed.collect()
    }

    async fn try_scorer(
        &self,
        serialized: &str,
        trace: &TraceId,
    ) -> Result<Vec<ScorerTrial>, StoreError> {
        let Ok(scorer) = Scorer::parse(serialized) else { return Ok(Vec::new()) };
        let feedback = self.0.try_scorer(Arc::new(scorer), trace).await?;
        let trials = feedback.into_iter().map(|(name, feedback)| ScorerTrial {
            name,
            value: feedback.value,
            rationale: feedback.rationale,
            error: feedback.error,
        });
        Ok(trials.collect())
    }

    async fn retry_failures(
        &self,
        experiment: ExperimentId,
        scorer: &str,
        ids: Option<&[String]>,
    ) -> Result<usize, StoreError> {
        self.0.retry_failures(experiment, scorer, ids).await
    }

    async fn rescore(
        &self,
        experiment: ExperimentId,
        scorer: &str,
        traces: &[TraceId],
    ) -> Result<usize, StoreError> {
        self.0.rescore(experiment, scorer, traces).await
    }

    fn wake_backfills(&self) {
        self.0.wake_backfills();
    }

    async fn count_waiting(&self, backfill: &Backfill) -> Result<u64, StoreError> {
        self.0.count_waiting(backfill).await
    }

    async fn record_gauges(&self) -> Result<(), StoreError> {
        self.0.record_gauges().await
    }

    fn queue(&self) -> &'static str {
        kansoku_scoring::JUDGEMENTS
    }
}
