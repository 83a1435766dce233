//! Conversion of a whole trace to the trace of a scan.
use std::collections::BTreeMap;
use std::sync::Arc;

use kansoku_filter::eval::{self, TraceView};
use kansoku_model::{
    Assessment, AssessmentValue, ENVIRONMENT_PLACES, SpanRow, VERSION_PLACES, first_of,
    metadata_key,
};

use super::columns::values::session_hash;
use super::{input_hash, span_rows};
use crate::{ScanProjection, ScannedAssessment, ScannedSpan, ScannedTrace};

/// The columns of a trace that a projection names.
pub fn scanned(trace: &TraceView<'_>, projection: &ScanProjection) -> ScannedTrace {
    let info = trace.info;
    let (tags, metadata) = (&info.tags, &info.metadata);
    let text =
        |is_projected: bool, text: Option<&str>| text.filter(|_| is_projected).map(Arc::from);
    let session = metadata.get(metadata_key::SESSION).map(String::as_str);
    let summary = span_rows::summary(trace.spans, (trace.usage, trace.cost));
    let values = |keys: &[String], of: &BTreeMap<String, String>| {
        keys.iter().map(|key| of.get(key).map(|value| value.as_str().into())).collect()
    };
    ScannedTrace {
        trace_id: projection.trace_id.then(|| info.trace_id.clone()),
        time: info.request_time,
        state: info.state,
        failed_spans: summary.failed_spans,
        span_count: info.span_count,
        duration_ms: info.execution_duration.map(|duration| duration.0),
        name: info.name.as_deref().map(Into::into),
        usage: trace.usage,
        cost: trace.cost.map(|cost| cost.total),
        session_hash: session.map(|session| session_hash(session.as_bytes())),
        session: text(projection.session, session),
        user: text(projection.user, metadata.get(metadata_key::USER).map(String::as_str)),
        version: text(projection.version, first_of(VERSION_PLACES, tags, metadata)),
        environment: text(projection.environment, first_of(ENVIRONMENT_PLACES, tags, metadata)),
        tags: values(&projection.tags, tags),
        metadata: values(&projection.metadata, metadata),
        numbers: projection.numbers.iter().map(|field| eval::number(*field, trace)).collect(),
        assessments: match projection.assessments {
            true => info.assessments.iter().filter(|it| it.valid).map(assessment).collect(),
            false => Vec::new(),
        },
        error: summary.error.filter(|_| projection.error),
        spans: match projection.spans {
            true => trace.spans.iter().map(span).collect(),
            false => Vec::new(),
        },
        inputs: projection.inputs.then(|| {
            let recorded = metadata.get(metadata_key::INPUTS);
            input_hash::scanned(recorded.map(String::as_str), info.request_preview.as_deref())
        }),
        request_preview: text(projection.previews, info.request_preview.as_deref()),
        response_preview: text(projection.previews, info.response_preview.as_deref()),
    }
}

fn assessment(assessment: &Assessment) -> ScannedAssessment {
    ScannedAssessment {
        name: assessment.assessment_name.as_str().into(),
        kind: assessment.value.kind().into(),
        value: assessment.value.json(),
        number: assessment.value.number(),
        has_error: matches!(assessment.value, AssessmentValue::Feedback { error: Some(_), .. }),
        source_run: (assessment.metadata.get(Assessment::SOURCE_RUN_KEY))
            .map(|run| run.as_str().into()),
        scorer_version: (assessment.metadata.get(Assessment::SCORER_VERSION_KEY))
            .map(|version| version.as_str().into()),
        time: assessment.create_time,
    }
}

fn span(row: &SpanRow) -> ScannedSpan {
    let after_start = |ns: i64| ns - row.start_ns;
    ScannedSpan {
        span_id: row.span_id,
        parent_id: row.parent_id,
        name: row.name.as_str().into(),
        span_type: row.span_type.as_deref().map(Into::into),
        status: row.status,
        start_ns: row.start_ns,
        duration_ns: row.end_ns.map(after_start),
        model: row.model.as_deref().map(Into::into),
        provider: row.provider.as_deref().map(Into::into),
        usage: row.usage,
        cost: row.cost.map(|cost| cost.total),
        first_token_ns: row.first_token_ns.map(after_start),
    }
}
