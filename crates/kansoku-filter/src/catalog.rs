//! The field catalogue: every name that a trace filter accepts, with everything that depends on it.
//!
//! Parsing and hints, SQL, the evaluator, orders, facets, groups, list columns, CSV, `GET …/fields`
//! and the table in `docs/filter.md` are derived from it. `docs/adding-a-filter-field.md` describes
//! how to add a field.
mod fields;
mod lookup;
mod source;

pub use fields::FIELDS;
pub use lookup::{Field, listed_numbers};
pub(crate) use lookup::{of_span, of_trace, sort_names, trace_names};
pub use source::NumberField;
pub(crate) use source::{Source, SpanField, SpanNumber, TextField};

use crate::{
    clause::Op,
    lex::{Measure, Number},
};

/// A field of traces that filters can use.
#[derive(Debug)]
pub struct FieldDef {
    /// The name in filters, such as `status`, `span.name` or `tags.<key>`.
    pub name: &'static str,
    /// Other names for the same field.
    pub aliases: &'static [&'static str],
    pub group: FieldGroup,
    pub(crate) source: Source,
    pub kind: FieldKind,
    /// The comparators that the field accepts. If a user interface offers them, the most common one
    /// comes first.
    pub(crate) operators: &'static [Op],
    pub(crate) mlflow: Mlflow,
    /// Whether `order_by` accepts the field.
    pub sortable: bool,
    /// The value of the parameter `by=` that groups traces by this field; `None` if they cannot be.
    pub groupable: Option<&'static str>,
    /// The part of a trace that contains the field's values.
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
    Inputs,
    Outputs,
}

/// The type of a field's values, and the unit of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    /// One of a few fixed texts.
    Choice,
    /// Milliseconds since the Unix epoch.
    Time,
    /// Milliseconds; a filter may also write `5s`.
    Duration,
    /// An integer; a filter may also write `4k`.
    Count,
    /// US dollars; converted to the unit of stored costs for comparison.
    Dollars,
    /// JSON: the value of an assessment, or a value at a path.
    Json,
}

/// The extent to which MLflow's own server supports a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mlflow {
    Unknown,
    Known,
    /// Supported under its aliases only, not under its name.
    Aliases,
    /// Supported with these comparators only.
    Operators(&'static [Op]),
}

/// The part of a trace that has to be read for a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// Values are not counted, because they are ids, times or texts that hardly repeat.
    None,
    Status,
    Name,
    Session,
    User,
    Version,
    Environment,
    Error,
    /// The run that the trace was created in.
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
    /// A number of the trace itself; lists show it, too.
    Number(NumberField),
}

impl FieldDef {
    /// The comparators that the field accepts, as a filter writes them.
    pub fn comparators(&self) -> impl Iterator<Item = &'static str> {
        self.operators.iter().map(|op| op.symbol())
    }

    /// Whether the name is completed by a key, as in `tags.env`.
    pub fn is_keyed(&self) -> bool {
        self.name.ends_with("<key>")
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// The names under which MLflow's own server supports the field.
    pub fn mlflow_names(&self) -> impl Iterator<Item = &'static str> {
        let (skipped, taken) = match self.mlflow {
            Mlflow::Unknown => (0, 0),
            Mlflow::Known | Mlflow::Operators(_) => (0, usize::MAX),
            Mlflow::Aliases => (1, usize::MAX),
        };
        self.names().skip(skipped).take(taken)
    }

    /// The comparators that MLflow's own server supports for the field.
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
    pub(crate) const ALL: [Self; 9] = [
        Self::Trace,
        Self::Tag,
        Self::Metadata,
        Self::Span,
        Self::Feedback,
        Self::Expectation,
        Self::Issue,
        Self::Inputs,
        Self::Outputs,
    ];

    /// The prefixes that a filter can write before the dot. The last one is the usual one.
    pub(crate) fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Trace => &["attribute", "attributes", "trace"],
            Self::Tag => &["tag", "tags"],
            Self::Metadata => &["request_metadata", "metadata"],
            Self::Span => &["span"],
            Self::Feedback => &["feedback"],
            Self::Expectation => &["expectation"],
            Self::Issue => &["issue"],
            Self::Inputs => &["inputs"],
            Self::Outputs => &["outputs"],
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
            Self::Inputs => "inputs",
            Self::Outputs => "outputs",
        }
    }
}

impl FieldKind {
    /// Whether values are written without quotes.
    pub fn is_number(self) -> bool {
        match self {
            Self::Text | Self::Choice | Self::Json => false,
            Self::Time | Self::Duration | Self::Count | Self::Dollars => true,
        }
    }

    /// The kind of units that may follow a number.
    pub(crate) fn measure(self) -> Option<Measure> {
        match self {
            Self::Duration => Some(Measure::Milliseconds),
            Self::Count => Some(Measure::Count),
            Self::Text | Self::Choice | Self::Json | Self::Time | Self::Dollars => None,
        }
    }

    /// Converts a number from the unit of filters to the unit of stored values.
    pub(crate) fn in_stored_unit(self, value: Number) -> Number {
        match self {
            Self::Dollars => Number::Integer(kansoku_model::Money::from_dollars(value.as_f64()).0),
            Self::Text | Self::Choice | Self::Json | Self::Time | Self::Duration | Self::Count => {
                value
            }
        }
    }
}
