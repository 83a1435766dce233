//! The scorers of an experiment with their state.
use axum::Json;
use kansoku_mlflow::scorer::{check_definition, judge_instructions};
use kansoku_model::{ExperimentId, ScorerVersion};
use kansoku_store::{
    Backlog, FailureQuery, JobQuery, JobState, SpendingOfDay, core::scoring::TRACES_TO_SCORE,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::spending::{ScorerSpending, SpendingLimit, spending_today};
use crate::{
    ApiError, App, ScorerKind,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScorerList {
    scorers: Vec<ListedScorer>,
    /// The usage of all scorers of the experiment today, in UTC.
    usage_today: ScorerSpending,
    /// The budget of all of them together; `null` without a limit.
    budget: Option<SpendingLimit>,
}

/// The latest version of a scorer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedScorer {
    scorer_id: String,
    name: String,
    version: i64,
    create_time_ms: i64,
    /// `check`, `judge`, `python`, or `unsupported` if this server cannot run it.
    kind: &'static str,
    /// Why this server cannot run it, or that no worker is connected that runs Python.
    problem: Option<String>,
    /// The model of a judge, as a URI; `null` for the default of the server.
    model: Option<String>,
    /// Whether it judges whole sessions.
    session_level: bool,
    /// The definition of a check of Kansoku's own.
    check: Option<Value>,
    /// The instructions of a judge of `make_judge`.
    instructions: Option<String>,
    /// The share of new traces that it scores, from 0 to 1; 0 if it is stopped.
    sample_rate: f64,
    /// Only matching traces are scored.
    filter: Option<String>,
    /// The number of traces or sessions that wait for it: for a check, all that ended in its experiment
    /// and were not looked at yet. A session waits only after it is idle.
    waiting: u64,
    /// The age of the oldest of them in milliseconds.
    lag_ms: Option<i64>,
    /// The number of traces or sessions that it failed for, until they are retried or deleted.
    failed: u64,
    /// The reason of the latest failure that is known.
    last_error: Option<String>,
    /// Its usage today, in UTC.
    usage_today: ScorerSpending,
    /// `null` without a limit of its own.
    budget: Option<SpendingLimit>,
    /// The share of what is sampled that budgets leave: less than 1 near a limit, 0 if nothing is
    /// left.
    open_share: f64,
    /// Whether the cost of the model's tokens is known. `false` for checks.
    price_known: bool,
}

impl ListedScorer {
    /// `of_experiment` keeps what waits to be looked at in the experiment, once a check needed it.
    pub(super) async fn read(
        app: &App,
        today: &SpendingOfDay,
        of_experiment: &mut Option<Backlog>,
        version: ScorerVersion,
    ) -> Result<Self, ApiError> {
        let used = today.used.of_scorer(&version.scorer_id);
        let own_budget = today.budgets.of_scorer(&version.scorer_id);
        let configs = app.meta.online_scoring(std::slice::from_ref(&version.scorer_id)).await?;
        let config = configs.into_iter().next();
        let kind = match &app.scorers {
            Some(runner) => runner.kind(&version.serialized),
            None => Err("this server does not run scorers".to_owned()),
        };
        let mut listed = Self {
            scorer_id: version.scorer_id,
            name: version.name,
            version: version.version,
            create_time_ms: version.creation_time.0,
            kind: "check",
            problem: None,
            model: None,
            session_level: false,
            check: check_definition(&version.serialized),
            instructions: judge_instructions(&version.serialized),
            sample_rate: config.as_ref().map_or(0.0, |config| config.sample_rate),
            filter: config.and_then(|config| config.filter).filter(|text| !text.is_empty()),
            waiting: 0,
            lag_ms: None,
            failed: 0,
            last_error: None,
            usage_today: used.into(),
            budget: SpendingLimit::new(own_budget, &used),
            open_share: 1.0,
            price_known: false,
        };
        match kind {
            Ok(ScorerKind::Check) if listed.sample_rate == 0.0 => {}
            Ok(ScorerKind::Check) => {
                let backlog = match *of_experiment {
                    Some(backlog) => backlog,
                    None => {
                        let subject = version.experiment_id.to_string();
                        app.jobs.backlog(TRACES_TO_SCORE, &subject).await?
                    }
                };
                *of_experiment = Some(backlog);
                listed.set_backlog(app, backlog);
            }
            Ok(ScorerKind::Judge { model, is_session_level, is_price_known }) => {
                listed.kind = "judge";
                listed.model = model;
                listed.session_level = is_session_level;
                listed.price_known = is_price_known;
                if let Some(runner) = &app.scorers {
                    listed.read_own_backlog(app, runner.queue()).await?;
                }
            }
            Ok(ScorerKind::Python) => {
                listed.kind = "python";
                let jobs = app.python_jobs.as_ref();
                if !jobs.is_some_and(|jobs| jobs.has_worker()) {
                    listed.problem =
                        Some("no worker is connected; start `kansoku-worker`".to_owned());
                }
                if let Some(jobs) = jobs {
                    listed.read_own_backlog(app, jobs.queue()).await?;
                }
            }
            Err(problem) => {
                listed.kind = "unsupported";
                listed.problem = Some(problem);
            }
        }
        Ok(listed)
    }

    fn set_backlog(&mut self, app: &App, backlog: Backlog) {
        self.waiting = backlog.waiting;
        self.lag_ms = backlog.lag(app.clock.now()).map(|lag| lag.0);
    }

    /// Reads what waits in a queue whose subjects are scorers, and why jobs are tried again.
    async fn read_own_backlog(&mut self, app: &App, queue: &str) -> Result<(), ApiError> {
        let scorer_id = self.scorer_id.clone();
        self.set_backlog(app, app.jobs.backlog(queue, &scorer_id).await?);
        let query =
            JobQuery { queue: queue.to_owned(), subject: scorer_id, offset: 0, max_results: 20 };
        let (jobs, _) = app.jobs.jobs(query).await?;
        let retried = jobs.into_iter().filter(|job| job.state == JobState::Waiting);
        self.last_error = retried.filter_map(|job| job.result).next();
        Ok(())
    }

    /// Reads the number of failures, and the reason of the latest if no job failed that is tried
    /// again.
    async fn read_failures(
        &mut self,
        app: &App,
        experiment: ExperimentId,
        counts: &[(String, u64)],
    ) -> Result<(), ApiError> {
        let Some((_, count)) = counts.iter().find(|(id, _)| *id == self.scorer_id) else {
            return Ok(());
        };
        self.failed = *count;
        if self.last_error.is_none() {
            let scorer_id = Some(self.scorer_id.clone());
            let query = FailureQuery { experiment, scorer_id, offset: 0, max_results: 1 };
            let (latest, _) = app.meta.scoring_failures(query).await?;
            self.last_error = latest.into_iter().next().map(|failure| failure.reason);
        }
        Ok(())
    }
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/scorers`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers",
    summary = "The scorers of an experiment, with their sampling and how far behind they are",
    params(ExperimentPath),
    responses((status = 200, body = ScorerList)),
)]
pub(super) async fn list_scorers(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
) -> Result<Json<ScorerList>, ApiError> {
    Ok(Json(list_of(&app, experiment.experiment_id).await?))
}

pub(super) async fn list_of(app: &App, experiment: ExperimentId) -> Result<ScorerList, ApiError> {
    let today = spending_today(app, experiment).await?;
    let (mut scorers, mut of_experiment) = (Vec::new(), None);
    let failures = app.meta.count_scoring_failures(experiment).await?;
    for version in app.meta.scorers(Some(vec![experiment])).await? {
        let mut listed = ListedScorer::read(app, &today, &mut of_experiment, version).await?;
        listed.read_failures(app, experiment, &failures).await?;
        scorers.push(listed);
    }
    let judges = || scorers.iter().filter(|scorer| scorer.kind == "judge");
    let waiting = judges().map(|judge| judge.waiting).sum();
    for judge in scorers.iter_mut().filter(|scorer| scorer.kind == "judge") {
        judge.open_share = today.open_share(&judge.scorer_id, judge.waiting, waiting);
    }
    let (used, budget) = (today.used.total(), today.budgets.experiment);
    Ok(ScorerList { scorers, usage_today: used.into(), budget: SpendingLimit::new(budget, &used) })
}
