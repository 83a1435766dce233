use kansoku_model::Money;
use serde::{Deserialize, Serialize};

use super::catalog::{CheckInfo, FieldInfo, FieldType};
use super::outcome::judge_quantity;
use super::values::Amount;
use crate::{ScoredTrace, ScorerFeedback};

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "cost",
    title: "Cost",
    description: "Passes if a trace cost no more than a limit; without a limit it gives the \
                  dollars.",
    fields: &[FieldInfo {
        name: "max_dollars",
        field_type: FieldType::Amount,
        default: Some("null"),
        description: "The limit in US dollars.",
    }],
    example: r#"{"type": "cost", "max_dollars": 0.05}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostCheck {
    max_dollars: Option<Amount>,
}

impl CostCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let cost = trace.cost?.total;
        // Limits are rounded as costs are, so that equal amounts are equal.
        let max = self.max_dollars.map(|max| Money::from_dollars(max.0).as_dollars());
        let show = |dollars| format!("${}", Money::from_dollars(dollars));
        Some(judge_quantity(format!("The trace cost ${cost}"), cost.as_dollars(), max, show))
    }
}

#[cfg(test)]
mod tests {
    use kansoku_model::Cost;
    use serde_json::json;

    use super::*;
    use crate::checks::tests::score;
    use crate::scored_trace::tests::trace;

    #[test]
    fn the_total_cost_is_judged() {
        let mut trace = trace(json!("hi"), json!("hello"));
        assert_eq!(score(json!({"type": "cost"}), &trace), None);
        let dollars = Money::from_dollars;
        trace.cost = Some(Cost::new(dollars(0.1), dollars(0.2)));
        assert_eq!(score(json!({"type": "cost"}), &trace).unwrap().value, 0.3);
        let within = score(json!({"type": "cost", "max_dollars": 0.3}), &trace).unwrap();
        assert_eq!(within.value, "yes");
        let over = score(json!({"type": "cost", "max_dollars": 0.25}), &trace).unwrap();
        assert_eq!(over.value, "no");
        let rationale = "The trace cost $0.3, more than the limit of $0.25.";
        assert_eq!(over.rationale.unwrap(), rationale);
    }
}
