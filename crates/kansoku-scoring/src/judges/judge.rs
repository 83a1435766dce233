//! A judge: its name, its model, and what it asks.
use crate::models::{InferenceParams, ModelUri, ModelUriError};

use super::builtin::{BuiltIn, Material};
use super::template::{Template, Variable};
use super::value_type::ValueType;

#[derive(Clone, Debug, PartialEq)]
pub struct Judge {
    pub(super) name: String,
    pub(super) model: Option<String>,
    pub(super) params: InferenceParams,
    pub(super) kind: JudgeKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum JudgeKind {
    BuiltIn(BuiltInJudge),
    Template(Template),
}

#[derive(Clone, Debug)]
pub(super) struct BuiltInJudge {
    pub(super) built_in: &'static BuiltIn,
    pub(super) guidelines: Vec<String>,
    /// For calls of tools: whether they are compared with the expected ones without a model.
    pub(super) exact_match: bool,
    /// For calls of tools: whether their order counts.
    pub(super) ordered: bool,
}

impl PartialEq for BuiltInJudge {
    fn eq(&self, other: &Self) -> bool {
        self.built_in.class == other.built_in.class
            && self.guidelines == other.guidelines
            && (self.exact_match, self.ordered) == (other.exact_match, other.ordered)
    }
}

impl Judge {
    /// The name of its feedback.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URI of its model; `None` for the default of the server.
    pub fn model_uri(&self) -> Result<Option<ModelUri>, ModelUriError> {
        self.model.as_deref().map(ModelUri::parse).transpose()
    }

    /// Whether it judges whole sessions.
    pub fn is_session_level(&self) -> bool {
        match &self.kind {
            JudgeKind::BuiltIn(judge) => judge.built_in.is_session_level(),
            JudgeKind::Template(template) => template.is_session_level(),
        }
    }

    /// Whether it fails for traces without expectations.
    pub fn needs_expectations(&self) -> bool {
        match &self.kind {
            JudgeKind::BuiltIn(judge) => {
                let needs = |material: &Material| {
                    matches!(
                        material,
                        Material::ExpectedAnswer
                            | Material::ExpectedResponse
                            | Material::ExpectedGuidelines
                    )
                };
                judge.exact_match || judge.built_in.reads.iter().any(needs)
            }
            JudgeKind::Template(template) => template.has(Variable::Expectations),
        }
    }

    pub fn value_type(&self) -> ValueType {
        match &self.kind {
            JudgeKind::BuiltIn(judge) => judge.built_in.values.value_type(),
            JudgeKind::Template(template) => template.value_type.clone(),
        }
    }

    /// The criteria as the model gets them, and as they are in the metadata of feedback.
    pub fn criteria(&self) -> String {
        match &self.kind {
            JudgeKind::BuiltIn(judge) if judge.guidelines.is_empty() => {
                judge.built_in.instructions.to_owned()
            }
            JudgeKind::BuiltIn(judge) => judge.guidelines.join("\n"),
            JudgeKind::Template(template) => template.instructions.clone(),
        }
    }
}
