//! SQL statements: text with numbered placeholders, and the values for them.
//!
//! Each engine has its own module, because tables differ as well as syntax.
pub mod sqlite;

use std::fmt::Write;

/// A fragment of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Sql {
    pub text: String,
    pub params: Vec<SqlValue>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

impl Sql {
    /// Renumbers the placeholders for a statement that has `first` parameters before these.
    pub fn offset(self, first: usize) -> Self {
        let mut segments = self.text.split('?');
        let mut text = segments.next().unwrap_or_default().to_owned();
        // The text contains no user input, so every `?` is a placeholder.
        for segment in segments {
            let digits = segment.find(|c: char| !c.is_ascii_digit()).unwrap_or(segment.len());
            let number: usize = segment[..digits].parse().expect("placeholders are numbered");
            let _ = write!(text, "?{}{}", number + first, &segment[digits..]);
        }
        Self { text, params: self.params }
    }
}

pub(crate) fn joined(terms: &[String], separator: &str) -> String {
    match terms {
        [only] => only.clone(),
        terms => format!("({})", terms.join(separator)),
    }
}
