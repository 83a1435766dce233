//! `kansoku demo`: fills an experiment with realistic synthetic traces, so that there is something
//! to explore. Everything is sent through the public API.
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use kansoku_model::{Clock as _, SystemClock};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, TracesData};
use prost::Message as _;
use serde_json::{Value, json};

use crate::args::DemoArgs;
use crate::ask::Server;
use calls::Calls;
use kansoku_synth::demo::{self, CurationSpec, DemoBody, DemoSpec, PickedTraces, SyntheticTrace};
use look::Look;

mod calls;
mod look;
mod scorers;
pub(crate) mod source;

const ANSWER_WITHIN: Duration = Duration::from_secs(60);
const ANSWER_BYTES_MAX: u64 = 4 << 20;
/// Approximate number of spans per request.
const SPANS_AT_ONCE: usize = 600;

pub(crate) fn run(asked: DemoArgs) -> anyhow::Result<()> {
    let started = Instant::now();
    let server =
        Server::new(&asked.url, asked.token.clone(), Some(ANSWER_WITHIN), ANSWER_BYTES_MAX);
    let (experiment, is_new) = experiment(&server, &asked)?;
    if is_new {
        // Before the traces, which they score when they end.
        scorers::start(&server, &experiment)?;
    }
    let now_ms = SystemClock.now().0;
    let wanted = DemoSpec {
        seed: asked.seed,
        traces: asked.traces as usize,
        days: asked.days.into(),
        now_ns: now_ms.cast_unsigned() * 1_000_000,
        key: demo_key(now_ms.cast_unsigned(), &experiment),
    };
    let mut sender = Sender::new(&server, &experiment, wanted.traces);
    demo::generate(wanted, &mut |made| sender.take(made))?;
    sender.flush()?;
    let Sender { traces, spans, judged, look, picked, .. } = sender;
    // Datasets, prompts and the like are made once; later demonstrations only add traces.
    if is_new {
        let spec = CurationSpec {
            experiment_id: experiment.clone(),
            experiment_name: asked.experiment.clone(),
            now_ns: wanted.now_ns,
            key: wanted.key,
        };
        curate(&server, &experiment, Calls::new(&spec, &picked))?;
    }
    println!(
        "Experiment `{}` has {traces} more traces, of {} days: {spans} spans, {judged} assessments; \
         it took {:.0} s.\n\nWhere to look first:",
        asked.experiment,
        asked.days,
        started.elapsed().as_secs_f64(),
    );
    for (what, url) in look.links(server.address(), &asked.experiment, is_new) {
        println!("  {what:<22} {url}");
    }
    Ok(())
}

/// Makes the requests that people would make with the traces.
fn curate(server: &Server, experiment: &str, mut calls: Calls) -> anyhow::Result<()> {
    let mut response = Value::Null;
    while let Some(request) = calls.next(&response).map_err(anyhow::Error::msg)? {
        let route = server.at(&request.path);
        response = match (request.body, request.method) {
            (DemoBody::None, _) => route.get()?,
            (DemoBody::Json(body), "PATCH") => route.patch(&body)?,
            (DemoBody::Json(body), _) => route.post(&body)?,
            (DemoBody::Otlp(bytes), _) => {
                route.post_otlp(experiment, &bytes)?;
                Value::Null
            }
        };
    }
    Ok(())
}

/// Keeps the ids of one demonstration from those of another.
fn demo_key(now_ms: u64, experiment: &str) -> u64 {
    let of_experiment = |key: u64, byte: u8| key.wrapping_mul(31).wrapping_add(byte.into());
    now_ms ^ experiment.bytes().fold(0, of_experiment)
}

/// The id of the experiment, which is created if missing, and whether it has no traces yet. Fails if
/// it is deleted, or has traces and `--again` is not set.
fn experiment(server: &Server, asked: &DemoArgs) -> anyhow::Result<(String, bool)> {
    let name = look::encoded(&asked.experiment);
    let by_name = format!("/api/2.0/mlflow/experiments/get-by-name?experiment_name={name}");
    let found = server.at(&by_name).get_if_there()?;
    let Some(found) = found else {
        let create = server.at("/api/2.0/mlflow/experiments/create");
        let made = create.post(&json!({ "name": asked.experiment }))?;
        let id = id_in(&made["experiment_id"]).with_context(|| create.is_strange())?;
        return Ok((id, true));
    };
    let by_name = server.at(&by_name);
    let id = id_in(&found["experiment"]["experiment_id"]).with_context(|| by_name.is_strange())?;
    if found["experiment"]["lifecycle_stage"] == "deleted" {
        bail!("experiment `{}` was deleted; choose another by --experiment", asked.experiment);
    }
    let location = json!({
        "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": id },
    });
    let search = server.at("/api/3.0/mlflow/traces/search");
    let page = search.post(&json!({ "locations": [location], "max_results": 1 }))?;
    let has_traces = page["traces"].as_array().is_some_and(|traces| !traces.is_empty());
    if has_traces && !asked.again {
        bail!(
            "experiment `{}` has traces already: add to them by --again, or choose another by \
             --experiment",
            asked.experiment
        );
    }
    Ok((id, !has_traces))
}

fn id_in(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Sends traces in batches, and their assessments after them.
struct Sender<'a> {
    server: &'a Server,
    experiment: &'a str,
    wanted: usize,
    waiting: Vec<ResourceSpans>,
    waiting_spans: usize,
    waiting_judged: Vec<(String, Value)>,
    traces: usize,
    spans: usize,
    judged: usize,
    look: Look,
    picked: PickedTraces,
}

impl<'a> Sender<'a> {
    fn new(server: &'a Server, experiment: &'a str, wanted: usize) -> Self {
        Self {
            server,
            experiment,
            wanted,
            waiting: Vec::new(),
            waiting_spans: 0,
            waiting_judged: Vec::new(),
            traces: 0,
            spans: 0,
            judged: 0,
            look: Look::default(),
            picked: PickedTraces::default(),
        }
    }

    fn take(&mut self, made: SyntheticTrace) -> anyhow::Result<()> {
        self.look.at(&made);
        self.picked.add(&made);
        self.waiting_spans += made.spans;
        self.waiting.push(made.otlp);
        let judged = made.assessments.into_iter().map(|said| (made.id.clone(), said));
        self.waiting_judged.extend(judged);
        if SPANS_AT_ONCE <= self.waiting_spans { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.traces += self.waiting.len();
        self.spans += std::mem::take(&mut self.waiting_spans);
        let otlp = TracesData { resource_spans: std::mem::take(&mut self.waiting) };
        self.server.at("/v1/traces").post_otlp(self.experiment, &otlp.encode_to_vec())?;
        for (trace, said) in self.waiting_judged.drain(..) {
            let route = format!("/api/3.0/mlflow/traces/{trace}/assessments");
            self.server.at(&route).post(&json!({ "assessment": said }))?;
            self.judged += 1;
        }
        self.tell_progress();
        Ok(())
    }

    /// Updates the progress on one line, if stderr is a terminal.
    fn tell_progress(&self) {
        let mut stderr = std::io::stderr();
        if stderr.is_terminal() {
            let end = if self.traces == self.wanted { "\n" } else { "" };
            let (traces, wanted, spans) = (self.traces, self.wanted, self.spans);
            let _ = write!(stderr, "\r{traces} of {wanted} traces, {spans} spans{end}");
        }
    }
}
