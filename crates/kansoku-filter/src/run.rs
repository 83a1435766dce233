//! Filters and orders of runs.
//!
//! The value of a metric is the latest one: of the highest step, then of the latest time.
use crate::{
    FilterError,
    clause::{Clause, NumberTest, Op, TextTest},
    error::{ParseError, short},
    parse::{self, Expr},
    sort::{self, Direction},
};

/// A filter of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFilter {
    pub(crate) expr: Expr<Condition>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Text(Field, TextTest),
    Number(Field, NumberTest),
    /// Whether one of the run's datasets passes.
    Dataset(DatasetField, TextTest),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field {
    RunId,
    RunName,
    Status,
    User,
    ArtifactUri,
    StartTime,
    EndTime,
    Metric(String),
    Param(String),
    Tag(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DatasetField {
    Name,
    Digest,
    /// The context of the input: the run's use of the dataset, such as `eval`.
    Context,
}

const TEXT_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Like, Op::ILike];
const ID_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Like, Op::ILike, Op::In, Op::NotIn];
const KEYED_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Like, Op::ILike, Op::IsNull, Op::IsNotNull];

impl RunFilter {
    pub fn all() -> Self {
        Self { expr: Expr::all() }
    }

    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text, resolve).map(|expr| Self { expr })
    }

    pub fn is_all(&self) -> bool {
        self.expr.is_all()
    }
}

impl Field {
    pub(crate) fn is_nullable(&self) -> bool {
        matches!(
            self,
            Self::StartTime | Self::EndTime | Self::Metric(_) | Self::Param(_) | Self::Tag(_)
        )
    }
}

fn resolve(clause: Clause) -> Result<Condition, ParseError> {
    if matches!(clause.prefix.as_deref(), Some("dataset" | "datasets")) {
        let field = dataset_field(&clause.key).map_err(|message| clause.bad_name(message))?;
        return Ok(Condition::Dataset(field, clause.text_test("dataset attributes", ID_OPS)?));
    }
    let field = match field(clause.prefix.as_deref(), &clause.key) {
        Ok(field) => field,
        Err(message) => return Err(clause.bad_name(message)),
    };
    match &field {
        Field::StartTime | Field::EndTime => {
            let test = clause.number_test(&clause.key, Op::NUMBER)?;
            Ok(Condition::Number(field, test))
        }
        Field::Metric(_) => {
            let test = clause.number_test("metric", Op::NUMBER)?;
            Ok(Condition::Number(field, test))
        }
        Field::RunId => text(field, "attributes", ID_OPS, &clause),
        Field::RunName | Field::Status | Field::User | Field::ArtifactUri => {
            text(field, "attributes", TEXT_OPS, &clause)
        }
        Field::Param(_) => text(field, "param", KEYED_OPS, &clause),
        Field::Tag(_) => text(field, "tag", KEYED_OPS, &clause),
    }
}

fn text(field: Field, kind: &str, ops: &[Op], clause: &Clause) -> Result<Condition, ParseError> {
    Ok(Condition::Text(field, clause.text_test(kind, ops)?))
}

fn field(prefix: Option<&str>, key: &str) -> Result<Field, String> {
    let keyed = |make: fn(String) -> Field, kind: &str| match key {
        "" => Err(format!("{kind} key cannot be empty")),
        key => Ok(make(key.to_owned())),
    };
    match prefix {
        None | Some("attribute" | "attributes" | "attr" | "run") => attribute(key),
        Some("metric" | "metrics") => keyed(Field::Metric, "Metric"),
        Some("param" | "params" | "parameter" | "parameters") => keyed(Field::Param, "Param"),
        Some("tag" | "tags") => keyed(Field::Tag, "Tag"),
        // A run may have several; none of them is what it is ordered by.
        Some("dataset" | "datasets") => {
            Err("Runs cannot be ordered by their datasets; use attributes, tags, params or metrics"
                .to_owned())
        }
        Some(prefix) => Err(format!(
            "Invalid entity type '{}'. Valid values are 'attributes', 'metrics', 'params', 'tags', 'datasets'",
            short(prefix)
        )),
    }
}

fn dataset_field(key: &str) -> Result<DatasetField, String> {
    match key {
        "name" => Ok(DatasetField::Name),
        "digest" => Ok(DatasetField::Digest),
        "context" => Ok(DatasetField::Context),
        _ => Err(format!(
            "Invalid dataset key '{}' specified. Valid keys are 'name', 'digest', 'context'",
            short(key)
        )),
    }
}

fn attribute(key: &str) -> Result<Field, String> {
    match key {
        "run_id" => Ok(Field::RunId),
        "run_name" | "run name" | "Run name" | "Run Name" => Ok(Field::RunName),
        "status" => Ok(Field::Status),
        "user_id" | "User" => Ok(Field::User),
        "artifact_uri" => Ok(Field::ArtifactUri),
        "start_time" | "created" | "Created" => Ok(Field::StartTime),
        "end_time" => Ok(Field::EndTime),
        _ => Err(format!(
            "Invalid attribute key '{}' specified. Valid keys are 'run_id', 'run_name', 'status', 'user_id', 'artifact_uri', 'start_time', 'end_time', 'created'",
            short(key)
        )),
    }
}

/// A sort key of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOrderBy {
    pub(crate) field: Field,
    pub(crate) direction: Direction,
}

impl RunOrderBy {
    pub fn parse_list(items: &[String]) -> Result<Vec<Self>, FilterError> {
        let keys = sort::parse_list(items, field)?;
        Ok(keys.into_iter().map(|(field, direction)| Self { field, direction }).collect())
    }

    /// Whether the keys sort runs as no keys do: latest start first, then by id.
    pub fn is_newest_first(keys: &[Self]) -> bool {
        keys.iter()
            .all(|by| (&by.field, by.direction) == (&Field::StartTime, Direction::Descending))
    }
}
