//! An error in a price file, with its line.
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct PriceFileError {
    /// Counted from 1.
    pub line: usize,
    pub message: String,
}

impl PriceFileError {
    /// `at` is a range of bytes in `text`.
    pub(crate) fn new(text: &str, at: Range<usize>, message: impl Into<String>) -> Self {
        let before = text.as_bytes().get(..at.start).unwrap_or(text.as_bytes());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Self { line, message: message.into() }
    }

    pub(crate) fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        Self::new(text, error.span().unwrap_or(0..0), error.message())
    }
}
