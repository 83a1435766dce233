//! The values of a field in a trace, and the projection that reads them.
use kansoku_filter::{Field, Projection};
use kansoku_store::{ScanProjection, ScannedAssessment, ScannedSpan, ScannedTrace};

/// Adds the parts of a trace that [`each_value`] reads.
pub fn add_projection(field: &Field, to: &mut ScanProjection) {
    match field.projection() {
        // State and name are read by every scan. `trace_id` only makes the scan read rows, up to
        // the limit of traces: with the default projection it would read packed columns, without a
        // limit.
        Projection::Status | Projection::Name => to.trace_id = true,
        Projection::Session => to.session = true,
        Projection::User => to.user = true,
        Projection::Version => to.version = true,
        Projection::Environment => to.environment = true,
        Projection::Error => to.error = true,
        Projection::Tag => to.tags = vec![field.key.clone()],
        Projection::Metadata | Projection::SourceRun => to.metadata = vec![field.key.clone()],
        Projection::Feedback | Projection::Expectation => to.assessments = true,
        Projection::SpanName
        | Projection::SpanType
        | Projection::SpanStatus
        | Projection::SpanModel
        | Projection::SpanProvider => to.spans = true,
        Projection::Number(number) => to.numbers = vec![number],
        Projection::None => {}
    }
}

/// Calls `see` with each value of the field in the trace; several times with the same value if
/// several spans or assessments have it.
pub fn each_value(field: &Field, scanned: &ScannedTrace, see: &mut dyn FnMut(&str)) {
    let one = match field.projection() {
        Projection::SpanName => return spans(scanned, |span| Some(&span.name), see),
        Projection::SpanType => return spans(scanned, |span| span.span_type.as_deref(), see),
        Projection::SpanStatus => return spans(scanned, |span| Some(span.status.as_str()), see),
        Projection::SpanModel => return spans(scanned, |span| span.model.as_deref(), see),
        Projection::SpanProvider => return spans(scanned, |span| span.provider.as_deref(), see),
        Projection::Feedback => return judged("feedback", &field.key, &scanned.assessments, see),
        Projection::Expectation => {
            return judged("expectation", &field.key, &scanned.assessments, see);
        }
        Projection::Number(_) => {
            if let Some(Some(number)) = scanned.numbers.first() {
                see(&number.to_string());
            }
            return;
        }
        Projection::Status => Some(scanned.state.as_str()),
        Projection::Name => scanned.name.as_deref(),
        Projection::Session => scanned.session.as_deref(),
        Projection::User => scanned.user.as_deref(),
        Projection::Version => scanned.version.as_deref(),
        Projection::Environment => scanned.environment.as_deref(),
        Projection::Error => scanned.error.as_ref().and_then(|error| error.message.as_deref()),
        Projection::Tag => scanned.tags.first().and_then(Option::as_deref),
        Projection::Metadata | Projection::SourceRun => {
            scanned.metadata.first().and_then(Option::as_deref)
        }
        Projection::None => None,
    };
    if let Some(value) = one {
        see(value);
    }
}

fn spans(
    scanned: &ScannedTrace,
    text: fn(&ScannedSpan) -> Option<&str>,
    see: &mut dyn FnMut(&str),
) {
    scanned.spans.iter().filter_map(text).for_each(see);
}

/// Calls `see` with strings without their quotes, as filters compare them.
fn judged(kind: &str, name: &str, assessments: &[ScannedAssessment], see: &mut dyn FnMut(&str)) {
    let of_name = assessments.iter().filter(|a| *a.kind == *kind && *a.name == *name);
    for json in of_name.filter_map(|assessment| assessment.value.as_deref()) {
        match serde_json::from_str::<String>(json) {
            Ok(text) => see(&text),
            Err(_) => see(json),
        }
    }
}
