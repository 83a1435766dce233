//! Filters and orders of logged models.
//!
//! A condition on a metric asks whether any of the model's values passes; an order takes the latest
//! value. Both can be narrowed to values on some datasets.
use crate::{
    FilterError,
    clause::{Clause, NumberTest, Op, TextTest},
    error::{ParseError, short},
    limits::ORDER_BY_MAX,
    parse::{self, Expr},
    sort::Direction,
};

/// A filter of logged models.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedModelFilter {
    pub(crate) expr: Expr<Condition>,
    /// Only metrics computed on one of these datasets count; all metrics if it is empty.
    pub(crate) datasets: Vec<DatasetRef>,
}

/// A dataset by name, or by name and digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetRef {
    pub name: Option<String>,
    pub digest: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Text(Field, TextTest),
    Time(Field, NumberTest),
    Metric(String, NumberTest),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field {
    Name,
    ModelId,
    ModelType,
    Status,
    SourceRunId,
    ExperimentId,
    CreationTime,
    LastUpdateTime,
    Metric(String),
    Param(String),
    Tag(String),
}

const TEXT_OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Like, Op::ILike, Op::In, Op::NotIn];

impl LoggedModelFilter {
    pub fn parse(text: &str, datasets: Vec<DatasetRef>) -> Result<Self, FilterError> {
        parse::parse(text, resolve).map(|expr| Self { expr, datasets })
    }

    /// Whether the datasets are a condition of their own: the filter names no metric, so a model passes
    /// if it has a metric on one of them.
    pub(crate) fn asks_for_datasets(&self) -> bool {
        let is_of_metric = |condition: &_| matches!(condition, Condition::Metric(..));
        !self.datasets.is_empty() && !self.expr.any(&is_of_metric)
    }
}

fn resolve(clause: Clause) -> Result<Condition, ParseError> {
    let field = match field(clause.prefix.as_deref(), &clause.key) {
        Ok(field) => field,
        Err(message) => return Err(clause.bad_name(message)),
    };
    match field {
        Field::Metric(key) => Ok(Condition::Metric(key, clause.number_test("metric", Op::NUMBER)?)),
        Field::CreationTime | Field::LastUpdateTime => {
            let test = clause.number_test(&clause.key, Op::NUMBER)?;
            Ok(Condition::Time(field, test))
        }
        Field::Param(_) | Field::Tag(_) => {
            let kind = if matches!(field, Field::Tag(_)) { "tag" } else { "param" };
            Ok(Condition::Text(field, clause.text_test(kind, TEXT_OPS)?))
        }
        field => Ok(Condition::Text(field, clause.text_test("attributes", TEXT_OPS)?)),
    }
}

fn field(prefix: Option<&str>, key: &str) -> Result<Field, String> {
    let keyed = |make: fn(String) -> Field| match key {
        "" => Err("the key of a metric, param or tag cannot be empty".to_owned()),
        key => Ok(make(key.to_owned())),
    };
    match prefix {
        None | Some("attribute" | "attributes") => attribute(key),
        Some("metric" | "metrics") => keyed(Field::Metric),
        Some("param" | "params") => keyed(Field::Param),
        Some("tag" | "tags") => keyed(Field::Tag),
        Some(prefix) => Err(format!(
            "Invalid entity type '{}'. Valid values are 'attributes', 'metrics', 'params', 'tags'",
            short(prefix)
        )),
    }
}

fn attribute(key: &str) -> Result<Field, String> {
    match key {
        "name" => Ok(Field::Name),
        "model_id" => Ok(Field::ModelId),
        "model_type" => Ok(Field::ModelType),
        "status" => Ok(Field::Status),
        "source_run_id" => Ok(Field::SourceRunId),
        "experiment_id" => Ok(Field::ExperimentId),
        "creation_time" | "creation_timestamp" | "creation_timestamp_ms" => Ok(Field::CreationTime),
        "last_updated_timestamp" | "last_updated_timestamp_ms" => Ok(Field::LastUpdateTime),
        _ => Err(format!(
            "Invalid attribute key '{}' specified. Valid keys are 'name', 'model_id', 'model_type', 'status', 'source_run_id', 'experiment_id', 'creation_timestamp', 'last_updated_timestamp'",
            short(key)
        )),
    }
}

/// One key of an order of logged models.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedModelOrderBy {
    pub(crate) field: Field,
    pub(crate) direction: Direction,
    /// Where values of a metric are to be of one dataset.
    pub(crate) dataset: DatasetRef,
}

impl LoggedModelOrderBy {
    pub const COUNT_MAX: usize = ORDER_BY_MAX;

    /// `name` is an attribute, or `metrics.` and the key of a metric.
    pub fn parse(name: &str, ascending: bool, dataset: DatasetRef) -> Result<Self, FilterError> {
        let field = match name.split_once('.') {
            None => attribute(name),
            Some(("metrics", key)) if !key.is_empty() => {
                Ok(Field::Metric(key.trim_matches('`').to_owned()))
            }
            Some(_) => Err("Models are ordered by attributes and metrics alone".to_owned()),
        };
        let refuse = |message| {
            ParseError::new(0..name.len(), format!("Invalid order by field name: {message}"))
        };
        let field = field.map_err(|message| refuse(message).in_filter(name))?;
        let direction = if ascending { Direction::Ascending } else { Direction::Descending };
        Ok(Self { field, direction, dataset })
    }
}
