//! Which feedback of a scorer is compared with which feedback of a person.
use std::sync::Arc;

use kansoku_model::{AssessmentId, FeedbackWord, TimestampMs, TraceId};
use kansoku_store::{ReviewedFeedback, ReviewedTrace};
use serde_json::Value;

use crate::feedback::value_text;

/// A value of feedback, in the forms in which it is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// A string as it is, any other value as JSON, with a maximum length.
    pub text: Arc<str>,
    /// Whether it means yes or no; 1 and 0 do, too.
    pub truth: Option<bool>,
    pub number: Option<f64>,
}

impl Answer {
    fn new(value: &Value) -> Self {
        let number = value.as_f64();
        let truth = match number {
            Some(1.0) => Some(true),
            Some(0.0) => Some(false),
            Some(_) => None,
            None => FeedbackWord::read(value)
                .map(|word| matches!(word, FeedbackWord::True | FeedbackWord::Good)),
        };
        Self { text: value_text(value).trim().into(), truth, number }
    }

    /// `None` if the scorer failed or gave no value.
    fn read(feedback: &ReviewedFeedback) -> Option<Self> {
        let value: Value = serde_json::from_str(feedback.value.as_deref()?).ok()?;
        (!value.is_null()).then(|| Self::new(&value))
    }
}

/// Feedback of a scorer and the verdict of a person on the same.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedPair {
    pub trace: TraceId,
    /// The time of the trace.
    pub time: TimestampMs,
    pub version: Option<Arc<str>>,
    pub scorer_id: AssessmentId,
    pub scorer: Answer,
    pub person_id: AssessmentId,
    pub person: Answer,
}

/// The pairs of a trace. Feedback of people is the verdict on the feedback of the scorer that it
/// overrides, or else on the newest one of the scorer that is about the same trace or session. Of
/// several verdicts, the newest counts.
pub(super) fn pairs(trace: &ReviewedTrace) -> Vec<JudgedPair> {
    let mut pairs: Vec<(&ReviewedFeedback, &ReviewedFeedback)> = Vec::new();
    // From the oldest to the newest, so that the newest verdict remains.
    for person in trace.feedback.iter().filter(|it| it.is_by_person && it.is_valid) {
        let scorer = overridden(trace, person).or_else(|| newest_of_scorer(trace, person));
        let Some(scorer) = scorer else { continue };
        match pairs.iter_mut().find(|(known, _)| known.id == scorer.id) {
            Some((_, verdict)) => *verdict = person,
            None => pairs.push((scorer, person)),
        }
    }
    let pair = |(scorer, person): (&ReviewedFeedback, &ReviewedFeedback)| {
        Some(JudgedPair {
            trace: trace.trace_id.clone(),
            time: trace.time,
            version: scorer.scorer_version.clone(),
            scorer_id: scorer.id.clone(),
            scorer: Answer::read(scorer)?,
            person_id: person.id.clone(),
            person: Answer::read(person)?,
        })
    };
    pairs.into_iter().filter_map(pair).collect()
}

/// The feedback of a scorer that a person overrode, maybe after other people did.
fn overridden<'a>(
    trace: &'a ReviewedTrace,
    person: &ReviewedFeedback,
) -> Option<&'a ReviewedFeedback> {
    let mut next = person.overrides.as_ref();
    // A client may have written a circle.
    for _ in 0..trace.feedback.len() {
        let found = trace.feedback.iter().find(|it| Some(&it.id) == next)?;
        if !found.is_by_person {
            return Some(found);
        }
        next = found.overrides.as_ref();
    }
    None
}

/// The newest feedback of a scorer on the same trace or session, valid or overridden by a person.
fn newest_of_scorer<'a>(
    trace: &'a ReviewedTrace,
    person: &ReviewedFeedback,
) -> Option<&'a ReviewedFeedback> {
    let is_overridden_by_person = |scorer: &ReviewedFeedback| {
        let mut people = trace.feedback.iter().filter(|it| it.is_by_person);
        people.any(|it| it.overrides.as_ref() == Some(&scorer.id))
    };
    let is_same = |scorer: &&ReviewedFeedback| {
        !scorer.is_by_person
            && scorer.is_of_session == person.is_of_session
            && (person.span_id.is_none() || person.span_id == scorer.span_id)
            && (scorer.is_valid || is_overridden_by_person(scorer))
    };
    trace.feedback.iter().rfind(is_same)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn feedback(id: &str, is_by_person: bool, value: Value) -> ReviewedFeedback {
        ReviewedFeedback {
            id: AssessmentId(id.to_owned()),
            is_by_person,
            span_id: None,
            is_of_session: false,
            value: Some(value.to_string()),
            scorer_version: None,
            overrides: None,
            is_valid: true,
            time: TimestampMs(0),
        }
    }

    fn scorer(id: &str, value: &str) -> ReviewedFeedback {
        feedback(id, false, json!(value))
    }

    fn person(id: &str, value: &str, overrides: Option<&str>) -> ReviewedFeedback {
        let overrides = overrides.map(|id| AssessmentId(id.to_owned()));
        ReviewedFeedback { overrides, ..feedback(id, true, json!(value)) }
    }

    fn overridden(feedback: ReviewedFeedback) -> ReviewedFeedback {
        ReviewedFeedback { is_valid: false, ..feedback }
    }

    fn paired(feedback: Vec<ReviewedFeedback>) -> Vec<String> {
        let trace_id = TraceId::try_from("tr-1".to_owned()).unwrap();
        let found = pairs(&ReviewedTrace { trace_id, time: TimestampMs(0), feedback });
        found.iter().map(|pair| format!("{} {}", pair.scorer_id, pair.person_id)).collect()
    }

    #[test]
    fn an_override_is_the_verdict_on_what_it_overrides() {
        assert_eq!(
            paired(vec![
                overridden(scorer("old", "no")),
                scorer("new", "no"),
                person("p", "yes", Some("old")),
            ]),
            ["old p"]
        );
        // A second person corrected the first one.
        assert_eq!(
            paired(vec![
                overridden(scorer("s", "no")),
                overridden(person("p", "yes", Some("s"))),
                person("q", "no", Some("p")),
            ]),
            ["s q"]
        );
    }

    #[test]
    fn the_newest_verdict_is_compared_with_the_newest_feedback_of_the_scorer() {
        let feedback = vec![
            scorer("old", "no"),
            scorer("new", "no"),
            person("p", "yes", None),
            person("q", "no", None),
        ];
        assert_eq!(paired(feedback), ["new q"]);
        // An overridden answer remains the scorer's own when someone else judges the trace, too.
        let feedback = vec![
            overridden(scorer("s", "no")),
            person("p", "yes", Some("s")),
            person("q", "no", None),
        ];
        assert_eq!(paired(feedback), ["s q"]);
    }

    #[test]
    fn verdicts_on_others_than_the_scorer_judged_are_not_compared() {
        let of_session = ReviewedFeedback { is_of_session: true, ..scorer("s", "no") };
        assert_eq!(paired(vec![of_session, person("p", "no", None)]), [""; 0]);
        let of_span = |id: &str, feedback: ReviewedFeedback| ReviewedFeedback {
            span_id: Some(id.to_owned()),
            ..feedback
        };
        let feedback = || vec![of_span("1", scorer("s", "no")), of_span("2", scorer("t", "no"))];
        let with = |person| [feedback(), vec![person]].concat();
        assert_eq!(paired(with(of_span("1", person("p", "no", None)))), ["s p"]);
        assert_eq!(paired(with(of_span("3", person("p", "no", None)))), [""; 0]);
        assert_eq!(paired(with(person("p", "no", None))), ["t p"]);
        // One that failed gave no answer, and one that was replaced by its scorer is of the past.
        let failed = ReviewedFeedback { value: None, ..scorer("s", "") };
        assert_eq!(paired(vec![failed, person("p", "no", None)]), [""; 0]);
        assert_eq!(paired(vec![overridden(scorer("s", "x")), person("p", "x", None)]), [""; 0]);
    }

    #[test]
    fn a_circle_of_overrides_ends() {
        let circle = vec![person("p", "x", Some("q")), person("q", "x", Some("p"))];
        assert_eq!(paired(circle), [""; 0]);
    }
}
