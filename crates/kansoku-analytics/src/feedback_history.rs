//! The feedback of one name over time, by version of its scorer, and by group of traces.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kansoku_model::{FeedbackSettings, TimestampMs};
use kansoku_store::{ScanProjection, ScannedAssessment, ScannedTrace};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::breakdown::Breakdown;
use super::buckets::Buckets;
use super::feedback::{FeedbackTrend, FeedbackTrendFold, Judgements, judged};

/// The most versions that are returned, those with the newest traces.
const VERSIONS_MAX: usize = 50;
/// The most groups that are returned, the largest first.
const GROUPS_MAX: usize = 50;
/// The most versions or groups that are counted; feedback of further ones is left out.
const DISTINCT_MAX: usize = 10_000;

/// The feedback of one version of a scorer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FeedbackVersion {
    /// `null` for feedback of people and others without versions.
    pub version: Option<String>,
    /// The times of the oldest and the newest trace that it assessed.
    pub first_ms: i64,
    pub last_ms: i64,
    pub count: u64,
    pub pass_rate: Option<f64>,
    pub mean: Option<f64>,
}

/// The feedback on the traces of one group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FeedbackGroup {
    /// The value of the field; `null` for traces without one.
    pub value: Option<String>,
    /// A filter for the traces of this group.
    pub filter: String,
    pub count: u64,
    pub pass_rate: Option<f64>,
    pub mean: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FeedbackHistory {
    pub trend: Option<FeedbackTrend>,
    /// By the time of their first trace, oldest first.
    pub versions: Vec<FeedbackVersion>,
    /// Without a breakdown, `null`.
    pub groups: Option<Vec<FeedbackGroup>>,
}

struct OfVersion {
    first: TimestampMs,
    last: TimestampMs,
    judgements: Judgements,
}

pub struct FeedbackHistoryFold {
    name: Arc<str>,
    breakdown: Option<Breakdown>,
    trend: FeedbackTrendFold,
    versions: BTreeMap<Option<Arc<str>>, OfVersion>,
    groups: HashMap<Option<String>, Judgements>,
    times: Option<(TimestampMs, TimestampMs)>,
}

impl FeedbackHistoryFold {
    pub fn new(name: &str, breakdown: Option<Breakdown>) -> Self {
        Self {
            name: name.into(),
            breakdown,
            trend: FeedbackTrendFold::default(),
            versions: BTreeMap::new(),
            groups: HashMap::new(),
            times: None,
        }
    }

    /// The columns that [`Self::add`] reads.
    pub fn projection(&self) -> ScanProjection {
        let mut projection = ScanProjection { assessments: true, ..ScanProjection::default() };
        if let Some(breakdown) = &self.breakdown {
            breakdown.project(&mut projection);
        }
        projection
    }

    pub fn add(&mut self, scanned: &ScannedTrace) {
        let of_name = scanned.assessments.iter().filter(|it| it.name == self.name);
        let of_name: Vec<(&ScannedAssessment, Option<Value>)> =
            of_name.filter_map(|it| Some((it, judged(it)?.1))).collect();
        if of_name.is_empty() {
            return;
        }
        let time = scanned.time;
        let (first, last) = self.times.unwrap_or((time, time));
        self.times = Some((first.min(time), last.max(time)));
        for (assessment, value) in &of_name {
            self.trend.add(time, std::slice::from_ref(*assessment));
            self.add_to_version(time, assessment.scorer_version.clone(), value.as_ref());
        }
        let Self { breakdown: Some(breakdown), groups, .. } = self else { return };
        breakdown.each_group(scanned, &mut |value, _| {
            let value = value.map(str::to_owned);
            if groups.len() < DISTINCT_MAX || groups.contains_key(&value) {
                let judgements = groups.entry(value).or_default();
                of_name.iter().for_each(|(_, value)| judgements.add(value.as_ref()));
            }
        });
    }

    fn add_to_version(
        &mut self,
        time: TimestampMs,
        version: Option<Arc<str>>,
        value: Option<&Value>,
    ) {
        if DISTINCT_MAX <= self.versions.len() && !self.versions.contains_key(&version) {
            return;
        }
        let new = || OfVersion { first: time, last: time, judgements: Judgements::default() };
        let of_version = self.versions.entry(version).or_insert_with(new);
        of_version.first = of_version.first.min(time);
        of_version.last = of_version.last.max(time);
        of_version.judgements.add(value);
    }

    /// The times of the oldest and the newest trace with this feedback.
    pub fn times(&self) -> Option<(TimestampMs, TimestampMs)> {
        self.times
    }

    pub fn finish(self, buckets: Buckets, settings: &FeedbackSettings) -> FeedbackHistory {
        let rule = settings.rule(&self.name);
        // If some value is graded, all are, so that a lone 1 of a version does not mean "yes".
        let all = self.versions.values().map(|it| &it.judgements);
        let is_graded = all.clone().any(Judgements::is_graded);
        let version = |(version, mut of_version): (Option<Arc<str>>, OfVersion)| {
            let OfVersion { first, last, judgements } = &mut of_version;
            judgements.set_graded(is_graded);
            FeedbackVersion {
                version: version.map(|version| version.to_string()),
                first_ms: first.0,
                last_ms: last.0,
                count: judgements.count(),
                pass_rate: judgements.pass_rate(&rule),
                mean: judgements.mean(),
            }
        };
        let mut versions: Vec<FeedbackVersion> = self.versions.into_iter().map(version).collect();
        versions.sort_by_key(|version| std::cmp::Reverse(version.last_ms));
        versions.truncate(VERSIONS_MAX);
        versions.sort_by_key(|version| version.first_ms);
        let groups = self.breakdown.map(|breakdown| {
            let group = |(value, mut judgements): (Option<String>, Judgements)| {
                judgements.set_graded(is_graded);
                FeedbackGroup {
                    filter: breakdown.filter("", value.as_deref()),
                    value,
                    count: judgements.count(),
                    pass_rate: judgements.pass_rate(&rule),
                    mean: judgements.mean(),
                }
            };
            let mut groups: Vec<FeedbackGroup> = self.groups.into_iter().map(group).collect();
            groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
            groups.truncate(GROUPS_MAX);
            groups
        });
        FeedbackHistory { trend: self.trend.finish(buckets, settings).pop(), versions, groups }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged_at(time: i64, version: Option<&str>, value: Value) -> ScannedTrace {
        let assessment = ScannedAssessment {
            name: "tone".into(),
            kind: "feedback".into(),
            number: value.as_f64(),
            value: Some(value.to_string()),
            has_error: false,
            source_run: None,
            scorer_version: version.map(Into::into),
            time: TimestampMs(time),
        };
        let other = ScannedAssessment { name: "other".into(), ..assessment.clone() };
        ScannedTrace {
            time: TimestampMs(time),
            name: Some(if time < 30 { "ask" } else { "search" }.into()),
            assessments: vec![assessment, other],
            ..ScannedTrace::default()
        }
    }

    fn history(by: Option<&str>, traces: &[ScannedTrace]) -> FeedbackHistory {
        let breakdown = by.map(|by| Breakdown::parse(by).unwrap());
        let mut fold = FeedbackHistoryFold::new("tone", breakdown);
        traces.iter().for_each(|trace| fold.add(trace));
        let (from, to) = fold.times().unwrap_or_default();
        fold.finish(Buckets::between(from, to, 10), &FeedbackSettings::default())
    }

    #[test]
    fn versions_and_groups_have_their_own_pass_rates() {
        let traces = [
            judged_at(10, Some("1"), json!("yes")),
            judged_at(20, Some("1"), json!("no")),
            judged_at(30, Some("2"), json!("yes")),
            judged_at(40, None, json!(false)),
        ];
        let found = history(Some("name"), &traces);
        let versions = found
            .versions
            .iter()
            .map(|it| (it.version.as_deref(), it.first_ms, it.last_ms, it.count, it.pass_rate));
        let versions: Vec<_> = versions.collect();
        let expected = [
            (Some("1"), 10, 20, 2, Some(0.5)),
            (Some("2"), 30, 30, 1, Some(1.0)),
            (None, 40, 40, 1, Some(0.0)),
        ];
        assert_eq!(versions, expected);
        let groups = found.groups.unwrap();
        let groups = groups
            .iter()
            .map(|it| (it.value.as_deref(), it.filter.as_str(), it.count, it.pass_rate));
        let groups: Vec<_> = groups.collect();
        let expected = [
            (Some("ask"), "name = 'ask'", 2, Some(0.5)),
            (Some("search"), "name = 'search'", 2, Some(0.5)),
        ];
        assert_eq!(groups, expected);
        assert_eq!(found.trend.map(|trend| trend.stat().count), Some(4));
        assert_eq!(history(None, &traces).groups, None);
    }

    #[test]
    fn a_one_among_other_numbers_is_not_a_yes_in_any_version() {
        let traces = [judged_at(10, Some("1"), json!(1)), judged_at(20, Some("2"), json!(3))];
        let found = history(None, &traces);
        let means: Vec<_> = found.versions.iter().map(|it| (it.mean, it.pass_rate)).collect();
        assert_eq!(means, [(Some(1.0), None), (Some(3.0), None)]);
    }

    #[test]
    fn without_feedback_there_is_no_history() {
        let none = history(Some("name"), &[]);
        assert_eq!(none, FeedbackHistory { trend: None, versions: vec![], groups: Some(vec![]) });
    }
}
