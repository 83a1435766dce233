//! Label schemas: the questions that reviewers answer about traces.
use serde::{Deserialize, Serialize};

use crate::{ExperimentId, FeedbackRule, LabelSchemaId, Polarity, TimestampMs};

#[derive(Clone, Debug, PartialEq)]
pub struct LabelSchema {
    pub schema_id: LabelSchemaId,
    pub experiment: ExperimentId,
    /// The name of the assessments that answer it; unique in its experiment.
    pub name: String,
    pub label_type: LabelType,
    pub input: LabelInput,
    pub instruction: Option<String>,
    pub enable_comment: bool,
    /// Every experiment has one that cannot be edited or deleted.
    pub is_default: bool,
    pub created: TimestampMs,
    pub last_update: TimestampMs,
}

impl LabelSchema {
    /// The name of the default one; no other may have it, in any case of letters.
    pub const DEFAULT_NAME: &str = "Feedback";
    /// The most of one experiment.
    pub const COUNT_MAX: u64 = 1000;
}

/// The kind of assessment that an answer becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelType {
    Feedback,
    Expectation,
}

impl LabelType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feedback => "FEEDBACK",
            Self::Expectation => "EXPECTATION",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Feedback, Self::Expectation].into_iter().find(|it| it.as_str() == text)
    }
}

/// How an answer is entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelInput {
    /// The answer is true for the positive label.
    PassFail {
        positive_label: String,
        negative_label: String,
    },
    Categorical {
        options: Vec<String>,
        multi_select: bool,
    },
    Numeric {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_value: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_value: Option<f64>,
    },
    Text {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_length: Option<i64>,
    },
}

impl LabelInput {
    /// The polarity that the labels express; `None` if they express none.
    pub fn polarity(&self) -> Option<Polarity> {
        let Self::PassFail { positive_label, negative_label } = self else { return None };
        let [positive, negative] =
            [positive_label, negative_label].map(|label| FeedbackRule::guess(label).polarity);
        match (positive, negative) {
            (Polarity::Negative, Polarity::Positive) => Some(Polarity::Negative),
            (Polarity::Positive, Polarity::Negative) => Some(Polarity::Positive),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_tell_which_answer_is_bad() {
        let polarity = |positive: &str, negative: &str| {
            let (positive_label, negative_label) = (positive.to_owned(), negative.to_owned());
            LabelInput::PassFail { positive_label, negative_label }.polarity()
        };
        assert_eq!(polarity("Hallucinated", "Grounded"), Some(Polarity::Negative));
        assert_eq!(polarity("Correct", "Incorrect"), Some(Polarity::Positive));
        assert_eq!(polarity("Pass", "Fail"), Some(Polarity::Positive));
        assert_eq!(polarity("Yes", "No"), None);
        assert_eq!(LabelInput::Text { max_length: None }.polarity(), None);
    }
}
