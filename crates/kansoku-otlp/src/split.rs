//! One request's spans, sorted by trace: rows for lists, bytes to keep.
//!
//! Spans are moved, never copied. A span that cannot be kept is named with the
//! reason and leaves its neighbours alone.
use std::collections::HashMap;

use kansoku_model::{
    Attached, AttachedKind, Experiment, ExperimentHint, Layer, Rank, SpanId, SpanRow, TraceFold,
    TraceId, TraceSpans,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};

use crate::dialect::{Ids, derive, resource_tags};
use crate::id::{SPAN_ID_BYTES, TRACE_ID_BYTES, from_hex, span_id, trace_id};
use crate::rejections::{Rejected, Rejections};
use crate::value::plain_text;

mod encode;
mod pieces;

/// A trace's bytes are kept in pieces of about this size, so that one span can be read
/// without the rest. A larger span is a piece of its own.
const PIECE_BYTES_MAX: usize = 8 << 20;

/// The spans of one request by trace, in the order traces first appeared.
#[derive(Debug, Default)]
pub struct Split {
    pub traces: Vec<TraceSpans>,
    pub rejected: Rejections,
    /// How many log records are kept as such, beside the rows of spans.
    pub log_records: usize,
    /// Whether the request had anything in it at all; clients that send nothing want to hear so.
    pub had_resources: bool,
}

/// Sorts spans by the trace their OpenTelemetry ids name.
pub fn split(data: TracesData) -> Split {
    sort(data, None)
}

/// Takes all spans for spans of `trace`, as an upload to that trace's place means.
/// A span without a usable OpenTelemetry trace id gets the one in `trace`, if there is one.
pub fn split_as(data: TracesData, trace: &TraceId) -> Split {
    sort(data, Some(trace))
}

fn sort(data: TracesData, only: Option<&TraceId>) -> Split {
    let mut split = Split { had_resources: !data.resource_spans.is_empty(), ..Split::default() };
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of: HashMap<[u8; TRACE_ID_BYTES], usize> = HashMap::new();
    let only_id = only.and_then(otel_id);
    let mut place = Place { resource: 0, scope: 0 };
    let mut tags = Vec::with_capacity(data.resource_spans.len());
    for mut from_resource in data.resource_spans {
        let resource = from_resource.resource.as_ref();
        tags.push(resource_tags(resource));
        let experiment = experiment_hint(resource);
        for mut from_scope in std::mem::take(&mut from_resource.scope_spans) {
            for mut span in std::mem::take(&mut from_scope.spans) {
                let accepted = accept(&mut span, only_id).and_then(|(trace, ids)| {
                    let hint = experiment.as_ref().map_err(Clone::clone)?;
                    let (row, fold) = derive(&span, ids)?;
                    Ok((trace, hint, row, fold))
                });
                let (trace, hint, row, fold) = match accepted {
                    Ok(accepted) => accepted,
                    Err(reason) => {
                        let service_name = service_name(from_resource.resource.as_ref());
                        let span_name = span.name;
                        split.rejected.add(Rejected { span_name, service_name, reason });
                        continue;
                    }
                };
                let key = if only.is_some() { [0; TRACE_ID_BYTES] } else { trace };
                let index = *group_of.entry(key).or_insert_with(|| {
                    let id = only.cloned().unwrap_or_else(|| TraceId::from_otel(trace));
                    groups.push(Group::new(id));
                    groups.len() - 1
                });
                let group = &mut groups[index];
                if group.experiment.is_none() {
                    group.experiment.clone_from(hint);
                }
                group.open(place, &from_resource, &from_scope);
                group.push(span, row, fold);
            }
            place.scope += 1;
        }
        place.resource += 1;
    }
    split.traces = groups.into_iter().flat_map(|group| group.finish(&tags)).collect();
    split
}

/// Looks at the ids of a span; no parent is written in two ways.
fn accept(
    span: &mut Span,
    default_trace: Option<[u8; TRACE_ID_BYTES]>,
) -> Result<([u8; TRACE_ID_BYTES], Ids), String> {
    let trace = match (trace_id(&span.trace_id), default_trace) {
        (Some(trace), _) => trace,
        (None, Some(trace)) => {
            span.trace_id = trace.to_vec();
            trace
        }
        (None, None) => return Err(bad_id("trace id", &span.trace_id, TRACE_ID_BYTES)),
    };
    let span_id =
        span_id(&span.span_id).ok_or_else(|| bad_id("span id", &span.span_id, SPAN_ID_BYTES))?;
    if span.parent_span_id.iter().all(|byte| *byte == 0) {
        span.parent_span_id.clear();
    }
    let parent_id = match span.parent_span_id.as_slice() {
        [] => None,
        id => Some(
            crate::id::span_id(id).ok_or_else(|| bad_id("parent span id", id, SPAN_ID_BYTES))?,
        ),
    };
    Ok((trace, Ids { span_id, parent_id }))
}

fn bad_id(what: &str, id: &[u8], bytes: usize) -> String {
    match id.len() {
        0 => format!("it has no {what}"),
        length if length == bytes => format!("its {what} is all zeros"),
        length => format!("its {what} has {length} bytes instead of {bytes}"),
    }
}

/// The OpenTelemetry id that a trace id of MLflow's ends with.
fn otel_id(trace: &TraceId) -> Option<[u8; TRACE_ID_BYTES]> {
    let hex = trace.as_str().rsplit(['-', '/']).next()?;
    let whole = hex.len() == 2 * TRACE_ID_BYTES;
    trace_id(&from_hex(hex, TRACE_ID_BYTES).filter(|_| whole)?)
}

/// Which resource and scope of the request a span stands in, counted through.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    resource: usize,
    scope: usize,
}

/// The spans of one trace as they are found.
struct Group {
    trace_id: TraceId,
    data: TracesData,
    /// Where the last span stood; the same place needs no new resource and scope.
    place: Option<Place>,
    rows: Vec<SpanRow>,
    row_of: HashMap<SpanId, usize>,
    fold: TraceFold,
    experiment: Option<ExperimentHint>,
    /// The earliest span of each resource: it speaks for it.
    resources: Vec<(usize, Rank)>,
}

impl Group {
    fn new(trace_id: TraceId) -> Self {
        Self {
            trace_id,
            data: TracesData::default(),
            place: None,
            rows: Vec::new(),
            row_of: HashMap::new(),
            fold: TraceFold::default(),
            experiment: None,
            resources: Vec::new(),
        }
    }

    /// Makes the resource and the scope the last ones of this trace's bytes.
    fn open(&mut self, place: Place, resource: &ResourceSpans, scope: &ScopeSpans) {
        if self.place == Some(place) {
            return;
        }
        if self.place.is_none_or(|last| last.resource != place.resource) {
            // Its scopes were taken out, so this copies the resource alone.
            self.data.resource_spans.push(resource.clone());
        }
        let resource = self.data.resource_spans.last_mut().expect("a place was opened before");
        resource.scope_spans.push(scope.clone());
        self.place = Some(place);
    }

    fn push(&mut self, span: Span, row: SpanRow, fold: TraceFold) {
        let place = self.place.expect("a place was opened before");
        let rank = Rank { layer: Layer::Resource, at_ns: row.start_ns, span_id: row.span_id };
        match self.resources.last_mut() {
            Some((resource, best)) if *resource == place.resource => *best = (*best).min(rank),
            _ => self.resources.push((place.resource, rank)),
        }
        self.fold = std::mem::take(&mut self.fold).merge(fold);
        match self.row_of.get(&row.span_id) {
            Some(index) => self.rows[*index] = row,
            None => {
                self.row_of.insert(row.span_id, self.rows.len());
                self.rows.push(row);
            }
        }
        let resource = self.data.resource_spans.last_mut().expect("a place was opened before");
        let scope = resource.scope_spans.last_mut().expect("a place was opened before");
        scope.spans.push(span);
    }

    /// One batch, or several where the bytes are too many for one.
    fn finish(mut self, tags: &[Vec<(String, String)>]) -> Vec<TraceSpans> {
        for (resource, rank) in self.resources {
            for (key, value) in &tags[resource] {
                let attached = Attached { rank, value: Some(value.clone()) };
                self.fold.attach(AttachedKind::Tag, key.as_str(), attached);
            }
        }
        let first = self.data.resource_spans.first().and_then(|first| first.resource.as_ref());
        let service_name = service_name(first);
        let whole = TraceSpans {
            trace_id: self.trace_id,
            rows: self.rows,
            fold: self.fold,
            otlp: Vec::new(),
            service_name,
            experiment: self.experiment,
            logs: None,
        };
        let otlp = encode::encode(&self.data);
        if PIECE_BYTES_MAX < otlp.len() {
            drop(otlp);
            return pieces::cut(whole, self.data, PIECE_BYTES_MAX);
        }
        vec![TraceSpans { otlp, ..whole }]
    }
}

pub(crate) fn service_name(resource: Option<&Resource>) -> Option<String> {
    resource_text(resource, "service.name").filter(|name| !name.is_empty())
}

/// The experiment a resource asks for, or why it cannot have it. An id beats a name.
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
