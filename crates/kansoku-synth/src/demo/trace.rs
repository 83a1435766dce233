//! A trace under construction: its spans begin and end on a simulated clock.
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{
    ResourceSpans, ScopeSpans, Span, Status, span::Event, status::StatusCode,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;

const NS_PER_MS: f64 = 1e6;

/// The index of a span in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At(usize);

pub(super) struct Trace {
    id: u128,
    pub(super) dice: StdRng,
    pub(super) now_ns: u64,
    start_ns: u64,
    spans: Vec<Span>,
}

impl Trace {
    /// `seed` determines all random choices for this trace.
    pub(super) fn new(id: u128, seed: u64, start_ns: u64) -> Self {
        let dice = StdRng::seed_from_u64(seed);
        Self { id, dice, now_ns: start_ns, start_ns, spans: Vec::new() }
    }

    pub(super) fn id(&self) -> String {
        format!("tr-{:032x}", self.id)
    }

    pub(super) fn span_id(&self, at: At) -> String {
        self.spans[at.0].span_id.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn start_ns(&self) -> u64 {
        self.start_ns
    }

    pub(super) fn duration_ms(&self) -> f64 {
        (self.now_ns - self.start_ns) as f64 / NS_PER_MS
    }

    pub(super) fn begin(&mut self, parent: Option<At>, name: &str, kind: &str) -> At {
        let number = self.spans.len() as u64 + 1;
        let id = (self.id as u64) ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let span = Span {
            trace_id: self.id.to_be_bytes().to_vec(),
            span_id: id.max(1).to_be_bytes().to_vec(),
            parent_span_id: parent.map_or_else(Vec::new, |at| self.spans[at.0].span_id.clone()),
            name: name.to_owned(),
            kind: 1,
            start_time_unix_nano: self.now_ns,
            ..Span::default()
        };
        self.spans.push(span);
        let at = At(self.spans.len() - 1);
        if !kind.is_empty() {
            self.set(at, "mlflow.spanType", kind);
        }
        at
    }

    pub(super) fn end(&mut self, at: At) {
        let now_ns = self.now_ns;
        let span = &mut self.spans[at.0];
        span.end_time_unix_nano = now_ns.max(span.start_time_unix_nano);
        if span.status.is_none() {
            span.status = Some(Status { code: StatusCode::Ok.into(), message: String::new() });
        }
    }

    /// Advances the clock by about `ms`, at random between 75 % and 135 % of it.
    pub(super) fn pass(&mut self, ms: f64) {
        let ms = ms * self.dice.random_range(0.75..1.35);
        self.now_ns += (ms * NS_PER_MS) as u64;
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.dice.random_bool(probability.clamp(0.0, 1.0))
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.dice.random_range(0..from.len())]
    }

    pub(super) fn set(&mut self, at: At, key: &str, value: impl Into<Value>) {
        let value = Some(any(value.into()));
        let entry = KeyValue { key: key.to_owned(), value, ..KeyValue::default() };
        self.spans[at.0].attributes.push(entry);
    }

    pub(super) fn inputs(&mut self, at: At, inputs: &Value) {
        self.set(at, "mlflow.spanInputs", inputs.to_string());
    }

    pub(super) fn outputs(&mut self, at: At, outputs: &Value) {
        self.set(at, "mlflow.spanOutputs", outputs.to_string());
    }

    /// Ends the span with an exception event, as OpenTelemetry SDKs record it.
    pub(super) fn fail(&mut self, at: At, kind: &str, message: &str) {
        let name = self.spans[at.0].name.clone();
        let stack = format!(
            "Traceback (most recent call last):\n  File \"/app/agent/steps.py\", line {}, in {name}\n    \
             return await self._client.send(request, timeout=self._timeout)\n{kind}: {message}",
            40 + self.spans.len() * 7 % 300,
        );
        let said = [("type", kind), ("message", message), ("stacktrace", stack.as_str())];
        let attributes = said.map(|(key, text)| KeyValue {
            key: format!("exception.{key}"),
            value: Some(any(text.into())),
            ..KeyValue::default()
        });
        let event = Event {
            time_unix_nano: self.now_ns,
            name: "exception".to_owned(),
            attributes: attributes.to_vec(),
            ..Event::default()
        };
        let span = &mut self.spans[at.0];
        span.events.push(event);
        span.status =
            Some(Status { code: StatusCode::Error.into(), message: format!("{kind}: {message}") });
        self.end(at);
    }

    /// Truncates the trace to its state while running: everything after this share of its duration,
    /// or after `now_ns`, is removed.
    pub(super) fn leave_open(&mut self, share: f64, now_ns: u64) {
        let until = self.start_ns + ((self.now_ns - self.start_ns) as f64 * share) as u64;
        let until = until.min(now_ns);
        self.spans.retain(|span| span.start_time_unix_nano <= until);
        for span in &mut self.spans {
            if until < span.end_time_unix_nano {
                span.end_time_unix_nano = 0;
                span.status = None;
                span.events.clear();
                let is_known_later = |key: &str| {
                    ["output", "Outputs", "usage", "Usage"].iter().any(|word| key.contains(word))
                };
                span.attributes.retain(|entry| !is_known_later(&entry.key));
            }
        }
        self.now_ns = until;
    }

    /// Exports the trace with these resource attributes.
    pub(super) fn export(self, resource: &[(&str, &str)]) -> ResourceSpans {
        let attributes = resource.iter().map(|(key, text)| KeyValue {
            key: (*key).to_owned(),
            value: Some(any((*text).into())),
            ..KeyValue::default()
        });
        let scope = InstrumentationScope { name: "agents".to_owned(), ..Default::default() };
        ResourceSpans {
            resource: Some(Resource { attributes: attributes.collect(), ..Resource::default() }),
            scope_spans: vec![ScopeSpans {
                scope: Some(scope),
                spans: self.spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }
    }
}

/// Converts scalars to typed values, and arrays and objects to JSON text.
fn any(value: Value) -> AnyValue {
    let value = match value {
        Value::Bool(flag) => Any::BoolValue(flag),
        Value::String(text) => Any::StringValue(text),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Any::IntValue(whole),
            None => Any::DoubleValue(number.as_f64().unwrap_or_default()),
        },
        other => Any::StringValue(other.to_string()),
    };
    AnyValue { value: Some(value) }
}
