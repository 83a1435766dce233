//! The values that a trace has of a field, and what must be read of it to tell them.
use kansoku_filter::FacetField;
use kansoku_store::{AssessmentFacts, SpanFacts, TraceFacts, Wants};

pub(crate) fn wants(field: &FacetField) -> Wants {
    let none = Wants::default();
    match field {
        // Any want but the default, or columns would be read, and all of them.
        FacetField::Status | FacetField::Name => Wants { trace_id: true, ..none },
        FacetField::Session => Wants { session: true, ..none },
        FacetField::User => Wants { user: true, ..none },
        FacetField::Version => Wants { version: true, ..none },
        FacetField::Environment => Wants { environment: true, ..none },
        FacetField::Error => Wants { error: true, ..none },
        FacetField::Tag(key) => Wants { tags: vec![key.clone()], ..none },
        FacetField::Metadata(key) => Wants { metadata: vec![key.clone()], ..none },
        FacetField::Feedback(_) | FacetField::Expectation(_) => Wants { assessments: true, ..none },
        FacetField::SpanName
        | FacetField::SpanType
        | FacetField::SpanStatus
        | FacetField::SpanModel
        | FacetField::SpanProvider => Wants { spans: true, ..none },
        FacetField::Uncounted => none,
    }
}

pub(crate) fn each_value(field: &FacetField, facts: &TraceFacts, see: &mut dyn FnMut(&str)) {
    let one = match field {
        FacetField::SpanName => return spans(facts, |span| Some(&span.name), see),
        FacetField::SpanType => return spans(facts, |span| span.span_type.as_deref(), see),
        FacetField::SpanStatus => return spans(facts, |span| Some(span.status.as_str()), see),
        FacetField::SpanModel => return spans(facts, |span| span.model.as_deref(), see),
        FacetField::SpanProvider => return spans(facts, |span| span.provider.as_deref(), see),
        FacetField::Feedback(name) => return judged("feedback", name, &facts.assessments, see),
        FacetField::Expectation(name) => {
            return judged("expectation", name, &facts.assessments, see);
        }
        FacetField::Status => Some(facts.state.as_str()),
        FacetField::Name => facts.name.as_deref(),
        FacetField::Session => facts.session.as_deref(),
        FacetField::User => facts.user.as_deref(),
        FacetField::Version => facts.version.as_deref(),
        FacetField::Environment => facts.environment.as_deref(),
        FacetField::Error => facts.error.as_ref().and_then(|error| error.message.as_deref()),
        FacetField::Tag(_) => facts.tags.first().and_then(Option::as_deref),
        FacetField::Metadata(_) => facts.metadata.first().and_then(Option::as_deref),
        FacetField::Uncounted => None,
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
