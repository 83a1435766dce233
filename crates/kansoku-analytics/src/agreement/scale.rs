//! The categories in which the answers of a scorer and of people are compared.
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;

use super::kappa::Weights;
use super::pair::{Answer, JudgedPair};

/// The most texts that are categories of their own.
const TEXTS_MAX: usize = 20;
/// The most different numbers that are categories of their own.
const NUMBERS_MAX: usize = 10;
/// The number of intervals that more numbers are put into.
const INTERVALS: usize = 5;

const OTHER: &str = "other";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScaleKind {
    /// All answers mean yes or no, however they are spelled.
    Binary,
    /// Texts, of which the most frequent 20 are categories.
    Categories,
    /// At most 10 different numbers.
    Numbers,
    /// More numbers, in five intervals of equal length.
    Intervals,
}

#[derive(Debug)]
enum Place {
    Binary,
    Texts(HashMap<Arc<str>, usize>),
    Numbers(Vec<f64>),
    Intervals { low: f64, length: f64 },
}

#[derive(Debug)]
pub struct Scale {
    pub kind: ScaleKind,
    /// The names of the categories, in order.
    pub categories: Vec<String>,
    place: Place,
}

impl Scale {
    pub fn new(pairs: &[JudgedPair]) -> Self {
        let answers = || pairs.iter().flat_map(|pair| [&pair.scorer, &pair.person]);
        if answers().all(|answer| answer.truth.is_some()) {
            return Self::binary(answers());
        }
        match answers().map(|answer| answer.number).collect::<Option<Vec<f64>>>() {
            Some(numbers) => Self::numbers(numbers),
            None => Self::texts(answers()),
        }
    }

    /// Yes comes first. Each category is named by its most frequent spelling.
    fn binary<'a>(answers: impl Iterator<Item = &'a Answer> + Clone) -> Self {
        let name = |truth: bool, default: &str| {
            let texts = answers.clone().filter(|it| it.truth == Some(truth)).map(|it| &it.text);
            by_frequency(texts).first().map_or(default.to_owned(), |text| text.to_string())
        };
        let (yes, no) = (name(true, "true"), name(false, "false"));
        // Only one of two opposite values occurs, in a spelling that has an opposite.
        let categories = match (yes.as_str(), no.as_str()) {
            ("yes", "false") => vec![yes, "no".to_owned()],
            ("true", "no") => vec!["yes".to_owned(), no],
            _ => vec![yes, no],
        };
        Self { kind: ScaleKind::Binary, categories, place: Place::Binary }
    }

    fn numbers(mut numbers: Vec<f64>) -> Self {
        numbers.sort_by(f64::total_cmp);
        let (low, high) = (numbers[0], numbers[numbers.len() - 1]);
        numbers.dedup();
        if numbers.len() <= NUMBERS_MAX {
            let categories = numbers.iter().map(|number| number.to_string()).collect();
            return Self { kind: ScaleKind::Numbers, categories, place: Place::Numbers(numbers) };
        }
        let length = (high - low) / INTERVALS as f64;
        let end = |n: usize| short(low + length * n as f64);
        let categories = (0..INTERVALS).map(|n| format!("{} to {}", end(n), end(n + 1))).collect();
        Self { kind: ScaleKind::Intervals, categories, place: Place::Intervals { low, length } }
    }

    fn texts<'a>(answers: impl Iterator<Item = &'a Answer>) -> Self {
        let texts = by_frequency(answers.map(|answer| &answer.text));
        let has_others = TEXTS_MAX < texts.len();
        let own: BTreeSet<Arc<str>> = texts.into_iter().take(TEXTS_MAX).collect();
        let mut categories: Vec<String> = own.iter().map(|text| text.to_string()).collect();
        categories.extend(has_others.then(|| OTHER.to_owned()));
        let place = Place::Texts(own.into_iter().zip(0..).collect());
        Self { kind: ScaleKind::Categories, categories, place }
    }

    /// The index of the category of an answer.
    pub fn category(&self, answer: &Answer) -> usize {
        match &self.place {
            Place::Binary => usize::from(answer.truth != Some(true)),
            Place::Texts(own) => own.get(&answer.text).copied().unwrap_or(TEXTS_MAX),
            Place::Numbers(numbers) => {
                let number = answer.number.unwrap_or_default();
                numbers.partition_point(|other| *other < number).min(numbers.len() - 1)
            }
            Place::Intervals { low, length } => {
                let at = (answer.number.unwrap_or_default() - low) / length;
                // The highest number is in the last interval. The cast saturates.
                (at as usize).min(INTERVALS - 1)
            }
        }
    }

    pub fn is_agreed(&self, pair: &JudgedPair) -> bool {
        match self.place {
            // Two rare texts are both in the last category and may differ.
            Place::Texts(_) => pair.scorer.text == pair.person.text,
            _ => self.category(&pair.scorer) == self.category(&pair.person),
        }
    }

    /// `None` if rare texts share a category, so that a table of the categories says too little.
    pub fn weights(&self) -> Option<Weights> {
        match &self.place {
            Place::Binary => Some(Weights::Equal),
            Place::Texts(own) => (self.categories.len() == own.len()).then_some(Weights::Equal),
            Place::Numbers(_) | Place::Intervals { .. } => Some(Weights::Linear),
        }
    }
}

/// The different texts, the most frequent first.
fn by_frequency<'a>(texts: impl Iterator<Item = &'a Arc<str>>) -> Vec<Arc<str>> {
    let mut counts: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    let mut texts: Vec<_> = counts.into_iter().collect();
    texts.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    texts.into_iter().map(|(text, _)| text.clone()).collect()
}

/// A number with at most three decimals.
fn short(number: f64) -> String {
    format!("{}", (number * 1000.0).round() / 1000.0)
}
