//! Filters and orders of runs.
//!
//! A metric is its latest value: of the highest step, then the latest time.
use crate::{
    Dialect, FilterError, Sql,
    clause::{Clause, NumberTest, Op, TextTest},
    error::{Refusal, short},
    parse::{self, Expr},
    sort::{self, Direction},
    sql::{Place, Writer},
};

/// Which runs a search keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFilter {
    expr: Expr<Condition>,
}

#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Text(Field, TextTest),
    Number(Field, NumberTest),
}

#[derive(Clone, Debug, PartialEq)]
enum Field {
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

    /// A condition on `runs r`.
    pub fn compile(&self, dialect: Dialect) -> Sql {
        let mut writer = Writer::new(dialect);
        let text = writer.expr(&self.expr, &|writer, condition| match condition {
            Condition::Text(field, test) => {
                let operand = field.operand(writer);
                writer.text_test(&operand, test)
            }
            Condition::Number(field, test) => {
                let operand = field.operand(writer);
                writer.number_test(&operand, test)
            }
        });
        writer.finish(text)
    }
}

impl Field {
    fn operand(&self, writer: &mut Writer) -> String {
        let column = match self {
            Self::RunId => "r.run_id",
            Self::RunName => "r.run_name",
            Self::Status => "r.status",
            Self::User => "r.user_id",
            Self::StartTime => "r.start_time_ms",
            Self::EndTime => "r.end_time_ms",
            Self::ArtifactUri => {
                "(select case when e.artifact_location = '' then 'mlflow-artifacts:/' || e.experiment_id else e.artifact_location end || '/' || r.run_id || '/artifacts' from experiments e where e.experiment_id = r.experiment_id)"
            }
            Self::Metric(key) => {
                let key = writer.text_param(key);
                return format!(
                    "(select m.value from run_metrics m where m.run_id = r.run_id and m.key = {key} order by m.step desc, m.timestamp_ms desc, m.value desc limit 1)"
                );
            }
            Self::Param(key) => return entry(writer, "run_params", key),
            Self::Tag(key) => return entry(writer, "run_tags", key),
        };
        column.to_owned()
    }

    fn is_nullable(&self) -> bool {
        matches!(
            self,
            Self::StartTime | Self::EndTime | Self::Metric(_) | Self::Param(_) | Self::Tag(_)
        )
    }
}

fn entry(writer: &mut Writer, table: &'static str, key: &str) -> String {
    writer.operand(Place::Entry { table, owner: "run_id = r.run_id", key })
}

fn resolve(clause: Clause) -> Result<Condition, Refusal> {
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

fn text(field: Field, kind: &str, ops: &[Op], clause: &Clause) -> Result<Condition, Refusal> {
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
        Some("dataset" | "datasets") => Err(
            "Runs cannot be searched by their datasets yet; use attributes, tags, params or metrics"
                .to_owned(),
        ),
        Some(prefix) => Err(format!(
            "Invalid entity type '{}'. Valid values are 'attributes', 'metrics', 'params', 'tags'",
            short(prefix)
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

/// One key of an order of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOrderBy {
    field: Field,
    direction: Direction,
}

impl RunOrderBy {
    pub fn parse_list(items: &[String]) -> Result<Vec<Self>, FilterError> {
        let keys = sort::parse_list(items, field)?;
        Ok(keys.into_iter().map(|(field, direction)| Self { field, direction }).collect())
    }

    /// What follows `order by` for `runs r`: latest start first unless told otherwise.
    pub fn order_by(keys: &[Self]) -> Sql {
        let mut writer = Writer::new(Dialect::Sqlite);
        let mut columns = Vec::new();
        for by in keys {
            let operand = by.field.operand(&mut writer);
            columns.push(format!("{operand} {}", by.direction.spelled(by.field.is_nullable())));
        }
        if columns.is_empty() {
            columns.push("r.start_time_ms desc nulls last".to_owned());
        }
        columns.push("r.run_id asc".to_owned());
        writer.finish(columns.join(", "))
    }
}
