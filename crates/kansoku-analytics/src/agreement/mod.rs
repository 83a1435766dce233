//! How far a scorer agrees with people who judged the same traces.
mod cases;
mod kappa;
mod pair;
mod scale;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use kansoku_store::ReviewedTrace;
use serde::Serialize;
use utoipa::ToSchema;

pub use cases::{Case, CasePage, CaseQuery, InvalidPageToken};
pub use kappa::{Kappa, Weights, kappa};
pub use pair::{Answer, JudgedPair};
pub use scale::{Scale, ScaleKind};

/// The most versions that are returned, the newest ones.
const VERSIONS_MAX: usize = 50;

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Agreement {
    /// The number of assessments of the scorer that a person judged, too.
    pub compared: u64,
    /// Those in which both gave the same answer.
    pub agreed: u64,
    pub scale: ScaleKind,
    /// Cohen's κ; `null` if all answers are the same, or if they are more than 20 different texts.
    pub kappa: Option<Kappa>,
    pub categories: Vec<String>,
    /// The counts by category of the scorer (rows) and of the person (columns).
    pub matrix: Vec<Vec<u64>>,
    /// `null` unless all answers are numbers.
    pub numbers: Option<NumberAgreement>,
    /// All versions of the scorer, newest first, at most 50.
    pub versions: Vec<VersionAgreement>,
}

/// How far the numbers of a scorer are from those of people.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct NumberAgreement {
    /// Positive if the scorer gives higher numbers than people.
    pub mean_difference: f64,
    pub mean_absolute_difference: f64,
    /// Pearson's correlation; `null` if one of them always gives the same number.
    pub correlation: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VersionAgreement {
    /// `null` for feedback without a version, such as that of an evaluation.
    pub version: Option<String>,
    pub compared: u64,
    pub agreed: u64,
    pub kappa: Option<Kappa>,
}

/// Collects what scorers and people said on the same traces.
#[derive(Debug, Default)]
pub struct AgreementFold {
    pairs: Vec<JudgedPair>,
}

impl AgreementFold {
    pub fn add(&mut self, trace: &ReviewedTrace) {
        self.pairs.extend(pair::pairs(trace));
    }

    /// The agreement of one version, or of all of them together.
    pub fn finish(self, version: Option<&str>) -> Agreement {
        // All versions have the same categories, so that they can be compared.
        let scale = Scale::new(&self.pairs);
        let mut by_version: BTreeMap<Option<Arc<str>>, Vec<&JudgedPair>> = BTreeMap::new();
        for pair in &self.pairs {
            by_version.entry(pair.version.clone()).or_default().push(pair);
        }
        let of_version =
            |pair: &&JudgedPair| version.is_none() || pair.version.as_deref() == version;
        let shown: Vec<&JudgedPair> = self.pairs.iter().filter(of_version).collect();
        let (matrix, agreed) = table(&scale, &shown);
        Agreement {
            compared: shown.len() as u64,
            agreed,
            scale: scale.kind,
            kappa: scale.weights().and_then(|weights| kappa(&matrix, weights)),
            matrix,
            numbers: numbers(&scale, &shown),
            versions: versions(&scale, by_version),
            categories: scale.categories,
        }
    }
}

/// The counts by category, and the number of equal answers.
fn table(scale: &Scale, pairs: &[&JudgedPair]) -> (Vec<Vec<u64>>, u64) {
    let size = scale.categories.len();
    let mut matrix = vec![vec![0; size]; size];
    for pair in pairs {
        matrix[scale.category(&pair.scorer)][scale.category(&pair.person)] += 1;
    }
    let agreed = pairs.iter().filter(|pair| scale.is_agreed(pair)).count();
    (matrix, agreed as u64)
}

fn versions(
    scale: &Scale,
    by_version: BTreeMap<Option<Arc<str>>, Vec<&JudgedPair>>,
) -> Vec<VersionAgreement> {
    let of_version = |(version, pairs): (Option<Arc<str>>, Vec<&JudgedPair>)| {
        let (matrix, agreed) = table(scale, &pairs);
        VersionAgreement {
            version: version.map(|version| version.to_string()),
            compared: pairs.len() as u64,
            agreed,
            kappa: scale.weights().and_then(|weights| kappa(&matrix, weights)),
        }
    };
    let mut versions: Vec<VersionAgreement> = by_version.into_iter().map(of_version).collect();
    // Versions are numbers, unless a client wrote something else.
    let number = |it: &VersionAgreement| it.version.as_ref().and_then(|it| it.parse::<i64>().ok());
    versions.sort_by_key(|version| std::cmp::Reverse(number(version)));
    versions.truncate(VERSIONS_MAX);
    versions
}

fn numbers(scale: &Scale, pairs: &[&JudgedPair]) -> Option<NumberAgreement> {
    if pairs.is_empty() || !matches!(scale.kind, ScaleKind::Numbers | ScaleKind::Intervals) {
        return None;
    }
    let both = |pair: &&JudgedPair| Some((pair.scorer.number?, pair.person.number?));
    let both: Vec<(f64, f64)> = pairs.iter().map(both).collect::<Option<_>>()?;
    let mean = |value: &dyn Fn(f64, f64) -> f64| {
        both.iter().map(|(scorer, person)| value(*scorer, *person)).sum::<f64>() / both.len() as f64
    };
    let (of_scorer, of_people) = (mean(&|scorer, _| scorer), mean(&|_, person| person));
    let covariance = mean(&|scorer, person| (scorer - of_scorer) * (person - of_people));
    let variances = [
        mean(&|scorer, _| (scorer - of_scorer).powi(2)),
        mean(&|_, person| (person - of_people).powi(2)),
    ];
    let correlation = covariance / (variances[0] * variances[1]).sqrt();
    Some(NumberAgreement {
        mean_difference: of_scorer - of_people,
        mean_absolute_difference: mean(&|scorer, person| (scorer - person).abs()),
        correlation: Some(correlation).filter(|number| number.is_finite()),
    })
}
