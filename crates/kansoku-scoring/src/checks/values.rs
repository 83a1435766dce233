//! The values of fields that have limits. Each is checked where it is read, so that a check that
//! exists can run.
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most texts in a list.
pub(super) const TEXTS_MAX: usize = 50;
/// The longest text of a check, in bytes.
pub(super) const TEXT_BYTES_MAX: usize = 1000;
/// How much of a text is quoted, in characters.
const QUOTE_CHARS_MAX: usize = 100;

/// A whole number of 0 or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Count(pub(super) u64);

impl TryFrom<Value> for Count {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let whole = value.as_u64().map(Self);
        whole.ok_or_else(|| format!("expected a whole number of 0 or more, not {}", quote(&value)))
    }
}

/// A finite number of 0 or more.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub(super) struct Amount(pub(super) f64);

impl TryFrom<Value> for Amount {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let amount = value.as_f64().filter(|number| number.is_finite() && 0.0 <= *number);
        let reason = || format!("expected a number of 0 or more, not {}", quote(&value));
        amount.map(Self).ok_or_else(reason)
    }
}

impl From<Amount> for Value {
    /// Whole amounts are written as they were, without a fraction.
    fn from(Amount(amount): Amount) -> Self {
        let whole = amount as u64;
        if whole as f64 == amount { whole.into() } else { amount.into() }
    }
}

/// A share, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Share(pub(super) f64);

impl TryFrom<Value> for Share {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let share = value.as_f64().filter(|number| (0.0..=1.0).contains(number));
        let reason = || format!("expected a number from 0 to 1, not {}", quote(&value));
        share.map(Self).ok_or_else(reason)
    }
}

/// A text that is neither empty nor too long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Text(String);

impl Text {
    /// A text of our own, for defaults.
    pub(super) fn from_static(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<Value> for Text {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match value {
            Value::String(text) if text.is_empty() => {
                Err("expected a text, not an empty one".into())
            }
            Value::String(text) if TEXT_BYTES_MAX < text.len() => {
                let bytes = text.len();
                Err(format!("expected a text of at most {TEXT_BYTES_MAX} bytes, not of {bytes}"))
            }
            Value::String(text) => Ok(Self(text)),
            other => Err(format!("expected a text, not {}", quote(&other))),
        }
    }
}

/// A list of texts that is neither empty nor too long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Text>")]
pub(super) struct Texts(Vec<Text>);

impl Texts {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Text::as_str)
    }
}

impl TryFrom<Vec<Text>> for Texts {
    type Error = String;

    fn try_from(texts: Vec<Text>) -> Result<Self, String> {
        match texts.len() {
            0 => Err("expected at least one text".to_owned()),
            1..=TEXTS_MAX => Ok(Self(texts)),
            count => Err(format!("expected at most {TEXTS_MAX} texts, not {count}")),
        }
    }
}

/// A text in backticks, shortened.
pub(super) fn quote(text: impl fmt::Display) -> String {
    let text = text.to_string();
    match text.char_indices().nth(QUOTE_CHARS_MAX) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;

    fn read<T: DeserializeOwned>(value: Value) -> Result<T, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_are_not_negative() {
        assert_eq!(read(json!(0)), Ok(Count(0)));
        assert_eq!(read(json!(u64::MAX)), Ok(Count(u64::MAX)));
        let error = read::<Count>(json!(-1)).unwrap_err();
        assert_eq!(error, "expected a whole number of 0 or more, not `-1`");
        assert!(read::<Count>(json!(1.5)).is_err() && read::<Count>(json!("1")).is_err());
        assert_eq!(read(json!(0)), Ok(Amount(0.0)));
        assert_eq!(read(json!(0.25)), Ok(Amount(0.25)));
        let error = read::<Amount>(json!(-0.1)).unwrap_err();
        assert_eq!(error, "expected a number of 0 or more, not `-0.1`");
        assert!(read::<Amount>(json!(null)).is_err());
    }

    #[test]
    fn a_share_is_from_0_to_1() {
        assert_eq!(read(json!(0)), Ok(Share(0.0)));
        assert_eq!(read(json!(1)), Ok(Share(1.0)));
        assert_eq!(
            read::<Share>(json!(1.01)).unwrap_err(),
            "expected a number from 0 to 1, not `1.01`"
        );
        assert!(read::<Share>(json!(-0.01)).is_err());
    }

    #[test]
    fn texts_and_their_lists_have_limits() {
        assert!(read::<Text>(json!("x".repeat(TEXT_BYTES_MAX))).is_ok());
        let error = read::<Text>(json!("x".repeat(TEXT_BYTES_MAX + 1))).unwrap_err();
        assert_eq!(error, "expected a text of at most 1000 bytes, not of 1001");
        assert!(read::<Text>(json!("")).is_err() && read::<Text>(json!(5)).is_err());
        assert_eq!(read::<Texts>(json!(vec!["x"; TEXTS_MAX])).unwrap().iter().count(), TEXTS_MAX);
        let error = read::<Texts>(json!(vec!["x"; TEXTS_MAX + 1])).unwrap_err();
        assert_eq!(error, "expected at most 50 texts, not 51");
        assert_eq!(read::<Texts>(json!([])).unwrap_err(), "expected at least one text");
    }

    #[test]
    fn a_quoted_text_is_shortened() {
        let fits = "é".repeat(QUOTE_CHARS_MAX);
        assert_eq!(quote(&fits), format!("`{fits}`"));
        assert_eq!(quote(format!("{fits}x")), format!("`{fits}…`"));
    }
}
