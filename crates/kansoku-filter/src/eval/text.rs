//! Tests of texts.
use std::collections::HashMap;

use regex::Regex;

use crate::{
    clause::{TextTest, ValueTest},
    parse::Expr,
    pattern,
    trace::{Condition, SpanTest},
};

/// Compiled regular expressions of a filter by their text; `None` for one that is invalid or too
/// large, which matches nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Regexes(HashMap<String, Option<Regex>>);

impl Regexes {
    pub(super) fn compile_all(&mut self, expr: &Expr<Condition>) {
        match expr {
            Expr::And(terms) | Expr::Or(terms) => {
                terms.iter().for_each(|term| self.compile_all(term));
            }
            Expr::Not(inner) => self.compile_all(inner),
            Expr::Is(Condition::SomeSpan(inner)) => self.compile_all(inner),
            Expr::Is(condition) => {
                if let Some(TextTest::RLike(pattern)) = text_test(condition) {
                    self.0.entry(pattern.clone()).or_insert_with(|| Regex::new(pattern).ok());
                }
            }
        }
    }

    fn is_match(&self, pattern: &str, text: &str) -> bool {
        let compiled = self.0.get(pattern).and_then(Option::as_ref);
        compiled.is_some_and(|regex| regex.is_match(text))
    }
}

fn text_test(condition: &Condition) -> Option<&TextTest> {
    match condition {
        Condition::Text(_, test)
        | Condition::Run(test)
        | Condition::Payload(test)
        | Condition::Error(test)
        | Condition::Span(SpanTest::Text(_, test))
        | Condition::Root(_, ValueTest::Text(test))
        | Condition::Assessment { test: ValueTest::Text(test), .. } => Some(test),
        Condition::Assessment { test: ValueTest::Number(_), .. }
        | Condition::Root(_, ValueTest::Number(_))
        | Condition::Number(..)
        | Condition::Span(SpanTest::Number(..))
        | Condition::SomeSpan(_)
        | Condition::Prompt { .. }
        | Condition::Issue(_) => None,
    }
}

/// Whether a text passes the test.
pub(super) fn passes(text: &str, test: &TextTest, regexes: &Regexes) -> bool {
    match test {
        TextTest::Eq(value) => text == value,
        TextTest::Ne(value) => text != value,
        TextTest::In(values) => values.iter().any(|value| text == value),
        TextTest::NotIn(values) => values.iter().all(|value| text != value),
        TextTest::Like(like) => pattern::like(like, text),
        TextTest::ILike(like) => pattern::ilike(like, text),
        TextTest::RLike(regex) => regexes.is_match(regex, text),
        TextTest::Contains(part) => pattern::contains(part, text),
        TextTest::Null => false,
        TextTest::NotNull => true,
    }
}
