//! Translates `feedback.x IS GOOD` and `IS BAD` to tests of stored values, by the rule for the
//! name.
use kansoku_model::{FeedbackRule, FeedbackSettings, FeedbackWord, Polarity, Verdict};

use super::{any_condition, field::Condition};
use crate::{
    clause::{Comparison, NumberTest, TextTest, ValueTest},
    lex::Number,
    parse::Expr,
};

/// The test for values with this verdict.
pub(crate) fn verdict_test(rule: &FeedbackRule, verdict: Verdict) -> ValueTest {
    if let Some(bad) = &rule.bad_value {
        let bad = bad.clone();
        return ValueTest::Text(match verdict {
            Verdict::Bad => TextTest::Eq(bad),
            Verdict::Good => TextTest::Ne(bad),
        });
    }
    if let Some(threshold) = rule.threshold {
        let high_is_good = rule.polarity == Polarity::Positive;
        let comparison = match (verdict == Verdict::Good) == high_is_good {
            true => Comparison::Ge,
            false => Comparison::Lt,
        };
        return ValueTest::Number(NumberTest { comparison, value: Number::Real(threshold) });
    }
    let is_wanted = |word: &FeedbackWord| rule.verdict_of_word(*word) == Some(verdict);
    let words: Vec<FeedbackWord> = FeedbackWord::ALL.into_iter().filter(is_wanted).collect();
    if words.is_empty() {
        return ValueTest::Text(TextTest::In(Vec::new()));
    }
    ValueTest::Text(TextTest::RLike(pattern(&words)))
}

/// A case-insensitive regular expression that matches the JSON of these words.
fn pattern(words: &[FeedbackWord]) -> String {
    let spellings = words.iter().flat_map(|word| word.spellings());
    let spellings: Vec<String> = spellings.map(|word| word.replace('_', "[-_ ]")).collect();
    let mut forms = vec![format!("\"\\s*(?:{})\\s*\"", spellings.join("|"))];
    for (word, boolean) in [(FeedbackWord::True, "true"), (FeedbackWord::False, "false")] {
        if words.contains(&word) {
            forms.push(boolean.to_owned());
        }
    }
    format!("(?i)^(?:{})$", forms.join("|"))
}

/// Replaces guessed rules by the feedback settings of an experiment.
pub(super) fn apply_settings(expr: &mut Expr<Condition>, settings: &FeedbackSettings) {
    match expr {
        Expr::And(terms) | Expr::Or(terms) => {
            terms.iter_mut().for_each(|term| apply_settings(term, settings));
        }
        Expr::Not(inner) => apply_settings(inner, settings),
        Expr::Is(Condition::SomeSpan(inner)) => apply_settings(inner, settings),
        Expr::Is(Condition::Assessment { name, test, verdict: Some(verdict), .. }) => {
            *test = verdict_test(&settings.rule(name), *verdict);
        }
        Expr::Is(_) => {}
    }
}

pub(super) fn asks(expr: &Expr<Condition>) -> bool {
    any_condition(expr, &|condition| {
        matches!(condition, Condition::Assessment { verdict: Some(_), .. })
    })
}
