//! Log records that are part of traces.
//!
//! Two kinds are kept. GenAI events and records of coding agents that belong to a span, such as
//! prompts and completions that are not in the span itself, stay log records. They are joined to
//! their span when it is read, so that either may arrive first. Records of coding agents that write
//! no spans become spans. All others are rejected with a reason.
mod agents;
mod events;
mod previews;

use std::collections::{BTreeMap, HashMap, HashSet};

use kansoku_model::{ExperimentHint, SpanId, SpanPreviews, TraceFold, TraceId};
use kansoku_model::{TraceLogs, TraceSpans};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, LogsData, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, TracesData};
use prost::Message;

use crate::id::{TRACE_ID_BYTES, span_id, trace_id};
use crate::rejections::{Rejected, Rejections};
use crate::split::{Split, experiment_hint, service_name, split};
use crate::value::plain_text;

pub(crate) use events::{events_by_span, events_of, record_key};
use previews::Said;

/// Events whose names begin with this prefix are GenAI events.
const GENAI_PREFIX: &str = "gen_ai.";

/// Splits the log records of one request: GenAI events by trace, spans made from coding agents'
/// records, and rejected records.
pub fn split_logs(data: LogsData) -> Split {
    let mut sorted = Sorted::default();
    let had_resources = !data.resource_logs.is_empty();
    let traced = traced_sessions(&data);
    let mut place = (0, 0);
    for mut from_resource in data.resource_logs {
        place.0 += 1;
        let scopes = std::mem::take(&mut from_resource.scope_logs);
        let resource = from_resource.resource.as_ref();
        let service = service_name(resource);
        let experiment = experiment_hint(resource);
        let mut of_agents = Vec::new();
        for mut from_scope in scopes {
            place.1 += 1;
            let mut agent_spans = Vec::new();
            for record in std::mem::take(&mut from_scope.log_records) {
                let name = events::name(&record);
                let taken = match Kind::new(&record, &name, service.as_deref(), &traced) {
                    Kind::Event(trace, span) => {
                        experiment.as_ref().map_err(Clone::clone).map(|experiment| {
                            let group = sorted.group(trace, service.as_ref(), experiment.as_ref());
                            group.open(place, &from_resource, &from_scope);
                            group.push(record, &name, span);
                            sorted.log_records += 1;
                        })
                    }
                    Kind::OfAgent(event) => {
                        event.span(record, service.as_deref()).map(|span| agent_spans.push(span))
                    }
                    Kind::Neither(reason) => Err(reason.to_owned()),
                };
                if let Err(reason) = taken {
                    let service_name = service.clone();
                    sorted.rejected.add(Rejected { span_name: name, service_name, reason });
                }
            }
            if !agent_spans.is_empty() {
                let ScopeLogs { scope, schema_url, .. } = from_scope;
                of_agents.push(ScopeSpans { scope, spans: agent_spans, schema_url });
            }
        }
        if !of_agents.is_empty() {
            let ResourceLogs { resource, schema_url, .. } = from_resource;
            sorted.agents.push(ResourceSpans { resource, scope_spans: of_agents, schema_url });
        }
    }
    sorted.finish(had_resources)
}

/// The treatment of a log record.
enum Kind {
    /// An event of this span.
    Event([u8; TRACE_ID_BYTES], SpanId),
    OfAgent(agents::Event),
    Neither(&'static str),
}

impl Kind {
    fn new(
        record: &LogRecord,
        name: &str,
        service: Option<&str>,
        traced: &HashSet<String>,
    ) -> Self {
        let ids = trace_id(&record.trace_id).zip(span_id(&record.span_id));
        let is_genai = name.starts_with(GENAI_PREFIX);
        match (agents::Event::parse(name, service), ids) {
            (Some(_), Some((trace, span))) => Self::Event(trace, span),
            (_, Some((trace, span))) if is_genai => Self::Event(trace, span),
            (Some(event), None) => match event.session(record) {
                Some(session) if traced.contains(&session) => {
                    Self::Neither("its session writes spans, and it names none of them")
                }
                _ => Self::OfAgent(event),
            },
            _ if is_genai => Self::Neither("it names no trace and span that it could belong to"),
            _ => Self::Neither("only GenAI events and the logs of coding agents are kept"),
        }
    }
}

/// The sessions of coding agents that also write spans, but omit the trace id in some records. If
/// such records became spans, their tokens would count twice.
fn traced_sessions(data: &LogsData) -> HashSet<String> {
    let mut traced = HashSet::new();
    for from_resource in &data.resource_logs {
        let service = service_name(from_resource.resource.as_ref());
        let records = from_resource.scope_logs.iter().flat_map(|scope| &scope.log_records);
        for record in records.filter(|record| trace_id(&record.trace_id).is_some()) {
            let event = agents::Event::parse(&events::name(record), service.as_deref());
            let event = event.filter(agents::Event::may_forget_its_trace);
            traced.extend(event.and_then(|event| event.session(record)));
        }
    }
    traced
}

#[derive(Default)]
struct Sorted {
    groups: Vec<Group>,
    group_of: HashMap<[u8; TRACE_ID_BYTES], usize>,
    agents: Vec<ResourceSpans>,
    rejected: Rejections,
    log_records: usize,
}

impl Sorted {
    fn group(
        &mut self,
        trace: [u8; TRACE_ID_BYTES],
        service_name: Option<&String>,
        experiment: Option<&ExperimentHint>,
    ) -> &mut Group {
        let index = *self.group_of.entry(trace).or_insert_with(|| {
            self.groups.push(Group {
                trace_id: TraceId::from_otel(trace),
                service_name: service_name.cloned(),
                experiment: None,
                data: LogsData::default(),
                place: (0, 0),
                start_ns: None,
                records: 0,
                said: BTreeMap::new(),
            });
            self.groups.len() - 1
        });
        let group = &mut self.groups[index];
        group.experiment = group.experiment.take().or(experiment.cloned());
        group
    }

    fn finish(self, had_resources: bool) -> Split {
        let of_agents = split(TracesData { resource_spans: self.agents });
        let log_records = self.log_records;
        let mut traces: Vec<_> = self.groups.into_iter().map(Group::finish).collect();
        traces.extend(of_agents.traces);
        let mut rejected = self.rejected;
        rejected.extend(of_agents.rejected);
        Split { traces, rejected, log_records, had_resources }
    }
}

/// The GenAI events of one trace, collected so far.
struct Group {
    trace_id: TraceId,
    service_name: Option<String>,
    experiment: Option<ExperimentHint>,
    data: LogsData,
    /// The resource and scope of the last record, numbered from 1 within the request.
    place: (usize, usize),
    /// The time of the earliest record, which is the start of the trace until a span arrives.
    start_ns: Option<i64>,
    records: u64,
    said: BTreeMap<SpanId, Said>,
}

impl Group {
    fn open(&mut self, place: (usize, usize), resource: &ResourceLogs, scope: &ScopeLogs) {
        if self.place.0 != place.0 {
            // The scopes were moved out of it before, so this copies only the resource.
            self.data.resource_logs.push(resource.clone());
        }
        if self.place != place {
            let resource = self.data.resource_logs.last_mut().expect("it was opened before");
            resource.scope_logs.push(scope.clone());
        }
        self.place = place;
    }

    fn push(&mut self, record: LogRecord, name: &str, span: SpanId) {
        let at_ns = i64::try_from(events::time_ns(&record)).ok().filter(|at| *at != 0);
        self.start_ns = [self.start_ns, at_ns].into_iter().flatten().min();
        self.records += 1;
        self.said.entry(span).or_default().hear(name, &record);
        let resource = self.data.resource_logs.last_mut().expect("a place was opened before");
        let scope = resource.scope_logs.last_mut().expect("a place was opened before");
        scope.log_records.push(record);
    }

    fn finish(self) -> TraceSpans {
        let previews = self.said.into_iter().filter_map(|(span_id, said)| {
            let (request, response) = said.previews();
            let any = request.is_some() || response.is_some();
            any.then_some(SpanPreviews { span_id, request, response })
        });
        let logs = TraceLogs {
            previews: previews.collect(),
            records: self.records,
            otlp: self.data.encode_to_vec(),
        };
        TraceSpans {
            trace_id: self.trace_id,
            rows: Vec::new(),
            fold: TraceFold { start_ns: self.start_ns, ..TraceFold::default() },
            otlp: Vec::new(),
            service_name: self.service_name,
            experiment: self.experiment,
            logs: Some(logs),
        }
    }
}

/// The attribute as text; `None` if it is absent or empty.
fn attribute(record: &LogRecord, key: &str) -> Option<String> {
    let entry = record.attributes.iter().find(|entry| entry.key == key)?;
    Some(plain_text(entry.value.as_ref()).into_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
