//! Decides whether a feedback value is good or bad: the only table of words, and a rule for each
//! name.
//!
//! Rules that users chose are in tags of the experiment; the others are guessed from the name.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{KeyValue, words_of_name};

/// Values that mean true or false; whether true is good depends on the rule.
const TRUE_WORDS: &[&str] = &["yes", "true"];
const FALSE_WORDS: &[&str] = &["no", "false"];
/// Values that are good or bad, whatever they refer to.
const GOOD_WORDS: &[&str] =
    &["pass", "passed", "good", "correct", "positive", "up", "thumbs_up", "👍"];
const BAD_WORDS: &[&str] =
    &["fail", "failed", "bad", "incorrect", "negative", "down", "thumbs_down", "👎"];

/// Beginnings of words in names of feedback about something bad.
const BAD_STEMS: &[&str] = &[
    "abus",
    "attack",
    "bias",
    "complain",
    "confus",
    "contradict",
    "danger",
    "defect",
    "error",
    "escalat",
    "fabricat",
    "fail",
    "frustrat",
    "hallucinat",
    "harm",
    "hate",
    "incorrect",
    "inject",
    "insult",
    "irrelevan",
    "issue",
    "jailbreak",
    "leak",
    "malicious",
    "misinform",
    "offens",
    "pii",
    "plagiar",
    "problem",
    "profan",
    "refus",
    "risk",
    "sexual",
    "spam",
    "threat",
    "toxic",
    "unsafe",
    "violat",
    "violen",
    "vulgar",
    "wrong",
];
/// Words in names that negate the others.
const NEGATIONS: &[&str] = &["no", "not", "non", "without", "free", "avoids", "lacks"];
/// Words in names of feedback about how well something bad is handled.
const REMEDIES: &[&str] =
    &["handling", "handled", "recovery", "recovered", "resistance", "resolved"];

/// Which end of a feedback's scale is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Polarity {
    /// Yes, true and high numbers are good.
    #[default]
    Positive,
    /// Yes, true and high numbers are bad.
    Negative,
    /// The values are neither good nor bad.
    Neutral,
}

impl Polarity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Neutral => "neutral",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Positive, Self::Negative, Self::Neutral].into_iter().find(|it| it.as_str() == text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Good,
    Bad,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// The meaning of a word or a boolean as a feedback value, before any rule is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackWord {
    True,
    False,
    Good,
    Bad,
}

impl FeedbackWord {
    pub const ALL: [Self; 4] = [Self::True, Self::False, Self::Good, Self::Bad];

    /// Reads a boolean or a word. `None` for numbers, because only their scorer knows which are
    /// good, and for all other values.
    pub fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(true) => Some(Self::True),
            Value::Bool(false) => Some(Self::False),
            Value::String(text) => {
                let word = text.trim().to_lowercase().replace(['-', ' '], "_");
                Self::ALL.into_iter().find(|it| it.spellings().contains(&word.as_str()))
            }
            _ => None,
        }
    }

    /// Its spellings in lower case, with `_` for a space or a hyphen.
    pub fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::True => TRUE_WORDS,
            Self::False => FALSE_WORDS,
            Self::Good => GOOD_WORDS,
            Self::Bad => BAD_WORDS,
        }
    }
}

/// The rule by which the values of one feedback name are judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeedbackRule {
    #[serde(default)]
    pub polarity: Polarity,
    /// The only bad value, as text; all others are good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad_value: Option<String>,
    /// Numbers from this one on count as high.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Whether the rule is guessed from the name, because no user chose one.
    #[serde(skip)]
    pub is_guess: bool,
}

impl FeedbackRule {
    /// Guesses a rule from the words of the name: `is_toxic` and `hallucination` are bad if true.
    pub fn guess(name: &str) -> Self {
        let words = words_of_name(name);
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let is_bad = |word: &String| {
            BAD_STEMS.iter().any(|stem| word.starts_with(stem)) && !word.contains("less")
        };
        let speaks_of_bad = words.iter().any(is_bad);
        let is_turned = has(NEGATIONS) || has(REMEDIES);
        let polarity =
            if speaks_of_bad && !is_turned { Polarity::Negative } else { Polarity::Positive };
        Self { polarity, is_guess: true, ..Self::default() }
    }

    /// The verdict on a value; `None` if it is neither good nor bad.
    pub fn verdict(&self, value: &Value) -> Option<Verdict> {
        if let Some(bad) = &self.bad_value {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let verdict = if text == *bad { Verdict::Bad } else { Verdict::Good };
            return Some(verdict).filter(|_| !value.is_null());
        }
        if let (Some(threshold), Some(number)) = (self.threshold, value.as_f64()) {
            return self.verdict_of_truth(threshold <= number);
        }
        self.verdict_of_word(FeedbackWord::read(value)?)
    }

    pub fn verdict_of_word(&self, word: FeedbackWord) -> Option<Verdict> {
        match word {
            FeedbackWord::True => self.verdict_of_truth(true),
            FeedbackWord::False => self.verdict_of_truth(false),
            // A guessed polarity applies only to true and false; a chosen one also to words like
            // `good`.
            FeedbackWord::Good if self.is_guess => Some(Verdict::Good),
            FeedbackWord::Bad if self.is_guess => Some(Verdict::Bad),
            FeedbackWord::Good => self.verdict_of_truth(true),
            FeedbackWord::Bad => self.verdict_of_truth(false),
        }
    }

    fn verdict_of_truth(&self, truth: bool) -> Option<Verdict> {
        match self.polarity {
            Polarity::Neutral => None,
            Polarity::Positive if truth => Some(Verdict::Good),
            Polarity::Negative if !truth => Some(Verdict::Good),
            Polarity::Positive | Polarity::Negative => Some(Verdict::Bad),
        }
    }
}

/// The feedback settings of an experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedbackSettings {
    /// The rules that users chose, by feedback name.
    pub rules: BTreeMap<String, FeedbackRule>,
    thumbs: Option<String>,
}

impl FeedbackSettings {
    /// The prefix of a tag that contains the rule for a feedback name, as JSON.
    pub const RULE_TAG_PREFIX: &str = "kansoku.feedback.";
    /// The tag that contains the name of the feedback for thumbs up and down.
    pub const THUMBS_TAG: &str = "kansoku.thumbs";
    const THUMBS_DEFAULT: &str = "user_feedback";

    /// Reads the settings. A tag that does not contain a valid rule is ignored.
    pub fn from_tags(tags: &[KeyValue]) -> Self {
        let mut settings = Self::default();
        for KeyValue { key, value } in tags {
            if key == Self::THUMBS_TAG {
                settings.thumbs = Some(value.clone()).filter(|name| !name.trim().is_empty());
            } else if let Some(name) = key.strip_prefix(Self::RULE_TAG_PREFIX)
                && let Ok(rule) = serde_json::from_str(value)
            {
                settings.rules.insert(name.to_owned(), rule);
            }
        }
        settings
    }

    pub fn rule(&self, name: &str) -> FeedbackRule {
        self.rules.get(name).cloned().unwrap_or_else(|| FeedbackRule::guess(name))
    }

    /// The name of the feedback for thumbs up and down.
    pub fn thumbs(&self) -> &str {
        self.thumbs.as_deref().unwrap_or(Self::THUMBS_DEFAULT)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_bad_things_are_bad_when_they_are_true() {
        for name in
            ["hallucination", "is_toxic", "isHarmful", "error", "PII leak", "prompt-injection"]
        {
            assert_eq!(FeedbackRule::guess(name).polarity, Polarity::Negative, "{name}");
        }
        let good = [
            "user_feedback",
            "correctness",
            "no_hallucination",
            "not toxic",
            "error_handling",
            "harmlessness",
            "safety",
            "relevance",
            "hallucination_free",
        ];
        for name in good {
            assert_eq!(FeedbackRule::guess(name).polarity, Polarity::Positive, "{name}");
        }
    }

    #[test]
    fn a_value_is_judged_by_the_rule_of_its_name() {
        let verdict = |rule: &FeedbackRule, value: Value| rule.verdict(&value).map(Verdict::as_str);
        let toxic = FeedbackRule::guess("is_toxic");
        assert_eq!(verdict(&toxic, json!(true)), Some("bad"));
        assert_eq!(verdict(&toxic, json!(" No ")), Some("good"));
        assert_eq!(verdict(&toxic, json!("passed")), Some("good"));
        assert_eq!(verdict(&toxic, json!(1)), None);
        assert_eq!(verdict(&toxic, json!("maybe")), None);
        let usual = FeedbackRule::guess("user_feedback");
        assert_eq!(verdict(&usual, json!("Thumbs Up")), Some("good"));
        assert_eq!(verdict(&usual, json!("thumbs-down")), Some("bad"));
        let chosen = FeedbackRule { polarity: Polarity::Negative, ..FeedbackRule::default() };
        assert_eq!(verdict(&chosen, json!("passed")), Some("bad"));
        let neutral = FeedbackRule { polarity: Polarity::Neutral, ..FeedbackRule::default() };
        assert_eq!(verdict(&neutral, json!("yes")), None);
        let graded = FeedbackRule { threshold: Some(3.0), ..FeedbackRule::default() };
        assert_eq!(verdict(&graded, json!(2)), Some("bad"));
        assert_eq!(verdict(&graded, json!(3)), Some("good"));
        let tone = FeedbackRule { bad_value: Some("rude".to_owned()), ..FeedbackRule::default() };
        assert_eq!(verdict(&tone, json!("rude")), Some("bad"));
        assert_eq!(verdict(&tone, json!("kind")), Some("good"));
        assert_eq!(verdict(&tone, json!(null)), None);
    }

    #[test]
    fn settings_are_read_from_the_tags_of_an_experiment() {
        let tag =
            |key: &str, value: &str| KeyValue { key: key.to_owned(), value: value.to_owned() };
        let settings = FeedbackSettings::from_tags(&[
            tag("team", "search"),
            tag("kansoku.thumbs", "user_thumbs"),
            tag("kansoku.feedback.is_safe", r#"{"polarity":"negative"}"#),
            tag("kansoku.feedback.odd", "nonsense"),
        ]);
        assert_eq!(settings.thumbs(), "user_thumbs");
        assert_eq!(settings.rule("is_safe").polarity, Polarity::Negative);
        assert!(!settings.rule("is_safe").is_guess);
        assert!(settings.rule("odd").is_guess);
        assert_eq!(FeedbackSettings::default().thumbs(), "user_feedback");
    }
}
