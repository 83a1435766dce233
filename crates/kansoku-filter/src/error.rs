//! The error of an invalid filter, with the position of the mistake.
use std::{fmt, ops::Range};

use kansoku_model::{Coded, ErrorCode};

/// Displayed as the message, followed by the filter's line with carets under the mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    pub message: String,
    /// The filter's text; empty if there is none to point at.
    pub filter: String,
    /// The position of the mistake, in bytes of `filter`.
    pub at: Range<usize>,
}

/// Maximum number of characters shown before the mistake, and after its carets.
const CONTEXT_CHARS: usize = 60;
const CARETS_MAX: usize = 40;

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let (Some(before), Some(from)) =
            (self.filter.get(..self.at.start), self.filter.get(self.at.start..))
        else {
            return Ok(());
        };
        if self.filter.is_empty() {
            return Ok(());
        }
        let before = before.rsplit('\n').next().unwrap_or_default();
        let shown: Vec<char> = before.chars().rev().take(CONTEXT_CHARS).collect();
        let culprit = self.filter.get(self.at.clone()).unwrap_or_default();
        let carets = culprit.chars().take_while(|c| *c != '\n').count().clamp(1, CARETS_MAX);
        let after = from.chars().take_while(|c| *c != '\n').take(CARETS_MAX + CONTEXT_CHARS);
        let line: String = shown.iter().rev().copied().chain(after).map(printable).collect();
        write!(f, "\n  {line}\n  {:indent$}{:^<carets$}", "", "", indent = shown.len())
    }
}

/// Replaces control characters, which would misalign the carets.
fn printable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

impl std::error::Error for FilterError {}

impl Coded for FilterError {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidParameterValue
    }
}

/// An error without the text of the filter, which [`ParseError::in_filter`] adds.
#[derive(Debug)]
pub(crate) struct ParseError {
    pub(crate) at: Range<usize>,
    pub(crate) message: String,
}

impl ParseError {
    pub(crate) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    pub(crate) fn in_filter(self, filter: &str) -> FilterError {
        FilterError { message: self.message, filter: filter.to_owned(), at: self.at }
    }
}

/// Shortens a name or value for an error message, to 100 characters.
pub(crate) fn short(text: &str) -> String {
    const CHARS_MAX: usize = 100;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
