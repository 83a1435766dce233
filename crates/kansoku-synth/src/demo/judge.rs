//! Assessments of the traces by people and judges.
use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};

use super::analyst::Told;
use super::coding::Done;
use super::support::Turn;

const COMPLAINTS: &[&str] = &[
    "That is not what your own page says.",
    "Wrong. I was told something else on the phone.",
    "Das stimmt so nicht.",
    "答えが間違っています。",
    "It did not answer my question.",
];

/// Assessments of one trace, in the form of MLflow's API.
pub(super) struct Judged<'a> {
    dice: &'a mut StdRng,
    /// The time of creation.
    at: String,
    pub assessments: Vec<Value>,
}

impl<'a> Judged<'a> {
    pub(super) fn new(dice: &'a mut StdRng, at_ns: u64) -> Self {
        let at = jiff::Timestamp::from_millisecond((at_ns / 1_000_000) as i64);
        let at = at.map_or_else(|_| String::new(), |at| at.to_string());
        Self { dice, at, assessments: Vec::new() }
    }

    pub(super) fn support(&mut self, turn: &Turn, user: &str, answer_span: Option<&str>) {
        let is_good = turn.grounded && !turn.failed;
        if self.dice.random_bool(0.22) {
            let thumbs_up = if self.dice.random_bool(0.88) { is_good } else { !is_good };
            let says_why = !thumbs_up && self.dice.random_bool(0.5);
            let why = says_why.then(|| self.pick(COMPLAINTS));
            self.feedback("user_feedback", json!(thumbs_up), ("HUMAN", user), why, None);
        }
        if turn.failed {
            return;
        }
        let judge = ("LLM_JUDGE", "openai:/gpt-5-mini");
        if self.dice.random_bool(0.4) {
            let grounded = if self.dice.random_bool(0.94) { turn.grounded } else { !turn.grounded };
            let why = match grounded {
                true => "Every statement is supported by a page in the context.",
                false => "The answer promises something that no page in the context says.",
            };
            let value = json!(if grounded { "yes" } else { "no" });
            self.feedback("groundedness", value, judge, Some(why), answer_span);
        }
        if self.dice.random_bool(0.3) {
            let (low, high) = if is_good { (0.7, 1.0) } else { (0.15, 0.65) };
            let score: f64 = self.dice.random_range(low..high);
            self.feedback("relevance", json!((score * 100.0).round() / 100.0), judge, None, None);
        }
        if self.dice.random_bool(0.01) {
            self.judge_failed("relevance", judge);
        }
        if self.dice.random_bool(0.04) && !turn.expected.is_empty() {
            self.expectation("expected_answer", json!(turn.expected));
        }
    }

    pub(super) fn coding(&mut self, done: &Done, user: &str) {
        let source = ("CODE", "ci/tests");
        self.feedback("tests_pass", json!(done.tests_pass), source, None, None);
        if self.dice.random_bool(0.2) {
            self.feedback("user_feedback", json!(!done.failed), ("HUMAN", user), None, None);
        }
    }

    pub(super) fn analyst(&mut self, told: &Told) {
        if !told.failed && self.dice.random_bool(0.5) {
            let passes = self.dice.random_bool(if told.mended { 0.75 } else { 0.95 });
            let why = match passes {
                true => {
                    "The statement answers the question, and the numbers are those of the result."
                }
                false => "The explanation names a number that is not in the result.",
            };
            let value = json!(if passes { "pass" } else { "fail" });
            let judge = ("LLM_JUDGE", "openai:/gpt-5-mini");
            self.feedback("sql_correct", value, judge, Some(why), None);
        }
        if self.dice.random_bool(0.05) {
            self.expectation("expected_sql", json!(told.sql));
        }
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.dice.random_range(0..from.len())]
    }

    fn feedback(
        &mut self,
        name: &str,
        value: Value,
        source: (&str, &str),
        why: Option<&str>,
        span: Option<&str>,
    ) {
        let mut assessment = self.assessment(name, source);
        assessment["feedback"] = json!({ "value": value });
        if let Some(why) = why {
            assessment["rationale"] = json!(why);
        }
        if let Some(span) = span {
            assessment["span_id"] = json!(span);
        }
        self.assessments.push(assessment);
    }

    fn judge_failed(&mut self, name: &str, source: (&str, &str)) {
        let mut assessment = self.assessment(name, source);
        let error = json!({
            "error_code": "RATE_LIMIT_EXCEEDED", "error_message": "the judge's model refused: 429",
        });
        assessment["feedback"] = json!({ "error": error });
        self.assessments.push(assessment);
    }

    fn expectation(&mut self, name: &str, value: Value) {
        let mut assessment = self.assessment(name, ("HUMAN", "qa.team"));
        assessment["expectation"] = json!({ "value": value });
        self.assessments.push(assessment);
    }

    fn assessment(&self, name: &str, (source_type, source_id): (&str, &str)) -> Value {
        json!({
            "assessment_name": name,
            "source": { "source_type": source_type, "source_id": source_id },
            "create_time": self.at,
            "last_update_time": self.at,
        })
    }
}
