//! Properties of trace number `n` of a seed: its ids, time, session, user, tags and feedback.
//!
//! Each is a function of the number, so that the commands for loading and searching need no shared
//! state. The shares are those of a busy service: sessions of five traces, a thousand users, one
//! trace in twenty failed, and one in twenty with feedback.
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::shape::{self, Traits};
use super::template::Template;

/// Start time of trace 0 in ms: 2026-01-01 00:00 UTC. The traces start at intervals of five
/// seconds, so that a million take 58 days.
const FIRST_START_MS: u64 = 1_767_225_600_000;
const STEP_MS: u64 = 5_000;
const SESSION_TRACES: u64 = 5;
const USERS: u64 = 1_000;
const TENANTS: u64 = 200;
/// One trace in this many has a client request id.
const REQUEST_ID_EVERY: u64 = 10;
const FEEDBACK_EVERY: u64 = 20;
/// Number of different texts before they repeat; ids, times and sessions never do. It exceeds the
/// number of samples on which a server might train a dictionary.
const TEXTS: usize = 1_600;

/// The traces of a seed.
pub struct Plan {
    seed: u64,
    traces_per_request: usize,
    spans_per_trace: usize,
    templates: Vec<Template>,
    traits: Vec<Traits>,
}

impl Plan {
    pub fn new(seed: u64, traces_per_request: usize, spans_per_trace: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut plan = Self {
            seed,
            traces_per_request,
            spans_per_trace,
            templates: Vec::new(),
            traits: Vec::new(),
        };
        let texts = (TEXTS * 6 / spans_per_trace.max(6)).max(traces_per_request);
        while plan.traits.len() < texts {
            let (request, offsets_ns, traits) =
                shape::request(&mut rng, plan.traits.len(), traces_per_request, spans_per_trace);
            plan.templates.push(Template::new(&request, offsets_ns));
            plan.traits.extend(traits);
        }
        plan
    }

    /// Writes the body of request number `request` to `body`. Its first trace has the number
    /// `request * traces_per_request`.
    pub fn body(&self, request: u64, body: &mut Vec<u8>) {
        let template = &self.templates[(request % self.templates.len() as u64) as usize];
        template.fill(self, request * self.traces_per_request as u64, body);
    }

    pub fn trace_id(&self, n: u64) -> u128 {
        u128::from(mix(self.seed)) << 64 | u128::from(mix(self.seed.rotate_left(32) ^ mix(n)))
    }

    pub fn trace_name(&self, n: u64) -> String {
        format!("tr-{:032x}", self.trace_id(n))
    }

    pub fn start_ms(&self, n: u64) -> u64 {
        FIRST_START_MS + n * STEP_MS
    }

    pub fn start_ns(&self, n: u64) -> u64 {
        self.start_ms(n) * 1_000_000 + mix(n) % 1_000_000
    }

    pub fn session_number(&self, n: u64) -> u32 {
        mix(self.seed ^ (n / SESSION_TRACES)) as u32
    }

    pub fn user_number(&self, n: u64) -> u32 {
        mix(mix(n / SESSION_TRACES) % USERS) as u32
    }

    pub fn tenant_number(&self, n: u64) -> u32 {
        mix(mix(n) % TENANTS) as u32
    }

    pub fn session(&self, n: u64) -> String {
        format!("session-{:08x}", self.session_number(n))
    }

    pub fn user(&self, n: u64) -> String {
        format!("user-{:08x}", self.user_number(n))
    }

    pub fn tenant(&self, n: u64) -> String {
        format!("tenant-{:08x}", self.tenant_number(n))
    }

    pub fn request_id(&self, n: u64) -> String {
        format!("req-{:016x}", mix(self.seed ^ n))
    }

    /// Whether `load` sends the client request id of this trace.
    pub fn has_request_id(&self, n: u64) -> bool {
        n % REQUEST_ID_EVERY == 3
    }

    /// The value of the feedback that `load` sends for this trace, if any.
    pub fn verdict(&self, n: u64) -> Option<&'static str> {
        let verdicts = ["yes", "yes", "yes", "no", "partly"];
        (n % FEEDBACK_EVERY == 7).then(|| verdicts[(mix(n) % 5) as usize])
    }

    fn traits(&self, n: u64) -> &Traits {
        &self.traits[(n % self.traits.len() as u64) as usize]
    }

    /// The trace info that a client posts when the root span ends.
    pub fn trace_info(&self, n: u64, experiment: &str) -> Value {
        let traits = self.traits(n);
        let sizes = json!({ "total_size_bytes": traits.bytes, "num_spans": self.spans_per_trace });
        json!({
            "trace_id": self.trace_name(n),
            "client_request_id": self.request_id(n),
            "trace_location": { "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": experiment } },
            "request_preview": traits.question,
            "response_preview": traits.answer,
            "request_time": Timestamp::from_millisecond(self.start_ms(n) as i64).expect("a day of this century").to_string(),
            "execution_duration": format!("{:.3}s", traits.duration_ms as f64 / 1e3),
            "state": if traits.failed { "ERROR" } else { "OK" },
            "trace_metadata": {
                "mlflow.trace_schema.version": "3",
                "mlflow.user": "app",
                "mlflow.source.name": "server.py",
                "mlflow.source.type": "LOCAL",
                "mlflow.traceInputs": head(&traits.question, 250),
                "mlflow.traceOutputs": head(&traits.answer, 250),
                "mlflow.trace.sizeStats": sizes.to_string(),
                "mlflow.trace.sizeBytes": traits.bytes.to_string(),
                "mlflow.trace.session": self.session(n),
                "mlflow.trace.user": self.user(n),
            },
            "tags": {
                "mlflow.traceName": traits.name,
                "env": traits.env,
                "tenant": self.tenant(n),
            },
        })
    }

    pub fn feedback(&self, verdict: &str) -> Value {
        json!({
            "assessment_name": "correct",
            "source": { "source_type": "HUMAN", "source_id": "reviewer@example.com" },
            "feedback": { "value": verdict },
            "rationale": "read against the knowledge base",
        })
    }
}

/// A hash with good distribution (the finalizer of splitmix64).
pub fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn head(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests;
