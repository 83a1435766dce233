/// Why a text is not a judge that can be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JudgeError {
    #[error("a scorer has at most {max} bytes, not {bytes}")]
    TooLong { bytes: usize, max: usize },

    #[error("the scorer is not JSON in MLflow's form: {0}")]
    Malformed(String),

    #[error("the scorer cannot be run: {0}")]
    Unsupported(String),

    #[error("scorer `{name}` runs Python code, which only a worker does")]
    Python { name: String },

    #[error("scorer `{name}` is a check, which asks no model")]
    Check { name: String },

    #[error("judge `{name}`: {problem}")]
    Invalid { name: String, problem: String },
}
