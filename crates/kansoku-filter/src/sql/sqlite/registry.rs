//! Filters and orders of `registered_models m`, and of `model_versions v` beside it.
use kansoku_model::IS_PROMPT_TAG;

use super::writer::{Place, Writer, direction};
use crate::{
    ModelVersionFilter, ModelVersionOrderBy, RegisteredModelFilter, RegisteredModelOrderBy,
    registry::{Condition, Field, Key, model_order, version_order},
    sort::Direction,
    sql::Sql,
};

/// The table of the tags that a filter tests, and the condition for the rows of a record.
#[derive(Clone, Copy)]
struct Tags {
    table: &'static str,
    owner: &'static str,
}

const MODEL_TAGS: Tags = Tags { table: "registered_model_tags", owner: "model = m.id" };
const VERSION_TAGS: Tags =
    Tags { table: "model_version_tags", owner: "model = v.model and x.version = v.version" };

/// The SQL condition of a filter on `registered_models m`.
pub fn registered_model_condition(filter: &RegisteredModelFilter) -> Sql {
    let mut writer = Writer::default();
    let text = writer.expr(&filter.expr, &|writer, it| write(writer, it, MODEL_TAGS));
    writer.finish(text)
}

/// The SQL condition of a filter on `model_versions v` of `registered_models m`.
pub fn model_version_condition(filter: &ModelVersionFilter) -> Sql {
    let mut writer = Writer::default();
    let text = writer.expr(&filter.expr, &|writer, it| write(writer, it, VERSION_TAGS));
    writer.finish(text)
}

fn write(writer: &mut Writer, condition: &Condition, tags: Tags) -> String {
    match condition {
        Condition::Text(field, test) => {
            let operand = match field {
                Field::Name => "m.name".to_owned(),
                Field::RunId => "v.run_id".to_owned(),
                Field::Source => "v.source".to_owned(),
                Field::Tag(key) => tag(writer, tags, key),
            };
            writer.text_test(&operand, test)
        }
        Condition::Version(test) => writer.number_test("v.version", test),
        Condition::IsPrompt(is_prompt) => {
            let value = tag(writer, tags, IS_PROMPT_TAG);
            let comparison = if *is_prompt { "=" } else { "<>" };
            format!("lower(coalesce({value}, '')) {comparison} 'true'")
        }
    }
}

fn tag(writer: &mut Writer, tags: Tags, key: &str) -> String {
    writer.operand(Place::Entry { table: tags.table, owner: tags.owner, key })
}

/// The SQL after `order by` for `registered_models m`.
pub fn registered_model_order_by(keys: &[RegisteredModelOrderBy]) -> Sql {
    order_by(&model_order(keys), "m")
}

/// The SQL after `order by` for `model_versions v` of `registered_models m`.
pub fn model_version_order_by(keys: &[ModelVersionOrderBy]) -> Sql {
    order_by(&version_order(keys), "v")
}

fn order_by(order: &[(Key, Direction)], table: &str) -> Sql {
    let column = |key| match key {
        Key::Name => "m.name".to_owned(),
        Key::Version => "v.version".to_owned(),
        Key::CreationTime => format!("{table}.creation_time_ms"),
        Key::LastUpdateTime => format!("{table}.last_update_time_ms"),
    };
    let keys = order.iter();
    let columns: Vec<_> =
        keys.map(|(key, way)| format!("{} {}", column(*key), direction(*way, false))).collect();
    Sql { text: columns.join(", "), params: Vec::new() }
}
