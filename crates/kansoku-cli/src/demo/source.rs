//! Demo data for a server that stores it without the command.
use std::ops::ControlFlow;

use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use kansoku_server::{DemoBatch, DemoCall, DemoCalls, DemoSource};
use kansoku_synth::demo::{self, CurationSpec, DemoBody, DemoSpec, PickedTraces, SyntheticTrace};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, TracesData};
use prost::Message as _;
use serde_json::Value;

use super::{SPANS_AT_ONCE, calls::Calls, demo_key};

/// Generates the traces that `kansoku demo` generates by default.
pub(crate) struct DemoTraces;

pub(crate) const SEED: u64 = 1;
pub(crate) const TRACES: u32 = 2000;
pub(crate) const DAYS: u32 = 7;

impl DemoSource for DemoTraces {
    fn traces(&self) -> u64 {
        TRACES.into()
    }

    fn generate(
        &self,
        now: TimestampMs,
        experiment: ExperimentId,
        experiment_name: &str,
        take: &mut dyn FnMut(DemoBatch) -> ControlFlow<()>,
    ) -> Box<dyn DemoCalls> {
        let now_ms = now.0.cast_unsigned();
        let spec = DemoSpec {
            seed: SEED,
            traces: TRACES as usize,
            days: DAYS.into(),
            now_ns: now_ms * 1_000_000,
            key: demo_key(now_ms, &experiment.to_string()),
        };
        let mut batch = Batch::default();
        let mut picked = PickedTraces::default();
        let made = demo::generate(spec, &mut |made| {
            picked.add(&made);
            batch.add(made);
            if batch.spans < SPANS_AT_ONCE {
                return Ok(());
            }
            match take(std::mem::take(&mut batch).finish()) {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(()) => anyhow::bail!("the receiver stopped"),
            }
        });
        if made.is_ok() && 0 < batch.spans {
            let _ = take(batch.finish());
        }
        let spec = CurationSpec {
            experiment_id: experiment.to_string(),
            experiment_name: experiment_name.to_owned(),
            now_ns: spec.now_ns,
            key: spec.key,
        };
        Box::new(Calls::new(&spec, &picked))
    }
}

impl DemoCalls for Calls {
    fn next(&mut self, response: &Value) -> Result<Option<DemoCall>, String> {
        let Some(request) = Self::next(self, response)? else { return Ok(None) };
        let (content_type, body) = match request.body {
            DemoBody::None => ("application/json", Vec::new()),
            DemoBody::Json(json) => ("application/json", json.to_string().into_bytes()),
            DemoBody::Otlp(bytes) => ("application/x-protobuf", bytes),
        };
        Ok(Some(DemoCall { method: request.method, path: request.path, content_type, body }))
    }
}

#[derive(Default)]
struct Batch {
    spans: usize,
    otlp: Vec<ResourceSpans>,
    assessments: Vec<(TraceId, Value)>,
}

impl Batch {
    fn add(&mut self, made: SyntheticTrace) {
        self.spans += made.spans;
        self.otlp.push(made.otlp);
        if let Ok(trace) = TraceId::try_from(made.id) {
            let said = made.assessments.into_iter();
            self.assessments.extend(said.map(|said| (trace.clone(), said)));
        }
    }

    fn finish(self) -> DemoBatch {
        let traces = self.otlp.len() as u64;
        let otlp = TracesData { resource_spans: self.otlp };
        DemoBatch { traces, otlp: otlp.encode_to_vec(), assessments: self.assessments }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Args, Command};

    #[test]
    fn a_server_makes_what_the_command_makes() {
        let Command::Demo(asked) = Args::parse_from(["kansoku", "demo"]).command else {
            panic!("another command")
        };
        let told = (asked.seed, asked.traces, asked.days);
        assert_eq!(told, (SEED, TRACES, DAYS));
    }

    #[test]
    fn batches_have_all_traces_until_nobody_wants_more() {
        let all = |batches_max: usize| {
            let (mut traces, mut assessments, mut batches) = (0, 0, 0);
            let now = TimestampMs(1_700_000_000_000);
            DemoTraces.generate(now, ExperimentId(1), "demo", &mut |batch| {
                traces += batch.traces;
                assessments += batch.assessments.len();
                batches += 1;
                assert!(!batch.otlp.is_empty());
                match batches < batches_max {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            });
            (traces, assessments, batches)
        };
        let (traces, assessments, batches) = all(usize::MAX);
        assert_eq!(traces, u64::from(TRACES));
        assert!(100 < assessments && 10 < batches, "{assessments} {batches}");
        assert_eq!(all(2).2, 2);
    }
}
