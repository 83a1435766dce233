//! Splits the spans of one request by trace: rows for lists, and bytes to store.
//!
//! A span is stored in the bytes it was sent in if these are as short as possible, because then
//! they contain no repeated and no unknown fields. Otherwise it is encoded again. A span that
//! cannot be kept is rejected with a reason, and the others are kept.
use std::collections::HashMap;
use std::ops::Range;

use kansoku_model::{
    Experiment, ExperimentHint, Layer, Rank, SpanId, SpanRow, TagOrMetadata, TagOrMetadataKind,
    TraceFold, TraceId, TraceSpans,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use prost::Message;
use prost::bytes::Bytes;

use crate::conventions::{Ids, derive, resource_tags};
use crate::id::{SPAN_ID_BYTES, TRACE_ID_BYTES, from_hex, span_id, trace_id};
use crate::rejections::{Rejected, Rejections};
use crate::value::plain_text;

mod chunks;
mod encode;
mod end_calls;

use encode::{EncodedTrace, Fields};
use end_calls::EndCalls;

/// A trace's bytes are stored in chunks of at most this many bytes of spans, so that one span can
/// be read without the rest. A larger span is a chunk of its own.
const CHUNK_BYTES_MAX: usize = 8 << 20;

/// The bytes that spans were decoded from.
#[derive(Debug)]
pub(crate) struct SentSpans {
    pub(crate) body: Bytes,
    /// The range of each span in `body`, in the order of the spans.
    pub(crate) ranges: Vec<Range<usize>>,
}

/// The spans of one request by trace, in the order in which traces first appeared.
#[derive(Debug, Default)]
pub struct Split {
    pub traces: Vec<TraceSpans>,
    pub rejected: Rejections,
    /// The number of log records that are kept as such, in addition to the rows of spans.
    pub log_records: usize,
    /// Whether the request contained any resource; clients that send nothing are told so.
    pub had_resources: bool,
}

/// Splits spans by trace, according to their OpenTelemetry ids.
pub fn split(data: TracesData) -> Split {
    sort(data, None, None)
}

/// Assigns all spans to `trace`, as for an upload to the address of that trace. A span without a
/// valid OpenTelemetry trace id gets the one in `trace`, if it contains one.
pub fn split_as(data: TracesData, trace: &TraceId) -> Split {
    sort(data, Some(trace), None)
}

/// [`split`] or [`split_as`] for spans whose encoded bytes are known.
pub(crate) fn split_sent(data: TracesData, only: Option<&TraceId>, sent: SentSpans) -> Split {
    sort(data, only, Some(sent))
}

fn sort(data: TracesData, only: Option<&TraceId>, sent: Option<SentSpans>) -> Split {
    let mut split = Split { had_resources: !data.resource_spans.is_empty(), ..Split::default() };
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of: HashMap<[u8; TRACE_ID_BYTES], usize> = HashMap::new();
    let only_id = only.and_then(otel_id);
    let mut sent = sent.into_iter().flat_map(|SentSpans { body, ranges }| {
        ranges.into_iter().map(move |range| body.slice(range))
    });
    let mut place = Place { resource: 0, scope: 0 };
    let mut tags = Vec::with_capacity(data.resource_spans.len());
    for from_resource in data.resource_spans {
        let resource = from_resource.resource.as_ref();
        tags.push(resource_tags(resource));
        let experiment = experiment_hint(resource);
        let service_name = service_name(resource);
        let resource_fields =
            Fields::new(from_resource.resource.as_ref(), &from_resource.schema_url);
        for from_scope in from_resource.scope_spans {
            let scope_fields = Fields::new(from_scope.scope.as_ref(), &from_scope.schema_url);
            for mut span in from_scope.spans {
                let sent = sent.next();
                let accepted = accept(&mut span, only_id).and_then(|accepted| {
                    let hint = experiment.as_ref().map_err(Clone::clone)?;
                    let (row, fold) = derive(&span, accepted.ids)?;
                    Ok((accepted, hint, row, fold))
                });
                let (accepted, hint, row, fold) = match accepted {
                    Ok(accepted) => accepted,
                    Err(reason) => {
                        let (span_name, service_name) = (span.name, service_name.clone());
                        split.rejected.add(Rejected { span_name, service_name, reason });
                        continue;
                    }
                };
                let key = if only.is_some() { [0; TRACE_ID_BYTES] } else { accepted.trace };
                let index = *group_of.entry(key).or_insert_with(|| {
                    let id = only.cloned().unwrap_or_else(|| TraceId::from_otel(accepted.trace));
                    groups.push(Group::new(id, service_name.clone()));
                    groups.len() - 1
                });
                let group = &mut groups[index];
                if group.experiment.is_none() {
                    group.experiment.clone_from(hint);
                }
                group.open(place, &resource_fields, &scope_fields);
                let sent = sent.filter(|_| !accepted.was_changed);
                group.push(encoded(&span, sent), row, fold);
            }
            place.scope += 1;
        }
        place.resource += 1;
    }
    split.traces = groups.into_iter().flat_map(|group| group.finish(&tags)).collect();
    split
}

/// The bytes of a span: those that were sent, unless encoding gives shorter ones.
fn encoded(span: &Span, sent: Option<Bytes>) -> Bytes {
    match sent {
        Some(sent) if sent.len() == span.encoded_len() => sent,
        _ => span.encode_to_vec().into(),
    }
}

/// A span with valid ids.
struct Accepted {
    trace: [u8; TRACE_ID_BYTES],
    ids: Ids,
    /// Whether its ids differ from those that were sent.
    was_changed: bool,
}

/// Validates the ids of a span. A parent id of zeros means no parent, like an empty one.
fn accept(
    span: &mut Span,
    default_trace: Option<[u8; TRACE_ID_BYTES]>,
) -> Result<Accepted, String> {
    let mut was_changed = false;
    let trace = match (trace_id(&span.trace_id), default_trace) {
        (Some(trace), _) => trace,
        (None, Some(trace)) => {
            span.trace_id = trace.to_vec();
            was_changed = true;
            trace
        }
        (None, None) => return Err(bad_id("trace id", &span.trace_id, TRACE_ID_BYTES)),
    };
    let span_id =
        span_id(&span.span_id).ok_or_else(|| bad_id("span id", &span.span_id, SPAN_ID_BYTES))?;
    if !span.parent_span_id.is_empty() && span.parent_span_id.iter().all(|byte| *byte == 0) {
        span.parent_span_id.clear();
        was_changed = true;
    }
    let parent_id = match span.parent_span_id.as_slice() {
        [] => None,
        id => Some(
            crate::id::span_id(id).ok_or_else(|| bad_id("parent span id", id, SPAN_ID_BYTES))?,
        ),
    };
    Ok(Accepted { trace, ids: Ids { span_id, parent_id }, was_changed })
}

fn bad_id(what: &str, id: &[u8], bytes: usize) -> String {
    match id.len() {
        0 => format!("it has no {what}"),
        length if length == bytes => format!("its {what} is all zeros"),
        length => format!("its {what} has {length} bytes instead of {bytes}"),
    }
}

/// The OpenTelemetry id at the end of an MLflow trace id.
fn otel_id(trace: &TraceId) -> Option<[u8; TRACE_ID_BYTES]> {
    let hex = trace.as_str().rsplit(['-', '/']).next()?;
    let whole = hex.len() == 2 * TRACE_ID_BYTES;
    trace_id(&from_hex(hex, TRACE_ID_BYTES).filter(|_| whole)?)
}

/// The resource and scope of a span, numbered through the request.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    resource: usize,
    scope: usize,
}

/// The spans of one trace, collected so far.
struct Group {
    trace_id: TraceId,
    service_name: Option<String>,
    spans: EncodedTrace,
    /// The place of the last span; the next span in the same place needs no new resource and scope.
    place: Option<Place>,
    rows: Vec<SpanRow>,
    row_of: HashMap<SpanId, usize>,
    fold: TraceFold,
    experiment: Option<ExperimentHint>,
    /// The rank of the earliest span of each resource, which is the rank of the resource's tags.
    resources: Vec<(usize, Rank)>,
    calls: EndCalls,
}

impl Group {
    /// `service_name` is that of the first span's resource.
    fn new(trace_id: TraceId, service_name: Option<String>) -> Self {
        Self {
            trace_id,
            service_name,
            spans: EncodedTrace::default(),
            place: None,
            rows: Vec::new(),
            row_of: HashMap::new(),
            fold: TraceFold::default(),
            experiment: None,
            resources: Vec::new(),
            calls: EndCalls::default(),
        }
    }

    /// Appends the resource and the scope to this trace's bytes, unless they are the last ones.
    fn open(&mut self, place: Place, resource: &Fields, scope: &Fields) {
        if self.place == Some(place) {
            return;
        }
        if self.place.is_none_or(|last| last.resource != place.resource) {
            self.spans.push_resource(resource.clone());
        }
        self.spans.push_scope(scope.clone());
        self.place = Some(place);
    }

    fn push(&mut self, span: Bytes, row: SpanRow, fold: TraceFold) {
        let place = self.place.expect("a place was opened before");
        let rank = Rank { layer: Layer::Resource, at_ns: row.start_ns, span_id: row.span_id };
        match self.resources.last_mut() {
            Some((resource, best)) if *resource == place.resource => *best = (*best).min(rank),
            _ => self.resources.push((place.resource, rank)),
        }
        self.fold = std::mem::take(&mut self.fold).merge(fold);
        self.calls.see(&row, &span);
        self.spans.push_span(row.span_id, span);
        match self.row_of.get(&row.span_id) {
            Some(index) => self.rows[*index] = row,
            None => {
                self.row_of.insert(row.span_id, self.rows.len());
                self.rows.push(row);
            }
        }
    }

    /// One batch, or several if the bytes exceed [`CHUNK_BYTES_MAX`].
    fn finish(mut self, tags: &[Vec<(String, String)>]) -> Vec<TraceSpans> {
        self.calls.speak(&mut self.fold);
        for (resource, rank) in self.resources {
            for (key, value) in &tags[resource] {
                let entry = TagOrMetadata { rank, value: Some(value.clone()) };
                self.fold.add_tag_or_metadata(TagOrMetadataKind::Tag, key.as_str(), entry);
            }
        }
        let whole = TraceSpans {
            trace_id: self.trace_id,
            rows: self.rows,
            fold: self.fold,
            otlp: Vec::new(),
            service_name: self.service_name,
            experiment: self.experiment,
            logs: None,
        };
        if CHUNK_BYTES_MAX < self.spans.encoded_len() {
            return chunks::divide(whole, self.spans, CHUNK_BYTES_MAX);
        }
        vec![TraceSpans { otlp: self.spans.encode(), ..whole }]
    }
}

/// The `service.name` of a resource, unless it is empty.
pub fn service_name(resource: Option<&Resource>) -> Option<String> {
    resource_text(resource, "service.name").filter(|name| !name.is_empty())
}

/// The experiment that a resource names, by id or else by name. Fails with the reason if that is
/// not a valid id or name.
pub(crate) fn experiment_hint(
    resource: Option<&Resource>,
) -> Result<Option<ExperimentHint>, String> {
    const ID: &str = "mlflow.experiment.id";
    const NAME: &str = "mlflow.experiment.name";
    let said = |key| resource_text(resource, key).filter(|text| !text.trim().is_empty());
    if let Some(id) = said(ID) {
        let id = id.parse().map_err(|_| {
            let id: String = id.chars().take(100).collect();
            format!("the attribute `{ID}` of its resource is `{id}`, which is not a whole number")
        })?;
        return Ok(Some(ExperimentHint::Id(id)));
    }
    let Some(name) = said(NAME) else { return Ok(None) };
    if Experiment::NAME_LENGTH_MAX < name.chars().count() {
        return Err(format!(
            "the attribute `{NAME}` of its resource is longer than {} characters",
            Experiment::NAME_LENGTH_MAX
        ));
    }
    let name = name.trim();
    if !Experiment::is_name_printable(name) {
        return Err(format!(
            "the attribute `{NAME}` of its resource has a line break or another control character"
        ));
    }
    Ok(Some(ExperimentHint::Name(name.to_owned())))
}

fn resource_text(resource: Option<&Resource>, key: &str) -> Option<String> {
    let entry = resource?.attributes.iter().find(|entry| entry.key == key)?;
    Some(plain_text(entry.value.as_ref()).into_owned())
}

#[cfg(test)]
mod tests;
