//! Values of a trace's root span that have no column of their own, named by a path.
use std::fmt;

/// A part of the root span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RootPart {
    Inputs,
    Outputs,
    Attributes,
}

impl RootPart {
    pub const ALL: [Self; 3] = [Self::Inputs, Self::Outputs, Self::Attributes];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Outputs => "outputs",
            Self::Attributes => "attributes",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == text)
    }
}

/// A value of the root span, such as `outputs.answer.score`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RootField {
    pub part: RootPart,
    pub path: JsonPath,
}

impl fmt::Display for RootField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.part.as_str(), self.path)
    }
}

/// A path into JSON: keys of objects and positions in lists, separated by dots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonPath(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJsonPath {
    #[error("a path has names with one dot between them, such as `customer.id`")]
    EmptySegment,
    #[error("a path has at most {} names", JsonPath::SEGMENTS_MAX)]
    TooDeep,
    #[error("a path has at most {} bytes", JsonPath::BYTES_MAX)]
    TooLong,
}

impl JsonPath {
    pub const SEGMENTS_MAX: usize = 16;
    pub const BYTES_MAX: usize = 250;

    pub fn parse(text: &str) -> Result<Self, InvalidJsonPath> {
        if Self::BYTES_MAX < text.len() {
            return Err(InvalidJsonPath::TooLong);
        }
        if text.split('.').any(str::is_empty) {
            return Err(InvalidJsonPath::EmptySegment);
        }
        if Self::SEGMENTS_MAX < text.split('.').count() {
            return Err(InvalidJsonPath::TooDeep);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_names_with_one_dot_between_them() {
        for text in ["a", "a.b", "messages.0.content", "日本.x y", "-"] {
            assert_eq!(JsonPath::parse(text).unwrap().as_str(), text);
        }
        for text in ["", ".", "a.", ".a", "a..b"] {
            assert_eq!(JsonPath::parse(text), Err(InvalidJsonPath::EmptySegment), "{text}");
        }
        let deep = ["a"; JsonPath::SEGMENTS_MAX].join(".");
        assert!(JsonPath::parse(&deep).is_ok());
        assert_eq!(JsonPath::parse(&format!("{deep}.a")), Err(InvalidJsonPath::TooDeep));
        assert!(JsonPath::parse(&"a".repeat(JsonPath::BYTES_MAX)).is_ok());
        let long = "a".repeat(JsonPath::BYTES_MAX + 1);
        assert_eq!(JsonPath::parse(&long), Err(InvalidJsonPath::TooLong));
    }
}
