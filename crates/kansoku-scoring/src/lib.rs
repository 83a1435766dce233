//! Scores live traces with the scorers of their experiment.
//!
//! A scorer is a check (a rule without a model), an LLM judge, or Python code that a worker runs.
pub mod checks;
pub mod judges;
mod live;
pub mod models;
mod scored_trace;
mod scorer;
mod scorer_feedback;

pub use live::{
    AnswerLog, BACKFILL_JUDGEMENTS, BACKFILL_PYTHON_JOBS, JUDGEMENTS, JudgeModels, LiveScoring,
    PYTHON_JOBS, PythonJob, SESSIONS_TO_SCORE, backfill_subject,
};
pub use scored_trace::{ScoredSpan, ScoredTrace};
pub use scorer::{Scorer, ScorerError};
pub use scorer_feedback::ScorerFeedback;
