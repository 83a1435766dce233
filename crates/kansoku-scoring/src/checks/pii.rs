mod check_digits;
mod matches;
mod patterns;

use serde::{Deserialize, Serialize};

use self::matches::count_matches;
use self::patterns::PiiKind;
use super::catalog::{CheckInfo, FIELD, FieldInfo, FieldType};
use super::outcome::{judge_quantity, pluralize};
use super::text_field::{READ_BYTES_MAX, TextField};
use super::values::Count;
use crate::{ScoredTrace, ScorerFeedback};

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "pii",
    title: "Personal data",
    description: "Passes if a text has no more personal data, such as e-mail addresses and card \
                  numbers, than a limit; without a limit it gives their number.",
    fields: &[
        FIELD,
        FieldInfo {
            name: "kinds",
            field_type: FieldType::Choices(&[
                "email",
                "iban",
                "credit_card",
                "ssn",
                "ip_address",
                "my_number",
                "phone",
            ]),
            default: Some("null"),
            description: "The kinds that are counted, all by default; numbers with check digits \
                          count if these are right.",
        },
        FieldInfo {
            name: "max",
            field_type: FieldType::Count,
            default: Some("null"),
            description: "The most that passes, usually 0.",
        },
    ],
    example: r#"{"type": "pii", "max": 0}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PiiCheck {
    #[serde(default)]
    field: TextField,
    kinds: Option<PiiKinds>,
    max: Option<Count>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<PiiKind>")]
struct PiiKinds(Vec<PiiKind>);

impl TryFrom<Vec<PiiKind>> for PiiKinds {
    type Error = String;

    fn try_from(mut kinds: Vec<PiiKind>) -> Result<Self, String> {
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.is_empty() { Err("expected at least one kind".into()) } else { Ok(Self(kinds)) }
    }
}

impl PiiCheck {
    /// The rationale has numbers alone: it must not spread what was found.
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let read = self.field.read_beginning(trace, READ_BYTES_MAX)?;
        let kinds = self.kinds.as_ref().map_or(&PiiKind::ALL[..], |kinds| &kinds.0);
        let counts = count_matches(&read.text, kinds);
        let total: u64 = counts.iter().map(|(_, count)| count).sum();
        let found: Vec<String> =
            counts.iter().map(|(kind, count)| pluralize(*count, kind.noun())).collect();
        let found = match found.as_slice() {
            [] => "no personal data".to_owned(),
            found => found.join(", "),
        };
        let sentence = format!("The {} has {found}", self.field);
        let mut feedback = judge_quantity(sentence, total, self.max.map(|max| max.0), |max| max);
        if let Some(rationale) = &mut feedback.rationale {
            rationale.push_str(&read.note());
        }
        Some(feedback)
    }
}

#[cfg(test)]
mod tests;
