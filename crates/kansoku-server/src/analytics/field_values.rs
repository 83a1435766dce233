//! The values that a trace has of a field, and what must be read of it to tell them.
use kansoku_filter::{Field, Projection};
use kansoku_store::{AssessmentFacts, SpanFacts, TraceFacts, Wants};

pub(crate) fn wants(field: &Field) -> Wants {
    let none = Wants::default();
    match field.projection() {
        // Any want but the default, or columns would be read, and all of them.
        Projection::Status | Projection::Name => Wants { trace_id: true, ..none },
        Projection::Session => Wants { session: true, ..none },
        Projection::User => Wants { user: true, ..none },
        Projection::Version => Wants { version: true, ..none },
        Projection::Environment => Wants { environment: true, ..none },
        Projection::Error => Wants { error: true, ..none },
        Projection::Tag => Wants { tags: vec![field.key.clone()], ..none },
        Projection::Metadata | Projection::SourceRun => {
            Wants { metadata: vec![field.key.clone()], ..none }
        }
        Projection::Feedback | Projection::Expectation => Wants { assessments: true, ..none },
        Projection::SpanName
        | Projection::SpanType
        | Projection::SpanStatus
        | Projection::SpanModel
        | Projection::SpanProvider => Wants { spans: true, ..none },
        Projection::Number(number) => Wants { numbers: vec![number], ..none },
        Projection::None => none,
    }
}

pub(crate) fn each_value(field: &Field, facts: &TraceFacts, see: &mut dyn FnMut(&str)) {
    let one = match field.projection() {
        Projection::SpanName => return spans(facts, |span| Some(&span.name), see),
        Projection::SpanType => return spans(facts, |span| span.span_type.as_deref(), see),
        Projection::SpanStatus => return spans(facts, |span| Some(span.status.as_str()), see),
        Projection::SpanModel => return spans(facts, |span| span.model.as_deref(), see),
        Projection::SpanProvider => return spans(facts, |span| span.provider.as_deref(), see),
        Projection::Feedback => return judged("feedback", &field.key, &facts.assessments, see),
        Projection::Expectation => {
            return judged("expectation", &field.key, &facts.assessments, see);
        }
        Projection::Number(_) => {
            if let Some(Some(number)) = facts.numbers.first() {
                see(&number.to_string());
            }
            return;
        }
        Projection::Status => Some(facts.state.as_str()),
        Projection::Name => facts.name.as_deref(),
        Projection::Session => facts.session.as_deref(),
        Projection::User => facts.user.as_deref(),
        Projection::Version => facts.version.as_deref(),
        Projection::Environment => facts.environment.as_deref(),
        Projection::Error => facts.error.as_ref().and_then(|error| error.message.as_deref()),
        Projection::Tag => facts.tags.first().and_then(Option::as_deref),
        Projection::Metadata | Projection::SourceRun => {
            facts.metadata.first().and_then(Option::as_deref)
        }
        Projection::None => None,
    };
    if let Some(value) = one {
        see(value);
    }
}

fn spans(facts: &TraceFacts, text: fn(&SpanFacts) -> Option<&str>, see: &mut dyn FnMut(&str)) {
    facts.spans.iter().filter_map(text).for_each(see);
}

/// A text without its quotes, as a filter compares it.
fn judged(kind: &str, name: &str, assessments: &[AssessmentFacts], see: &mut dyn FnMut(&str)) {
    let of_name = assessments.iter().filter(|a| *a.kind == *kind && *a.name == *name);
    for json in of_name.filter_map(|assessment| assessment.value.as_deref()) {
        match serde_json::from_str::<String>(json) {
            Ok(text) => see(&text),
            Err(_) => see(json),
        }
    }
}
