use kansoku_model::{SpanStatus, TraceState};
use serde::{Deserialize, Serialize};

use super::catalog::{CheckInfo, FieldInfo, FieldType};
use super::outcome::pass_or_fail;
use super::pattern::Pattern;
use super::values::{Text, quote};
use crate::{ScoredSpan, ScoredTrace, ScorerFeedback};

/// The most classes of errors.
const CLASSES_MAX: usize = 20;
/// The values of a check with classes for a trace without an error, and with one of no class.
const NO_ERROR: &str = "none";
const NO_CLASS: &str = "other";

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "error",
    title: "Errors",
    description: "Passes if a trace has no error; with classes it gives the class of the error, \
                  `other` or `none`.",
    fields: &[
        FieldInfo {
            name: "spans",
            field_type: FieldType::Choice(&["root", "any"]),
            default: Some(r#""root""#),
            description: "Whether the trace must have failed, or any span of it.",
        },
        FieldInfo {
            name: "classes",
            field_type: FieldType::ErrorClasses,
            default: Some("[]"),
            description: "Names and patterns of the classes; the first whose pattern is in the \
                          error is its class.",
        },
    ],
    example: r#"{"type": "error", "spans": "any", "classes": [
        {"name": "rate_limit", "pattern": "429|RateLimit"},
        {"name": "timeout", "pattern": "(?i)time(d )?out"}
    ]}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorCheck {
    #[serde(default)]
    spans: FailedSpans,
    #[serde(default)]
    classes: ErrorClasses,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FailedSpans {
    #[default]
    Root,
    Any,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<ErrorClass>")]
struct ErrorClasses(Vec<ErrorClass>);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorClass {
    name: Text,
    pattern: Pattern,
}

impl TryFrom<Vec<ErrorClass>> for ErrorClasses {
    type Error = String;

    fn try_from(classes: Vec<ErrorClass>) -> Result<Self, String> {
        let name = |class: &ErrorClass| class.name.as_str().to_owned();
        if let Some(reserved) =
            classes.iter().map(name).find(|it| [NO_ERROR, NO_CLASS].contains(&&**it))
        {
            return Err(format!("{} is not the name of a class", quote(reserved)));
        }
        match classes.len() {
            0..=CLASSES_MAX => Ok(Self(classes)),
            count => Err(format!("expected at most {CLASSES_MAX} classes, not {count}")),
        }
    }
}

impl ErrorCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let root_failed =
            trace.info.state == TraceState::Error || trace.root().is_some_and(has_failed);
        let is_failed = match self.spans {
            FailedSpans::Root => root_failed,
            FailedSpans::Any => root_failed || trace.spans.iter().any(has_failed),
        };
        if !is_failed {
            return Some(self.feedback(NO_ERROR, "The trace has no error.".to_owned()));
        }
        let Some(error) = find_error_text(trace) else {
            return Some(
                self.feedback(NO_CLASS, "The trace has an error without a text.".to_owned()),
            );
        };
        let class = self.classes.0.iter().find(|class| class.pattern.is_in(error));
        let class = class.map_or(NO_CLASS, |class| class.name.as_str());
        Some(self.feedback(class, format!("The trace has the error {}.", quote(error))))
    }

    fn feedback(&self, class: &str, rationale: String) -> ScorerFeedback {
        match self.classes.0.is_empty() {
            true => pass_or_fail(class == NO_ERROR, rationale),
            false => ScorerFeedback::new(class, rationale),
        }
    }
}

fn has_failed(span: &ScoredSpan) -> bool {
    span.row.status == SpanStatus::Error
}

/// The error of the root or, if that has none, of the span that failed first.
fn find_error_text(trace: &ScoredTrace) -> Option<&str> {
    let failed = trace.spans.iter().filter(|span| has_failed(span));
    let spans = trace.root().into_iter().chain(failed);
    spans.filter_map(|span| span.row.error.as_deref()).find(|error| !error.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::tests::{error_of, score};
    use crate::scored_trace::tests::{span, trace_of};

    fn failed_span(id: u64, parent: Option<u64>, error: Option<&str>) -> ScoredSpan {
        let mut span = span(id, parent, "step", (id as i64, 100));
        span.row.status = SpanStatus::Error;
        span.row.error = error.map(str::to_owned);
        span
    }

    fn value(check: Value, spans: Vec<ScoredSpan>) -> Value {
        score(check, &trace_of(spans)).unwrap().value
    }

    #[test]
    fn a_trace_without_an_error_passes() {
        let root = span(1, None, "agent", (0, 100));
        let check = json!({"type": "error"});
        assert_eq!(value(check.clone(), vec![root.clone()]), "yes");
        let recovered = vec![root, failed_span(2, Some(1), Some("TimeoutError: slow"))];
        assert_eq!(value(check.clone(), recovered.clone()), "yes");
        assert_eq!(value(json!({"type": "error", "spans": "any"}), recovered), "no");
        let feedback = score(check, &trace_of(vec![failed_span(1, None, Some("E: x"))])).unwrap();
        assert_eq!(feedback.value, "no");
        assert_eq!(feedback.rationale.unwrap(), "The trace has the error `E: x`.");
    }

    #[test]
    fn a_failed_trace_may_have_no_text_of_its_error() {
        let mut trace = trace_of(vec![span(1, None, "agent", (0, 100))]);
        trace.info.state = TraceState::Error;
        assert_eq!(score(json!({"type": "error"}), &trace).unwrap().value, "no");
    }

    #[test]
    fn errors_have_the_first_class_that_matches() {
        let check = json!({"type": "error", "classes": [
            {"name": "timeout", "pattern": "Timeout"}, {"name": "any_error", "pattern": "Error"},
        ]});
        let class = |error| value(check.clone(), vec![failed_span(1, None, error)]);
        assert_eq!(class(Some("TimeoutError: slow")), "timeout");
        assert_eq!(class(Some("ValueError: 5")), "any_error");
        assert_eq!(class(Some("panic")), "other");
        assert_eq!(class(None), "other");
        assert_eq!(value(check.clone(), vec![span(1, None, "agent", (0, 9))]), "none");
        let of_a_child = vec![failed_span(1, None, None), failed_span(2, Some(1), Some("Timeout"))];
        assert_eq!(value(check, of_a_child), "timeout");
    }

    #[test]
    fn an_invalid_class_is_refused() {
        let class = json!({"name": "x", "pattern": "("});
        let error = error_of(json!({"type": "error", "classes": [class]}));
        assert!(error.contains("field `classes[0].pattern`: `(` is not a regular"), "{error}");
        let classes = |count: usize| json!({"type": "error", "classes": vec![json!({"name": "x", "pattern": "x"}); count]});
        assert_eq!(value(classes(CLASSES_MAX), vec![]), "none");
        let error = error_of(classes(CLASSES_MAX + 1));
        assert!(error.ends_with("`classes`: expected at most 20 classes, not 21"), "{error}");
    }
}
