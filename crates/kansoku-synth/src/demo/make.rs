//! Generates all traces of a demonstration; the same for the same seed.
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;

use super::judge::Judged;
use super::support::Conversation;
use super::texts::USERS;
use super::trace::Trace;
use super::traffic_pattern::TrafficPattern;
use super::{analyst, coding, large};

const NS_PER_S: u64 = 1_000_000_000;
/// Minimum number of traces for a demonstration to include open traces and the very large one.
const SPECIALS_FROM: usize = 20;
const NIGHTLY_BEFORE_NOW_S: u64 = 9 * 3600;

#[derive(Clone, Copy, Debug)]
pub struct DemoSpec {
    pub seed: u64,
    pub traces: usize,
    pub days: u64,
    pub now_ns: u64,
    /// Part of all ids, so that those of two demonstrations differ.
    pub key: u64,
}

/// A trace ready to be sent, with properties for the summary at the end of the demonstration.
pub struct SyntheticTrace {
    pub id: String,
    pub otlp: ResourceSpans,
    pub spans: usize,
    pub app: &'static str,
    pub version: &'static str,
    pub start_ns: u64,
    pub duration_ms: f64,
    pub failed: bool,
    pub open: bool,
    pub assessments: Vec<Value>,
}

struct Generator<'a> {
    asked: DemoSpec,
    made: usize,
    take: &'a mut dyn FnMut(SyntheticTrace) -> anyhow::Result<()>,
}

/// Passes every trace to `take`. Fails if `take` fails.
pub fn generate(
    asked: DemoSpec,
    take: &mut dyn FnMut(SyntheticTrace) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let pattern = TrafficPattern { now_ns: asked.now_ns, days: asked.days };
    let mut generator = Generator { asked, made: 0, take };
    let has_specials = SPECIALS_FROM <= asked.traces;
    let open = if has_specials { (asked.traces / 200).clamp(1, 5) } else { 0 };
    if has_specials {
        generator.nightly()?;
    }
    let mut group = 0;
    while generator.made + open < asked.traces {
        let mut dice = StdRng::seed_from_u64(mix(asked.seed ^ mix(group)));
        // A separate generator, because the number of random values depends on the time of day: the
        // content stays the same for a seed.
        let at_ns = pattern.moment(&mut StdRng::seed_from_u64(mix(!asked.seed ^ mix(group))));
        generator.group(pattern, group, at_ns, asked.traces - open, &mut dice)?;
        group += 1;
    }
    for n in 0..open {
        let mut dice = StdRng::seed_from_u64(mix(asked.seed ^ mix(u64::MAX - n as u64)));
        let at_ns = asked.now_ns - dice.random_range(5..90) * NS_PER_S;
        generator.still_open(pattern, at_ns, n, &mut dice)?;
    }
    Ok(())
}

impl Generator<'_> {
    fn trace(&self, start_ns: u64) -> Trace {
        let n = self.made as u64 + 1;
        let (seed, key) = (mix(self.asked.seed ^ n), mix(self.asked.key ^ mix(n)));
        Trace::new(u128::from(mix(seed ^ key)) << 64 | u128::from(key), seed, start_ns)
    }

    fn take(
        &mut self,
        trace: Trace,
        resource: &Resource,
        failed: bool,
        open: bool,
        assessments: Vec<Value>,
    ) -> anyhow::Result<()> {
        self.made += 1;
        (self.take)(SyntheticTrace {
            id: trace.id(),
            spans: trace.len(),
            app: resource.app,
            version: resource.version,
            start_ns: trace.start_ns(),
            duration_ms: trace.duration_ms(),
            failed,
            open,
            assessments,
            otlp: trace.export(&resource.attributes()),
        })
    }

    /// Traces of one user in a row: a conversation, several questions or a task.
    fn group(
        &mut self,
        pattern: TrafficPattern,
        group: u64,
        start_ns: u64,
        until: usize,
        dice: &mut StdRng,
    ) -> anyhow::Result<()> {
        let user = USERS[dice.random_range(0..USERS.len())];
        let environment = if dice.random_bool(0.87) { "production" } else { "staging" };
        let version = pattern.version(start_ns, dice);
        let kind = dice.random_range(0..100);
        let session = format!("s-{:05}-{:04x}", group, mix(self.asked.key ^ group) as u16);
        let mut at_ns = start_ns;
        let mut conversation = None;
        let turns = dice.random_range(1..=4);
        for turn in 0..turns {
            if until <= self.made || self.asked.now_ns <= at_ns + 300 * NS_PER_S {
                break;
            }
            let trouble = pattern.trouble(at_ns);
            let mut trace = self.trace(at_ns);
            let (resource, failed, judged) = match kind {
                0..62 => {
                    let begin = || Conversation::begin(&mut trace, session.clone(), user);
                    let talk = conversation.get_or_insert_with(begin);
                    if talk.turns_max() <= talk.turn {
                        break;
                    }
                    let turn = talk.turn(&mut trace, version, trouble);
                    let span = turn.answer_span.map(|at| trace.span_id(at));
                    let mut judged = Judged::new(dice, trace.now_ns + 40 * NS_PER_S);
                    judged.support(&turn, user, span.as_deref());
                    (Resource::support(version.name, environment), turn.failed, judged.assessments)
                }
                62..82 => {
                    if 0 < turn {
                        break;
                    }
                    let done = coding::run(&mut trace, &session, user, trouble);
                    let mut judged = Judged::new(dice, trace.now_ns + NS_PER_S);
                    judged.coding(&done, user);
                    (
                        Resource::new("code-agent", "0.14.1", environment),
                        done.failed,
                        judged.assessments,
                    )
                }
                _ => {
                    let told = analyst::run(&mut trace, &session, user, trouble);
                    let mut judged = Judged::new(dice, trace.now_ns + 5 * NS_PER_S);
                    judged.analyst(&told);
                    (
                        Resource::new("sql-analyst", "3.2.0", environment),
                        told.failed,
                        judged.assessments,
                    )
                }
            };
            at_ns = trace.now_ns + dice.random_range(12..200) * NS_PER_S;
            self.take(trace, &resource, failed, false, judged)?;
            if failed && dice.random_bool(0.6) {
                break;
            }
        }
        Ok(())
    }

    fn nightly(&mut self) -> anyhow::Result<()> {
        let mut trace = self.trace(self.asked.now_ns - NIGHTLY_BEFORE_NOW_S * NS_PER_S);
        large::run(&mut trace);
        let resource = Resource::new("nightly-report", "1.0.0", "production");
        self.take(trace, &resource, false, false, Vec::new())
    }

    fn still_open(
        &mut self,
        pattern: TrafficPattern,
        start_ns: u64,
        n: usize,
        dice: &mut StdRng,
    ) -> anyhow::Result<()> {
        let mut trace = self.trace(start_ns);
        let user = USERS[dice.random_range(0..USERS.len())];
        let session = format!("s-open-{n}-{:04x}", self.asked.key as u16);
        let resource = match n % 2 {
            0 => {
                let version = pattern.version(start_ns, dice);
                Conversation::begin(&mut trace, session, user).turn(&mut trace, version, 0.0);
                Resource::support(version.name, "production")
            }
            _ => {
                coding::run(&mut trace, &session, user, 0.0);
                Resource::new("code-agent", "0.14.1", "production")
            }
        };
        trace.leave_open(dice.random_range(0.5..0.8), self.asked.now_ns);
        self.take(trace, &resource, false, true, Vec::new())
    }
}

struct Resource {
    app: &'static str,
    version: &'static str,
    environment: &'static str,
}

impl Resource {
    fn new(app: &'static str, version: &'static str, environment: &'static str) -> Self {
        Self { app, version, environment }
    }

    fn support(version: &'static str, environment: &'static str) -> Self {
        Self::new("support-agent", version, environment)
    }

    fn attributes(&self) -> [(&'static str, &'static str); 3] {
        [
            ("service.name", self.app),
            ("service.version", self.version),
            ("deployment.environment.name", self.environment),
        ]
    }
}

/// Maps consecutive numbers to uniformly distributed ones (splitmix64).
pub(super) fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests;
