//! Filters of traces.
pub(crate) mod cost;
mod field;
pub(crate) mod forms;
mod literal;
mod mlflow;
mod required;
mod spans;
mod tested;
mod verdict;

use kansoku_model::{FeedbackSettings, TimestampMs, metadata_key};

pub(crate) use field::Condition;
pub use literal::Literal;
pub use required::{AnyOf, Required, SessionAssessment};
pub(crate) use spans::{SpanTest, any_condition, asks_for_payload};
pub use tested::Tested;

use crate::{
    FilterError,
    catalog::{NumberField, TextField},
    clause::{Comparison, NumberTest, TextTest},
    lex::Number,
    parse::{self, Expr, Grammar},
};

/// A filter of traces.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    expr: Expr<Condition>,
}

impl Filter {
    /// Matches every trace.
    pub fn all() -> Self {
        Self { expr: Expr::all() }
    }

    /// Parses a filter. Empty text and whitespace match every trace. Fails if the text is invalid
    /// or exceeds [`limits`](crate::limits).
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let full_text = |text| Condition::Payload(TextTest::Contains(text));
        let grammar = Grammar { resolve: field::resolve, bare_text: Some(full_text), joins: true };
        parse::parse_as(text, grammar).map(|expr| Self { expr })
    }

    /// Whether the filter contains `feedback.x IS GOOD` or `IS BAD`.
    pub fn asks_for_verdicts(&self) -> bool {
        verdict::asks(&self.expr)
    }

    /// Evaluates `feedback.x IS GOOD` and `IS BAD` by the feedback settings of an experiment. By
    /// default the rule is guessed from the name.
    pub fn with_feedback_settings(mut self, settings: &FeedbackSettings) -> Self {
        verdict::apply_settings(&mut self.expr, settings);
        self
    }

    /// Whether MLflow's own server accepts this filter with the same meaning.
    pub fn is_mlflows(text: &str) -> bool {
        let grammar = Grammar { resolve: mlflow::resolve, bare_text: None, joins: false };
        parse::parse_as(text, grammar).is_ok()
    }

    /// Matches traces that were created in the run or are linked to it.
    pub fn run(run_id: &str) -> Self {
        Self { expr: Expr::Is(Condition::Run(TextTest::Eq(run_id.to_owned()))) }
    }

    /// Matches traces of a logged model.
    pub fn model(model_id: &str) -> Self {
        Self::metadata(metadata_key::MODEL_ID, model_id)
    }

    /// Matches traces with this metadata.
    pub fn metadata(key: &str, value: &str) -> Self {
        let field = TextField::Metadata(key.to_owned().into());
        Self { expr: Expr::Is(Condition::Text(field, TextTest::Eq(value.to_owned()))) }
    }

    /// Matches traces that began between two times, both inclusive.
    pub fn between(from: Option<TimestampMs>, to: Option<TimestampMs>) -> Self {
        let bound = |comparison, at: TimestampMs| {
            let test = NumberTest { comparison, value: Number::Integer(at.0) };
            Expr::Is(Condition::Number(NumberField::Timestamp, test))
        };
        let from = from.map(|at| bound(Comparison::Ge, at));
        let to = to.map(|at| bound(Comparison::Le, at));
        Self { expr: Expr::And(from.into_iter().chain(to).collect()) }
    }

    /// Matches traces with one of these values.
    pub fn metadata_any(key: &str, values: &[String]) -> Self {
        let is = |value: &String| Self::metadata(key, value).expr;
        Self { expr: Expr::Or(values.iter().map(is).collect()) }
    }

    /// Matches traces that match both. Each filter keeps its own AND list, so that their span
    /// clauses can match different spans.
    pub fn and(self, other: Self) -> Self {
        match (self.is_all(), other.is_all()) {
            (_, true) => self,
            (true, false) => other,
            (false, false) => {
                let list = |filter: Self| Expr::And(vec![filter.expr]);
                Self { expr: Expr::And(vec![list(self), list(other)]) }
            }
        }
    }

    /// Whether the outermost operator is OR. Such a filter needs parentheses before a clause is
    /// appended by AND.
    pub fn is_or(&self) -> bool {
        matches!(self.expr, Expr::Or(_))
    }

    pub fn is_all(&self) -> bool {
        self.expr.is_all()
    }

    pub(crate) fn expr(&self) -> &Expr<Condition> {
        &self.expr
    }

    /// Conditions that every match satisfies, so that a store can start from an index. `rendered`
    /// are words in a span's JSON that the stored bytes may lack.
    pub fn required(&self, rendered: &[&str]) -> Required {
        required::required_by(&self.expr, rendered)
    }
}
