//! One request's spans, sorted by trace: rows for lists, bytes to keep.
//!
//! Spans are moved, never copied. A span that cannot be kept is named with the
//! reason and leaves its neighbours alone.
use std::collections::HashMap;

use kansoku_model::{
    Attached, AttachedKind, Layer, Rank, SpanId, SpanRow, TraceFold, TraceId, TraceSpans,
};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use prost::Message;

use crate::dialect::{Ids, derive, resource_tags};
use crate::id::{SPAN_ID_BYTES, TRACE_ID_BYTES, from_hex, span_id, trace_id};
use crate::value::plain_text;

/// The spans of one request by trace, in the order traces first appeared.
#[derive(Debug, Default)]
pub struct Split {
    pub traces: Vec<TraceSpans>,
    pub rejected: Vec<Rejected>,
    /// Whether the request had anything in it at all; clients that send nothing want to hear so.
    pub had_resources: bool,
}

/// A span that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub span_name: String,
    pub reason: String,
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
        tags.push(resource_tags(from_resource.resource.as_ref()));
        for mut from_scope in std::mem::take(&mut from_resource.scope_spans) {
            for mut span in std::mem::take(&mut from_scope.spans) {
                let accepted = accept(&mut span, only_id).and_then(|(trace, ids)| {
                    let (row, fold) = derive(&span, ids)?;
                    Ok((trace, row, fold))
                });
                let (trace, row, fold) = match accepted {
                    Ok(accepted) => accepted,
                    Err(reason) => {
                        split.rejected.push(Rejected { span_name: span.name, reason });
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
                group.open(place, &from_resource, &from_scope);
                group.push(span, row, fold);
            }
            place.scope += 1;
        }
        place.resource += 1;
    }
    split.traces = groups.into_iter().map(|group| group.finish(&tags)).collect();
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

    fn finish(mut self, tags: &[Vec<(String, String)>]) -> TraceSpans {
        for (resource, rank) in self.resources {
            for (key, value) in &tags[resource] {
                let attached = Attached { rank, value: Some(value.clone()) };
                self.fold.attach(AttachedKind::Tag, key.as_str(), attached);
            }
        }
        let service_name = self.data.resource_spans.first().and_then(service_name);
        TraceSpans {
            trace_id: self.trace_id,
            rows: self.rows,
            fold: self.fold,
            otlp: self.data.encode_to_vec(),
            service_name,
            logs: None,
        }
    }
}

fn service_name(from: &ResourceSpans) -> Option<String> {
    let attributes = &from.resource.as_ref()?.attributes;
    let name = attributes.iter().find(|entry| entry.key == "service.name")?;
    Some(plain_text(name.value.as_ref()).into_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests;
