//! Gives the server what runs scorers.
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use kansoku_model::{SystemClock, TraceId};
use kansoku_scoring::checks::{CATALOG, Check};
use kansoku_scoring::models::{ModelClients, ModelUri};
use kansoku_scoring::{JudgeModels, LiveScoring, Scorer};
use kansoku_server::{ScorerKind, ScorerModel, ScorerRunner, ScorerTrial};
use kansoku_sqlite::SqliteStore;
use kansoku_store::StoreError;
use serde_json::{Value, json};

use crate::config::Settings;

/// Live scoring of a store. Fails if an endpoint of the settings is invalid or has no key.
pub(crate) fn live_scoring(
    settings: &Settings,
    store: Arc<SqliteStore>,
) -> anyhow::Result<Arc<LiveScoring>> {
    let environment = |name: &str| std::env::var(name).ok();
    let clients = ModelClients::new(settings.endpoints.0.clone(), environment)
        .context("an endpoint of the settings cannot be used")?;
    let default = settings.judge_model.clone();
    let models = JudgeModels { clients, default };
    if let Some(uri) = &models.default {
        models.clients.client(uri).context("`judge_model` cannot be asked")?;
    }
    let clock = Arc::new(SystemClock);
    Ok(Arc::new(LiveScoring::new(store.clone(), store.clone(), store, models, clock)))
}

/// Runs scorers for the routes of the server.
pub(crate) struct Runner(pub(crate) Arc<LiveScoring>);

#[async_trait]
impl ScorerRunner for Runner {
    fn kind(&self, serialized: &str) -> Result<ScorerKind, String> {
        match Scorer::parse(serialized).map_err(|error| error.to_string())? {
            Scorer::Check(_) => Ok(ScorerKind::Check),
            Scorer::Judge(judge) => {
                self.0.models().of_judge(&judge)?;
                if judge.is_session_level() {
                    return Err("judges of whole sessions are not run on live traces".to_owned());
                }
                let model = judge.model_uri().map_err(|error| error.to_string())?;
                Ok(ScorerKind::Judge { model: model.map(|uri| uri.to_string()) })
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

    fn queue(&self) -> &'static str {
        kansoku_scoring::JUDGEMENTS
    }
}
