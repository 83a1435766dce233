//! LLM judges: what MLflow's client registers is read, asked of a model, and answered as feedback.
//!
//! Nothing of a trace is trusted. It is shown to the model in sections that it cannot forge, of
//! bounded size, and what the model answers is checked against the type of the judge's value.
mod answer;
mod asking;
mod built_in_scoring;
mod builtin;
mod conversation;
mod error;
mod evidence;
mod judge;
mod kept_answers;
mod material;
pub mod metadata;
mod outcome;
mod prompt;
mod retrieval_scoring;
mod scoring;
mod serialized;
mod session_scoring;
mod settings;
mod template;
mod tool_call_comparison;
mod tools;
mod value_type;

pub use builtin::{BuiltInClass, built_in_classes};
pub(crate) use conversation::TURNS_MAX;
pub use conversation::{Conversation, Turn};
pub use error::JudgeError;
pub use evidence::CalledTool;
pub use judge::Judge;
pub use kept_answers::{KeptAnswers, NoKeptAnswers};
pub use outcome::{Exchange, FeedbackSource, JudgeFeedback, JudgeOutcome, ModelCall, Timing};
pub use scoring::JudgeInput;
pub use serialized::ScorerKind;
pub use settings::{JudgeSettings, JudgeValues};
pub use value_type::{Primitive, ValueType};
