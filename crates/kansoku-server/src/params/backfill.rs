//! The scorers and traces of a backfill, as a request names them.
use std::collections::HashSet;
use std::sync::Arc;

use kansoku_model::{
    Backfill, BackfillProgress, BackfillScorer, BackfillState, Experiment, FeedbackSettings,
    ScorerVersion, TimestampMs,
};
use kansoku_store::{Coverage, JobId, ScanProjection, ScannedTrace};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    scorer::no_scoring,
    trace_scope::{TraceScope, parse_filter},
};
use crate::{ApiError, App, ScorerKind};

/// The longest filter, in bytes.
const FILTER_BYTES_MAX: usize = 64 << 10;

/// Scorers, and the traces that they are to assess.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewBackfill {
    /// At most 50, of which the latest versions run.
    pub(crate) scorers: Vec<NewBackfillScorer>,
    /// A filter in the search language.
    pub(crate) filter: Option<String>,
    /// Milliseconds since 1970, inclusive.
    pub(crate) from_ms: Option<i64>,
    /// Milliseconds since 1970, inclusive.
    pub(crate) to_ms: Option<i64>,
    /// Only traces that another version of the scorer assessed; its feedback is replaced.
    #[serde(default)]
    pub(crate) only_former: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewBackfillScorer {
    /// The name of a scorer.
    pub(crate) scorer: String,
    /// The share of the traces or sessions that it assesses, more than 0 and at most 1.
    pub(crate) sample_rate: f64,
}

/// A request whose scorers exist and can run.
pub(crate) struct CheckedBackfill {
    pub(crate) scorers: Vec<CheckedScorer>,
    filter_text: String,
    only_former: bool,
    scope: TraceScope,
}

pub(crate) struct CheckedScorer {
    pub(crate) version: ScorerVersion,
    pub(crate) kind: ScorerKind,
    pub(crate) sample_rate: f64,
}

/// The traces that match a request.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) traces: u64,
    pub(crate) is_complete: bool,
    /// The traces or sessions that each scorer may assess, in the order of the scorers.
    pub(crate) by_scorer: Vec<u64>,
}

impl NewBackfill {
    pub(crate) async fn check(
        self,
        app: &App,
        experiment: Experiment,
    ) -> Result<CheckedBackfill, ApiError> {
        let runner = app.scorers.as_ref().ok_or_else(no_scoring)?;
        if self.scorers.is_empty() || Backfill::SCORERS_MAX < self.scorers.len() {
            let message = format!("'scorers' has 1 to {} entries", Backfill::SCORERS_MAX);
            return Err(ApiError::invalid(message));
        }
        let filter_text = self.filter.unwrap_or_default();
        if FILTER_BYTES_MAX < filter_text.len() {
            let kib = FILTER_BYTES_MAX >> 10;
            return Err(ApiError::invalid(format!("'filter' is longer than {kib} KiB")));
        }
        if let (Some(from), Some(to)) = (self.from_ms, self.to_ms)
            && to < from
        {
            return Err(ApiError::invalid("'to_ms' is before 'from_ms'"));
        }
        let feedback = FeedbackSettings::from_tags(&experiment.tags);
        let filter = parse_filter(&filter_text, &feedback)?;
        let (mut scorers, mut names) = (Vec::new(), HashSet::new());
        for NewBackfillScorer { scorer, sample_rate } in self.scorers {
            if !(0.0 < sample_rate && sample_rate <= 1.0) {
                let message =
                    format!("'sample_rate' of `{scorer}` is not more than 0 and at most 1");
                return Err(ApiError::invalid(message));
            }
            let version = app.meta.scorer(experiment.experiment_id, &scorer, None).await?;
            let kind = runner.kind(&version.serialized).map_err(ApiError::invalid)?;
            if !names.insert(scorer.clone()) {
                return Err(ApiError::invalid(format!("'scorers' has `{scorer}` twice")));
            }
            scorers.push(CheckedScorer { version, kind, sample_rate });
        }
        let scope = TraceScope {
            experiment: experiment.experiment_id,
            filter,
            from: self.from_ms.map(TimestampMs),
            to: self.to_ms.map(TimestampMs),
            feedback: Arc::new(feedback),
        };
        let only_former = self.only_former;
        Ok(CheckedBackfill { scorers, filter_text, only_former, scope })
    }
}

impl CheckedBackfill {
    /// Counts the matching traces, within the time of a search.
    pub(crate) async fn select(&self, app: &App) -> Result<Selection, ApiError> {
        let projection =
            ScanProjection { assessments: self.only_former, ..ScanProjection::default() };
        let scorers = self.scorers.iter().map(|it| CountOfScorer {
            // Empty if feedback does not matter.
            former: if self.only_former { it.version.name.clone() } else { String::new() },
            is_session_level: it.is_session_level(),
            traces: 0,
            sessions: HashSet::new(),
        });
        let counts: Vec<_> = scorers.collect();
        let add = |counts: &mut Vec<CountOfScorer>, trace: &ScannedTrace| {
            counts.iter_mut().for_each(|count| count.add(trace));
        };
        let (counts, coverage): (Vec<CountOfScorer>, Coverage) =
            app.traces.fold_scan(self.scope.scan_query(app, projection), counts, add).await?;
        Ok(Selection {
            traces: coverage.traces,
            is_complete: coverage.complete,
            by_scorer: counts.iter().map(CountOfScorer::count).collect(),
        })
    }

    pub(crate) async fn create(self, app: &App) -> Result<Backfill, ApiError> {
        let selection = self.select(app).await?;
        let token = app.access.caller().token_name.clone();
        let backfill = Backfill {
            backfill_id: JobId::random().to_string(),
            experiment_id: self.scope.experiment,
            scorers: self.planned_scorers(),
            filter: self.filter_text,
            from: self.scope.from,
            to: self.scope.to,
            only_former: self.only_former,
            created_by: Some(token).filter(|name| !name.is_empty()),
            created: app.clock.now(),
            selected: selection.traces,
            is_selected_complete: selection.is_complete,
            state: BackfillState::Running,
            progress: BackfillProgress::default(),
            finished: None,
        };
        app.meta.create_backfill(backfill.clone()).await?;
        wake(app);
        Ok(backfill)
    }

    fn planned_scorers(&self) -> Vec<BackfillScorer> {
        let planned = self.scorers.iter().map(|it| BackfillScorer {
            scorer_id: it.version.scorer_id.clone(),
            name: it.version.name.clone(),
            version: it.version.version,
            sample_rate: it.sample_rate,
        });
        planned.collect()
    }
}

/// Lets the engine look at a backfill that was created or changed.
pub(crate) fn wake(app: &App) {
    if let Some(runner) = &app.scorers {
        runner.wake_backfills();
    }
}

impl CheckedScorer {
    pub(crate) fn is_session_level(&self) -> bool {
        matches!(self.kind, ScorerKind::Judge { is_session_level: true, .. })
    }
}

/// The traces or sessions that a scorer may assess.
struct CountOfScorer {
    former: String,
    is_session_level: bool,
    traces: u64,
    sessions: HashSet<i64>,
}

impl CountOfScorer {
    fn add(&mut self, trace: &ScannedTrace) {
        let is_former =
            self.former.is_empty() || trace.assessments.iter().any(|it| *it.name == *self.former);
        if !is_former {
            return;
        }
        match self.is_session_level {
            true => self.sessions.extend(trace.session_hash),
            false => self.traces += 1,
        }
    }

    fn count(&self) -> u64 {
        self.traces + self.sessions.len() as u64
    }
}
