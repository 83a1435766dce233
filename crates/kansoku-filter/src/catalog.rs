//! The field catalogue: every name that a trace filter knows, and all that depends on the name.
//!
//! Parsing and hints, SQL, the evaluator, orders, facets, groups, list columns, CSV, `GET …/fields`
//! and the table in `docs/filter.md` read it. `docs/adding-a-filter-field.md` says how a field is
//! added.
mod fields;
mod lookup;
mod source;

pub use fields::FIELDS;
pub use lookup::{Field, listed_numbers};
pub(crate) use lookup::{of_span, of_trace, sort_names, trace_names};
pub use source::NumberField;
pub(crate) use source::{Source, SpanField, TextField};

use crate::{
    clause::Op,
    lex::{Measure, Number},
};

/// One field of traces.
#[derive(Debug)]
pub struct FieldDef {
    /// As a filter has it: `status`, `span.name`, `tags.<key>`.
    pub name: &'static str,
    /// Other names of it.
    pub aliases: &'static [&'static str],
    pub group: FieldGroup,
    pub(crate) source: Source,
    pub kind: FieldKind,
    /// The commonest first, where a person chooses among them.
    pub(crate) operators: &'static [Op],
    pub(crate) mlflow: Mlflow,
    /// `order_by` takes it.
    pub sortable: bool,
    /// The word by which `by=` groups traces, if it does.
    pub groupable: Option<&'static str>,
    /// The part of a trace that holds the field's values.
    pub projection: Projection,
    pub help: &'static str,
}

/// The group of a field: the prefix of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldGroup {
    Trace,
    Tag,
    Metadata,
    Span,
    Feedback,
    Expectation,
    Issue,
}

/// The type of a field's values, and the unit of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    /// One of few texts.
    Choice,
    /// Milliseconds since 1970.
    Time,
    /// Milliseconds, which may be written as `5s`.
    Duration,
    /// A whole number, which may be written as `4k`.
    Count,
    /// US dollars; compared in the units that costs are kept in.
    Dollars,
    /// The JSON of an assessment's value.
    Json,
}

/// How much of a field MLflow's own server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mlflow {
    Unknown,
    Known,
    /// Under its aliases, not under its name.
    Aliases,
    /// With these operators alone.
    Operators(&'static [Op]),
}

/// The part of a trace that has to be read for the values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// Its values are not counted: ids, times, and text of which no two are alike.
    None,
    Status,
    Name,
    Session,
    User,
    Version,
    Environment,
    Error,
    /// The run it was made in.
    SourceRun,
    Tag,
    Metadata,
    Feedback,
    Expectation,
    SpanName,
    SpanType,
    SpanStatus,
    SpanModel,
    SpanProvider,
    /// A number of the trace itself, which lists show, too.
    Number(NumberField),
}

impl FieldDef {
    /// The comparators it takes, as they are written.
    pub fn comparators(&self) -> impl Iterator<Item = &'static str> {
        self.operators.iter().map(|op| op.symbol())
    }

    /// Whether a key follows, as in `tags.env`.
    pub fn is_keyed(&self) -> bool {
        self.name.ends_with("<key>")
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// The names by which MLflow's own server knows it.
    pub fn mlflow_names(&self) -> impl Iterator<Item = &'static str> {
        let (skipped, taken) = match self.mlflow {
            Mlflow::Unknown => (0, 0),
            Mlflow::Known | Mlflow::Operators(_) => (0, usize::MAX),
            Mlflow::Aliases => (1, usize::MAX),
        };
        self.names().skip(skipped).take(taken)
    }

    /// The comparators that MLflow's own server takes with it.
    pub fn mlflow_comparators(&self) -> impl Iterator<Item = &'static str> {
        let taken = match self.mlflow {
            Mlflow::Unknown => &[],
            Mlflow::Known | Mlflow::Aliases => self.operators,
            Mlflow::Operators(operators) => operators,
        };
        taken.iter().map(|op| op.symbol()).filter(|symbol| *symbol != Op::Contains.symbol())
    }
}

impl FieldGroup {
    pub(crate) const ALL: [Self; 7] = [
        Self::Trace,
        Self::Tag,
        Self::Metadata,
        Self::Span,
        Self::Feedback,
        Self::Expectation,
        Self::Issue,
    ];

    /// The prefixes that a filter may write before the dot; the last one is the usual one.
    pub(crate) fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Trace => &["attribute", "attributes", "trace"],
            Self::Tag => &["tag", "tags"],
            Self::Metadata => &["request_metadata", "metadata"],
            Self::Span => &["span"],
            Self::Feedback => &["feedback"],
            Self::Expectation => &["expectation"],
            Self::Issue => &["issue"],
        }
    }

    pub(crate) fn of_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.prefixes().contains(&prefix))
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Tag => "tag",
            Self::Metadata => "metadata",
            Self::Span => "span",
            Self::Feedback => "feedback",
            Self::Expectation => "expectation",
            Self::Issue => "issue",
        }
    }
}

impl FieldKind {
    /// Whether its values are written without quotes.
    pub fn is_number(self) -> bool {
        match self {
            Self::Text | Self::Choice | Self::Json => false,
            Self::Time | Self::Duration | Self::Count | Self::Dollars => true,
        }
    }

    /// The unit that may follow a number.
    pub(crate) fn measure(self) -> Option<Measure> {
        match self {
            Self::Duration => Some(Measure::Milliseconds),
            Self::Count => Some(Measure::Count),
            Self::Text | Self::Choice | Self::Json | Self::Time | Self::Dollars => None,
        }
    }

    /// A number as written, in the unit that is compared.
    pub(crate) fn in_stored_unit(self, value: Number) -> Number {
        match self {
            Self::Dollars => Number::Integer(kansoku_model::Money::from_dollars(value.as_f64()).0),
            Self::Text | Self::Choice | Self::Json | Self::Time | Self::Duration | Self::Count => {
                value
            }
        }
    }
}
