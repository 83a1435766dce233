//! The metadata that MLflow's client and UI know on the feedback of judges.
use std::collections::BTreeMap;

use kansoku_model::{Assessment, TokenUsage};

pub const JUDGE_COST: &str = "mlflow.assessment.judgeCost";
pub const JUDGE_INPUT_TOKENS: &str = "mlflow.assessment.judgeInputTokens";
pub const JUDGE_OUTPUT_TOKENS: &str = "mlflow.assessment.judgeOutputTokens";
pub const SCORER_NAME: &str = Assessment::SCORER_NAME_KEY;
pub const SCORER_VERSION: &str = Assessment::SCORER_VERSION_KEY;
pub const ONLINE_SCORING_SESSION_ID: &str = "mlflow.assessment.onlineScoringSessionId";
/// The instructions or guidelines that were judged by.
pub const GUIDELINE: &str = "guideline";
/// The position of a retrieved document, beginning with 0.
pub const CHUNK_INDEX: &str = "chunk_index";

/// MLflow's code of a scorer that could not judge.
pub const SCORER_ERROR: &str = "SCORER_ERROR";

/// The longest guideline in metadata, in characters.
const GUIDELINE_CHARS_MAX: usize = 10_000;

pub(super) fn usage_entries(usage: TokenUsage) -> BTreeMap<String, String> {
    BTreeMap::from([
        (JUDGE_INPUT_TOKENS.to_owned(), usage.input_tokens.to_string()),
        (JUDGE_OUTPUT_TOKENS.to_owned(), usage.output_tokens.to_string()),
    ])
}

pub(super) fn guideline(text: &str) -> (String, String) {
    (GUIDELINE.to_owned(), text.chars().take(GUIDELINE_CHARS_MAX).collect())
}
