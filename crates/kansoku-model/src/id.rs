//! Types for ids. A `TraceId` always contains a valid id, because text becomes one only through
//! `TryFrom`, also in serde.
use std::fmt;

use serde::{Deserialize, Serialize};

/// A trace id: `tr-` and 32 hex digits if it comes from a span, 1 to 250 bytes of any text without
/// control characters if a client chose it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct TraceId(String);

#[derive(Debug, thiserror::Error)]
#[error("a trace id has 1 to {} bytes and no control characters", TraceId::LENGTH_MAX)]
pub struct InvalidTraceId;

impl TraceId {
    pub const LENGTH_MAX: usize = 250;

    /// The id that MLflow gives to a trace whose spans have this OpenTelemetry trace id.
    pub fn from_otel(id: [u8; 16]) -> Self {
        Self(format!("tr-{:032x}", u128::from_be_bytes(id)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TraceId {
    type Error = InvalidTraceId;

    fn try_from(text: String) -> Result<Self, InvalidTraceId> {
        let fits = !text.is_empty() && text.len() <= Self::LENGTH_MAX;
        if fits && !text.chars().any(char::is_control) {
            return Ok(Self(text));
        }
        Err(InvalidTraceId)
    }
}

/// A span id: eight bytes, displayed as 16 hex digits. Zero is not valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(pub u64);

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a span id has 16 hex digits that are not all 0")]
pub struct InvalidSpanId;

impl std::str::FromStr for SpanId {
    type Err = InvalidSpanId;

    fn from_str(text: &str) -> Result<Self, InvalidSpanId> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = u64::from_str_radix(text, 16).ok().filter(|id| digits && *id != 0);
        id.map(Self).ok_or(InvalidSpanId)
    }
}

/// An experiment id: an integer, which is a decimal string in JSON. The default experiment is `0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExperimentId(pub i64);

impl ExperimentId {
    pub const DEFAULT: Self = Self(0);
}

#[derive(Debug, thiserror::Error)]
#[error("Invalid experiment ID '{0}'. Experiment ID must be a valid integer.")]
pub struct InvalidExperimentId(String);

impl std::str::FromStr for ExperimentId {
    type Err = InvalidExperimentId;

    fn from_str(text: &str) -> Result<Self, InvalidExperimentId> {
        text.trim().parse().map(Self).map_err(|_| InvalidExperimentId(text.to_owned()))
    }
}

impl fmt::Display for ExperimentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for ExperimentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// An assessment id: `a-` and 32 hex digits if Kansoku generates it.
    AssessmentId
}
text_id! {
    /// A run id: 32 hex digits if Kansoku generates it.
    RunId
}
text_id! {
    /// `iss-` and 32 hex digits when we mint it.
    IssueId
}
text_id! {
    /// A logged model: `m-` and 32 hex digits when we mint it.
    ModelId
}
text_id! {
    /// `ls-` and 32 hex digits.
    LabelSchemaId
}
text_id! {
    /// `rq-` and 32 hex digits.
    ReviewQueueId
}
text_id! {
    /// `d-` and 32 hex digits.
    DatasetId
}
text_id! {
    /// `dr-` and 32 hex digits.
    DatasetRecordId
}
text_id! {
    /// A UUID.
    WebhookId
}
text_id! {
    /// `al-` and 32 hex digits.
    AlertRuleId
}

impl AssessmentId {
    pub fn random() -> Self {
        Self(format!("a-{:032x}", rand::random::<u128>()))
    }
}

impl IssueId {
    pub fn random() -> Self {
        Self(format!("iss-{:032x}", rand::random::<u128>()))
    }
}

impl ModelId {
    /// The beginning of every id of a logged model, and of no id of a run.
    pub const PREFIX: &str = "m-";

    pub fn random() -> Self {
        Self(format!("{}{:032x}", Self::PREFIX, rand::random::<u128>()))
    }
}

impl LabelSchemaId {
    pub fn random() -> Self {
        Self(format!("ls-{:032x}", rand::random::<u128>()))
    }
}

impl ReviewQueueId {
    pub fn random() -> Self {
        Self(format!("rq-{:032x}", rand::random::<u128>()))
    }
}

impl DatasetId {
    pub fn random() -> Self {
        Self(format!("d-{:032x}", rand::random::<u128>()))
    }
}

impl DatasetRecordId {
    /// Ids in ascending order, for records that are made together.
    pub fn ascending() -> impl Iterator<Item = Self> {
        // The counter never leaves its half of the digits.
        let first = u128::from(rand::random::<u64>()) << 64 | u128::from(rand::random::<u32>());
        (first..).map(|id| Self(format!("dr-{id:032x}")))
    }
}

impl WebhookId {
    pub fn random() -> Self {
        Self(uuid_text(rand::random()))
    }
}

impl AlertRuleId {
    pub fn random() -> Self {
        Self(format!("al-{:032x}", rand::random::<u128>()))
    }
}

/// These bits in the form of a UUID.
pub fn uuid_text(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    format!("{a}-{b}-{c}-{d}-{e}")
}

impl RunId {
    pub fn random() -> Self {
        Self(format!("{:032x}", rand::random::<u128>()))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
