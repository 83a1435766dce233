//! Terms of the inverted index: values that a filter can compare for equality.
//!
//! The hash is part of the stored format and must never change. A new kind of term takes the next
//! free number.
use std::borrow::Cow;

use kansoku_model::{ExperimentId, metadata_key};
use xxhash_rust::xxh3::Xxh3;

use crate::limits::TERM_BYTES_MAX;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Term<'a> {
    State(Cow<'a, str>),
    Name(Cow<'a, str>),
    ClientRequestId(Cow<'a, str>),
    Tag(Cow<'a, str>, Cow<'a, str>),
    Metadata(Cow<'a, str>, Cow<'a, str>),
    /// The run that the trace was created in (metadata `mlflow.sourceRun`), or is linked to.
    Run(Cow<'a, str>),
    /// Name and version.
    Prompt(Cow<'a, str>, Cow<'a, str>),
    SpanName(Cow<'a, str>),
    SpanType(Cow<'a, str>),
    /// `UNSET`, `OK` or `ERROR`.
    SpanStatus(Cow<'a, str>),
    /// The trace has a valid assessment of this kind and name.
    Assessed {
        kind: Cow<'a, str>,
        name: Cow<'a, str>,
    },
    /// The trace has a valid assessment with exactly this JSON text.
    AssessedAs {
        kind: Cow<'a, str>,
        name: Cow<'a, str>,
        value_json: Cow<'a, str>,
    },
    Issue(Cow<'a, str>),
}

/// Metadata that every trace has, and that is not worth an index.
const BOOKKEEPING: [&str; 6] = [
    metadata_key::SIZE_STATS,
    metadata_key::SIZE_BYTES,
    metadata_key::INPUTS,
    metadata_key::OUTPUTS,
    metadata_key::TOKEN_USAGE,
    metadata_key::COST,
];

impl Term<'_> {
    /// XXH3 of the experiment, the kind of term, and its texts with their lengths.
    pub fn hash(&self, experiment: ExperimentId) -> i64 {
        let (kind, texts) = self.parts();
        let mut hasher = Xxh3::new();
        hasher.update(&experiment.0.to_le_bytes());
        hasher.update(&[kind]);
        for text in texts.iter().flatten() {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.digest().cast_signed()
    }

    /// Whether the index contains such terms. Other terms require a scan of the traces.
    pub fn is_indexed(&self) -> bool {
        if let Self::Metadata(key, _) = self
            && BOOKKEEPING.contains(&key.as_ref())
        {
            return false;
        }
        self.parts().1.iter().flatten().all(|text| text.len() <= TERM_BYTES_MAX)
    }

    pub fn into_owned(self) -> Term<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::State(a) => Term::State(own(a)),
            Self::Name(a) => Term::Name(own(a)),
            Self::ClientRequestId(a) => Term::ClientRequestId(own(a)),
            Self::Tag(a, b) => Term::Tag(own(a), own(b)),
            Self::Metadata(a, b) => Term::Metadata(own(a), own(b)),
            Self::Run(a) => Term::Run(own(a)),
            Self::Prompt(a, b) => Term::Prompt(own(a), own(b)),
            Self::SpanName(a) => Term::SpanName(own(a)),
            Self::SpanType(a) => Term::SpanType(own(a)),
            Self::SpanStatus(a) => Term::SpanStatus(own(a)),
            Self::Assessed { kind, name } => Term::Assessed { kind: own(kind), name: own(name) },
            Self::AssessedAs { kind, name, value_json } => {
                Term::AssessedAs { kind: own(kind), name: own(name), value_json: own(value_json) }
            }
            Self::Issue(a) => Term::Issue(own(a)),
        }
    }

    fn parts(&self) -> (u8, [Option<&str>; 3]) {
        match self {
            Self::State(a) => (1, [Some(a), None, None]),
            Self::Name(a) => (2, [Some(a), None, None]),
            Self::ClientRequestId(a) => (3, [Some(a), None, None]),
            Self::Tag(a, b) => (4, [Some(a), Some(b), None]),
            Self::Metadata(a, b) => (5, [Some(a), Some(b), None]),
            Self::Run(a) => (6, [Some(a), None, None]),
            Self::Prompt(a, b) => (7, [Some(a), Some(b), None]),
            Self::SpanName(a) => (8, [Some(a), None, None]),
            Self::SpanType(a) => (9, [Some(a), None, None]),
            Self::SpanStatus(a) => (10, [Some(a), None, None]),
            Self::Assessed { kind, name } => (11, [Some(kind), Some(name), None]),
            Self::AssessedAs { kind, name, value_json } => {
                (12, [Some(kind), Some(name), Some(value_json)])
            }
            Self::Issue(a) => (13, [Some(a), None, None]),
        }
    }
}
