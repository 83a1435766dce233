//! Regular expressions of checks, with limits.
//!
//! The time of a search is at worst the size of the expression times that of the text, so a large
//! expression reads less.
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::text_field::READ_BYTES_MAX;
use super::values::{Text, quote};

/// The most memory of a compiled expression, in bytes.
const COMPILED_BYTES_MAX: usize = 512 << 10;
/// Up to this size, an expression reads as much of a text as other checks do.
const SMALL_BYTES_MAX: usize = 32 << 10;
/// How much of a text a larger expression reads, in bytes.
const LARGE_READ_BYTES_MAX: usize = 64 << 10;
/// The most memory that searches with one expression keep, in bytes and per thread.
const CACHE_BYTES_MAX: usize = 256 << 10;

/// A regular expression that is found anywhere in a text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Text")]
pub(super) struct Pattern {
    text: Text,
    regex: Regex,
}

impl Pattern {
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl TryFrom<Value> for Pattern {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let text = Text::try_from(value)?;
        let regex = compile(text.as_str(), false)?.regex;
        Ok(Self { text, regex })
    }
}

impl From<Pattern> for Text {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

/// An expression with how much of a text it reads, in bytes.
#[derive(Clone, Debug)]
pub(super) struct BoundedRegex {
    pub(super) regex: Regex,
    pub(super) read_bytes_max: usize,
}

/// Compiles an expression, or says in one line why that is not possible.
pub(super) fn compile(pattern: &str, ignore_case: bool) -> Result<BoundedRegex, String> {
    let build = |bytes_max| {
        let mut builder = RegexBuilder::new(pattern);
        builder.case_insensitive(ignore_case).size_limit(bytes_max);
        builder.dfa_size_limit(CACHE_BYTES_MAX).build()
    };
    let bounded = |read_bytes_max| move |regex| BoundedRegex { regex, read_bytes_max };
    let small = build(SMALL_BYTES_MAX).map(bounded(READ_BYTES_MAX));
    let compiled = match small {
        Err(regex::Error::CompiledTooBig(_)) => {
            build(COMPILED_BYTES_MAX).map(bounded(LARGE_READ_BYTES_MAX))
        }
        small => small,
    };
    compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            format!("the regular expression {} is too large when compiled", quote(pattern))
        }
        // The last line has the reason, those before it mark the place.
        error => {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("{} is not a regular expression: {reason}", quote(pattern))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_expression_is_refused_with_the_reason() {
        let error = compile("(a", false).unwrap_err();
        assert_eq!(error, "`(a` is not a regular expression: unclosed group");
        // Neither can be searched for in linear time.
        let error = compile(r"(?=a)\1", false).unwrap_err();
        assert!(error.contains("look-around"), "{error}");
        assert!(compile(r"(a)\1", false).unwrap_err().contains("backreferences"));
    }

    #[test]
    fn an_expression_has_a_size() {
        assert!(compile(r"\w+@\w+\.\w+", true).is_ok());
        let read = |pattern: &str| compile(pattern, true).unwrap().read_bytes_max;
        assert_eq!(read("(?:sorry|cannot).{0,20}refund"), READ_BYTES_MAX);
        assert_eq!(read(r"\b[\w.]{1,4}-[ab]{500}"), LARGE_READ_BYTES_MAX);
        let error = compile("[ab]{50000}", false).unwrap_err();
        assert_eq!(error, "the regular expression `[ab]{50000}` is too large when compiled");
    }
}
