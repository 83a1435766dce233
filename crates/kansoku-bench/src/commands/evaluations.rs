//! Makes two runs of `mlflow.genai.evaluate` with the same cases, and measures the list of
//! evaluations, the cases of one and the comparison of both. Only Kansoku has these routes.
use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::say;
use crate::args::{Evaluations, Target};
use crate::client::Client;
use crate::drive::{Bound, drive, sample};
use kansoku_synth::load::mix;

const CASES_PER_REQUEST: u64 = 20;
const SECONDS_MAX: f64 = 1800.0;
/// The time when the first case began: 2026-01-01T00:00:00Z.
const START_MS: u64 = 1_767_225_600_000;
/// The time from one case to the next.
const INTERVAL_MS: u64 = 10;

/// Name, path and query of a measured request.
type Question<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

pub(crate) fn run(target: &Target, ask: &Evaluations) -> anyhow::Result<()> {
    let client = Client::new(target);
    let experiment = client.experiment(&target.experiment)?;
    let runs = ["baseline", "candidate"].map(|name| client.create_evaluation(&experiment, name));
    let [baseline, candidate] = runs;
    let (baseline, candidate) = (baseline?, candidate?);
    for (run, is_candidate) in [(&baseline, false), (&candidate, true)] {
        let cases = Cases { seed: target.seed, experiment: &experiment, run, is_candidate };
        fill(target, ask, &cases)?;
    }
    let bound = Bound { seconds: ask.seconds, count: ask.calls };
    let both = format!("{baseline},{candidate}");
    let cases = format!("evaluations/{candidate}/cases");
    let questions: [Question<'_>; 6] = [
        ("list", "evaluations", &[]),
        ("cases, failures first", &cases, &[]),
        ("cases by one scorer", &cases, &[("order_by", "scorer"), ("sort_scorer", "similarity")]),
        ("bad cases of one scorer", &cases, &[("scorer", "correct"), ("verdict", "bad")]),
        ("comparison", "evaluations/compare", &[("runs", &both)]),
        ("lost cases", "evaluations/compare", &[("runs", &both), ("only", "lost")]),
    ];
    for (question, path, query) in questions {
        let (first, run) = sample(&bound, |_| client.analytics(&experiment, path, query));
        let mut report = run.report("evaluations");
        report["question"] = question.into();
        report["cases"] = ask.cases.into();
        if let Some(first) = first {
            let answer: Value =
                serde_json::from_slice(&first).context("the answer of evaluations is not JSON")?;
            report["matching"] = answer["matching"].clone();
            report["bytes"] = first.len().into();
        }
        say(&report)?;
    }
    Ok(())
}

/// The cases of a run.
struct Cases<'a> {
    seed: u64,
    experiment: &'a str,
    run: &'a str,
    /// Whether it is the second run, which loses some cases and wins fewer.
    is_candidate: bool,
}

fn fill(target: &Target, ask: &Evaluations, cases: &Cases<'_>) -> anyhow::Result<()> {
    let requests = ask.cases.div_ceil(CASES_PER_REQUEST);
    let work = |client: &mut Client, request: u64| {
        let numbers =
            request * CASES_PER_REQUEST..((request + 1) * CASES_PER_REQUEST).min(ask.cases);
        let spans: Vec<Value> = numbers.clone().flat_map(|n| cases.spans(n)).collect();
        client.send_spans_json(cases.experiment, &spans)?;
        numbers.into_iter().try_for_each(|n| client.start_trace(&cases.trace_info(n)))
    };
    let bound = Bound { seconds: SECONDS_MAX, count: requests };
    let run = drive(target.connections, &bound, || Client::new(target), work);
    let mut report = run.report("evaluations");
    report["question"] = "make a run".into();
    report["cases"] = ask.cases.into();
    say(&report)?;
    ensure!(run.done() == requests, "{} of {requests} requests were accepted", run.done());
    Ok(())
}

impl Cases<'_> {
    /// A number that is random for each case and purpose, equal in all runs.
    fn random(&self, n: u64, purpose: u64) -> u64 {
        mix(mix(self.seed ^ purpose) ^ n)
    }

    fn trace(&self, n: u64) -> String {
        format!("{}{n:012x}", &self.run[..20])
    }

    fn start_ms(&self, n: u64) -> u64 {
        START_MS + n * INTERVAL_MS
    }

    /// The start of a case as text, within the first day.
    fn start_time(&self, n: u64) -> String {
        let (ms, s) = (n * INTERVAL_MS % 1000, n * INTERVAL_MS / 1000);
        let (hours, minutes, seconds) = (s / 3600, s / 60 % 60, s % 60);
        format!("2026-01-01T{hours:02}:{minutes:02}:{seconds:02}.{ms:03}Z")
    }

    fn duration_ms(&self, n: u64) -> u64 {
        200 + self.random(n, 1) % 2000 + if self.is_candidate { self.random(n, 2) % 80 } else { 0 }
    }

    fn inputs(&self, n: u64) -> String {
        let topic = ["orders", "returns", "invoices", "deliveries"][n as usize % 4];
        let question = format!(
            "What is the state of case {n} of customer {} about {topic}?",
            self.random(n, 3)
        );
        json!({ "question": question, "locale": "en" }).to_string()
    }

    fn output(&self, n: u64) -> String {
        let version = if self.is_candidate { "It seems that" } else { "We found that" };
        json!(format!("{version} case {n} was closed on day {}.", self.random(n, 4) % 365))
            .to_string()
    }

    fn spans(&self, n: u64) -> [Value; 2] {
        let (start, end) = (self.start_ms(n), self.start_ms(n) + self.duration_ms(n));
        let text =
            |key: &str, value: String| json!({ "key": key, "value": { "stringValue": value } });
        let usage = json!({ "input_tokens": 300, "output_tokens": 40, "total_tokens": 340 });
        let span = |id: u64, parent: &str, name: &str, attributes: Value| {
            json!({
                "traceId": self.trace(n), "spanId": format!("{id:016x}"), "parentSpanId": parent,
                "name": name, "startTimeUnixNano": (start * 1_000_000).to_string(),
                "endTimeUnixNano": (end * 1_000_000).to_string(), "attributes": attributes,
            })
        };
        let root = json!([
            text("mlflow.spanInputs", self.inputs(n)),
            text("mlflow.spanOutputs", self.output(n)),
        ]);
        let call = json!([
            text("mlflow.spanType", "\"CHAT_MODEL\"".to_owned()),
            text("mlflow.llm.model", "\"gpt-4o-mini\"".to_owned()),
            text("mlflow.chat.tokenUsage", usage.to_string()),
        ]);
        [span(1, "", "predict", root), span(2, &format!("{:016x}", 1), "call", call)]
    }

    fn trace_info(&self, n: u64) -> Value {
        json!({
            "trace_id": format!("tr-{}", self.trace(n)),
            "trace_location": {
                "type": "MLFLOW_EXPERIMENT",
                "mlflow_experiment": { "experiment_id": self.experiment },
            },
            "request_time": self.start_time(n),
            "execution_duration": format!("{}s", self.duration_ms(n) as f64 / 1000.0),
            "state": "OK",
            "request_preview": self.inputs(n),
            "response_preview": self.output(n),
            "trace_metadata": {
                "mlflow.sourceRun": self.run,
                "mlflow.traceInputs": self.inputs(n),
                "mlflow.traceOutputs": self.output(n),
            },
            "assessments": self.assessments(n),
        })
    }

    /// Two scorers in code, a judge that sometimes fails, and an expectation.
    fn assessments(&self, n: u64) -> Value {
        let share = |purpose: u64| (self.random(n, purpose) % 1000) as f64 / 1000.0;
        let was_correct = share(5) < 0.9;
        let is_correct = match self.is_candidate {
            true if share(6) < 0.04 => !was_correct,
            _ => was_correct,
        };
        let similarity =
            (share(7) - if self.is_candidate { 0.02 * share(8) } else { 0.0 }).max(0.0);
        let judge = match share(9 + u64::from(self.is_candidate)) < 0.01 {
            true => json!({ "error": { "error_code": "TIMEOUT", "error_message": "no answer" } }),
            false => json!({ "value": if share(11) < 0.8 { "yes" } else { "no" } }),
        };
        let made = |name: &str, kind: &str| {
            json!({
                "assessment_name": name,
                "source": { "source_type": kind, "source_id": name },
                "rationale": format!("Why {name} came to this conclusion about case {n}."),
                "metadata": { "mlflow.assessment.sourceRunId": self.run },
            })
        };
        let with = |mut assessment: Value, key: &str, value: Value| {
            assessment[key] = value;
            assessment
        };
        json!([
            with(made("correct", "CODE"), "feedback", json!({ "value": is_correct })),
            with(made("similarity", "CODE"), "feedback", json!({ "value": similarity })),
            with(made("relevant", "LLM_JUDGE"), "feedback", judge),
            with(
                made("expected_response", "HUMAN"),
                "expectation",
                json!({ "value": self.output(n) })
            ),
        ])
    }
}
