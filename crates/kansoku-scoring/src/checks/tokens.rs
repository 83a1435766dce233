use serde::{Deserialize, Serialize};

use super::catalog::{CheckInfo, FieldInfo, FieldType};
use super::outcome::{judge_quantity, pluralize};
use super::values::Count;
use crate::{ScoredTrace, ScorerFeedback};

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "tokens",
    title: "Tokens",
    description: "Passes if a trace used no more tokens than a limit; without a limit it gives \
                  their number.",
    fields: &[
        FieldInfo {
            name: "count",
            field_type: FieldType::Choice(&["total", "input", "output"]),
            default: Some(r#""total""#),
            description: "The tokens that are counted.",
        },
        FieldInfo {
            name: "max",
            field_type: FieldType::Count,
            default: Some("null"),
            description: "The most tokens.",
        },
    ],
    example: r#"{"type": "tokens", "count": "output", "max": 2000}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokensCheck {
    #[serde(default)]
    count: CountedTokens,
    max: Option<Count>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CountedTokens {
    #[default]
    Total,
    Input,
    Output,
}

impl TokensCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let usage = trace.usage?;
        let (tokens, noun) = match self.count {
            CountedTokens::Total => (usage.total_tokens, "token"),
            CountedTokens::Input => (usage.input_tokens, "input token"),
            CountedTokens::Output => (usage.output_tokens, "output token"),
        };
        let max = self.max.map(|max| max.0);
        let sentence = format!("The trace used {}", pluralize(tokens, noun));
        Some(judge_quantity(sentence, tokens, max, |max| max))
    }
}

#[cfg(test)]
mod tests {
    use kansoku_model::TokenUsage;
    use serde_json::json;

    use crate::checks::tests::score;
    use crate::scored_trace::tests::trace;

    #[test]
    fn total_input_or_output_tokens_are_judged() {
        let mut trace = trace(json!("hi"), json!("hello"));
        assert_eq!(score(json!({"type": "tokens"}), &trace), None);
        let usage = TokenUsage { input_tokens: 10, output_tokens: 1, ..TokenUsage::default() };
        trace.usage = Some(TokenUsage { total_tokens: 11, ..usage });
        assert_eq!(score(json!({"type": "tokens"}), &trace).unwrap().value, 11);
        let input = score(json!({"type": "tokens", "count": "input", "max": 9}), &trace).unwrap();
        assert_eq!(input.value, "no");
        let rationale = "The trace used 10 input tokens, more than the limit of 9.";
        assert_eq!(input.rationale.unwrap(), rationale);
        let output = score(json!({"type": "tokens", "count": "output", "max": 1}), &trace).unwrap();
        assert_eq!(output.value, "yes");
        let rationale = "The trace used 1 output token, within the limit of 1.";
        assert_eq!(output.rationale.unwrap(), rationale);
    }
}
