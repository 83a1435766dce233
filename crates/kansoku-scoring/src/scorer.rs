//! A registered scorer in the form that runs.
use kansoku_mlflow::scorer::check_definition;

use crate::checks::{Check, CheckError};
use crate::judges::{Judge, JudgeError, ScorerKind};

#[derive(Clone, Debug)]
pub enum Scorer {
    Check(Box<Check>),
    Judge(Box<Judge>),
    /// A function made with `@scorer`, which a worker runs.
    Python {
        is_session_level: bool,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum ScorerError {
    #[error(transparent)]
    Check(#[from] CheckError),

    #[error(transparent)]
    Judge(#[from] JudgeError),

    #[error("scorer `{name}` cannot be run here: {reason}")]
    Unsupported { name: String, reason: String },
}

impl Scorer {
    /// Reads what a client registered. Fails for scorers that this server cannot run.
    pub fn parse(serialized: &str) -> Result<Self, ScorerError> {
        if let Some(definition) = check_definition(serialized) {
            return Ok(Self::Check(Box::new(Check::parse(&definition)?)));
        }
        match ScorerKind::from_serialized(serialized)? {
            ScorerKind::Judge(judge) => Ok(Self::Judge(judge)),
            ScorerKind::Check { name, class, settings } => {
                let settings = settings.as_object().cloned().unwrap_or_default();
                match Check::from_mlflow_builtin(&class, &settings) {
                    Some(check) => Ok(Self::Check(Box::new(check?))),
                    None => Err(ScorerError::Unsupported {
                        name,
                        reason: format!("the built-in scorer `{class}` is unknown"),
                    }),
                }
            }
            ScorerKind::Python { is_session_level, .. } => Ok(Self::Python { is_session_level }),
            ScorerKind::Unsupported { name, reason } => {
                Err(ScorerError::Unsupported { name, reason })
            }
        }
    }

    /// Whether it assesses whole sessions.
    pub fn is_session_level(&self) -> bool {
        match self {
            Self::Check(_) => false,
            Self::Judge(judge) => judge.is_session_level(),
            Self::Python { is_session_level } => *is_session_level,
        }
    }

    pub fn check(&self) -> Option<&Check> {
        match self {
            Self::Check(check) => Some(check),
            Self::Judge(_) | Self::Python { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use kansoku_mlflow::scorer::serialized_check;
    use serde_json::json;

    use super::*;

    #[test]
    fn checks_of_kansoku_and_of_mlflow_are_checks_and_functions_are_python() {
        let own = serialized_check("short", &json!({"type": "length", "max": 5}));
        assert!(Scorer::parse(&own).unwrap().check().is_some());
        let built_in = json!({
            "name": "pii", "builtin_scorer_class": "PIIDetection",
            "builtin_scorer_pydantic_data": {"pii_types": ["email"]},
        });
        assert!(Scorer::parse(&built_in.to_string()).unwrap().check().is_some());
        let python = json!({"name": "mine", "call_source": "return 1"});
        let scorer = Scorer::parse(&python.to_string()).unwrap();
        assert!(matches!(scorer, Scorer::Python { is_session_level: false }));
        let of_sessions =
            json!({"name": "mine", "call_source": "return 1", "is_session_level_scorer": true});
        assert!(Scorer::parse(&of_sessions.to_string()).unwrap().is_session_level());
        let invalid = serialized_check("short", &json!({"type": "length", "max": -5}));
        assert!(matches!(Scorer::parse(&invalid), Err(ScorerError::Check(_))));
    }
}
