//! Links to traces of a demonstration that are worth a look.
use std::collections::BTreeMap;

use kansoku_synth::demo::SyntheticTrace;

/// Candidates for links, collected while the traces are sent.
#[derive(Default)]
pub(super) struct Look {
    failed: Option<String>,
    open: Option<String>,
    largest: Option<(usize, String)>,
    versions: BTreeMap<&'static str, Vec<f64>>,
    /// Number of values, and of `no` among them, for each feedback with text values.
    feedback: BTreeMap<String, (usize, usize)>,
}

impl Look {
    pub(super) fn at(&mut self, made: &SyntheticTrace) {
        if made.failed {
            self.failed = Some(made.id.clone());
        }
        if made.open {
            self.open = Some(made.id.clone());
        }
        if self.largest.as_ref().is_none_or(|(spans, _)| *spans < made.spans) {
            self.largest = Some((made.spans, made.id.clone()));
        }
        if made.app == "support-agent" && !made.open {
            self.versions.entry(made.version).or_default().push(made.duration_ms);
        }
        for assessment in &made.assessments {
            let (Some(name), Some(value)) =
                (assessment["assessment_name"].as_str(), assessment["feedback"]["value"].as_str())
            else {
                continue;
            };
            let (asked, no) = self.feedback.entry(name.to_owned()).or_default();
            *asked += 1;
            *no += usize::from(value == "no");
        }
    }

    /// Titles and URLs of the links, with those to evaluations and the like if `curated`.
    pub(super) fn links(
        mut self,
        server: &str,
        experiment: &str,
        curated: bool,
    ) -> Vec<(&'static str, String)> {
        let experiment = format!("{server}/e/{}", encoded(experiment));
        let list = format!("{experiment}/traces");
        let screen = |name: &str| curated.then(|| format!("{experiment}/{name}"));
        let filtered = |filter: String| format!("{list}?q={}", encoded(&filter));
        let trace = |id: &String| format!("{server}/t/{id}");
        let slowest =
            self.slowest_version().map(|version| filtered(format!("version = '{version}'")));
        let worst = self.worst_feedback().map(|name| filtered(format!("feedback.{name} = 'no'")));
        let links = [
            ("all of them", Some(list.clone())),
            ("one that failed", self.failed.as_ref().map(trace)),
            ("the slowest version", slowest),
            ("the worst feedback", worst),
            ("the most spans", self.largest.as_ref().map(|(_, id)| trace(id))),
            ("one still under way", self.open.as_ref().map(trace)),
            ("two evaluations", screen("evaluations")),
            ("a dataset", screen("datasets")),
            ("a prompt", screen("prompts")),
            ("three scorers", screen("scorers")),
            ("two alert rules", screen("alerts")),
            ("a review queue", screen("review")),
            ("two issues", screen("issues")),
            ("three agent versions", screen("versions")),
        ];
        links.into_iter().filter_map(|(what, url)| Some((what, url?))).collect()
    }

    fn slowest_version(&mut self) -> Option<&'static str> {
        let median = |durations: &mut Vec<f64>| {
            durations.sort_by(f64::total_cmp);
            durations[durations.len() / 2]
        };
        let medians = self.versions.iter_mut().map(|(version, all)| (*version, median(all)));
        medians.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(version, _)| version)
    }

    fn worst_feedback(&self) -> Option<&str> {
        let share = |asked: usize, no: usize| no as f64 / asked as f64;
        let said_no = self.feedback.iter().filter(|(_, (_, no))| 0 < *no);
        let worst = said_no.max_by(|(_, a), (_, b)| share(a.0, a.1).total_cmp(&share(b.0, b.1)));
        worst.map(|(name, _)| name.as_str())
    }
}

/// Percent-encodes a text for a URL (RFC 3986, unreserved characters stay).
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(byte.into());
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
