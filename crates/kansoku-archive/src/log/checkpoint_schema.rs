//! The columns of a checkpoint: one per action, of which each row has one.
use arrow_schema::{DataType, Field, Fields, Schema};

/// All fields are nullable, as in other engines' checkpoints: a row has only its own action.
pub(super) fn schema() -> Schema {
    let format = structure(vec![text("provider"), map("options")]);
    Schema::new(vec![
        field(
            "protocol",
            structure(vec![
                field("minReaderVersion", DataType::Int32),
                field("minWriterVersion", DataType::Int32),
                list("readerFeatures"),
                list("writerFeatures"),
            ]),
        ),
        field(
            "metaData",
            structure(vec![
                text("id"),
                text("name"),
                text("description"),
                field("format", format),
                text("schemaString"),
                list("partitionColumns"),
                map("configuration"),
                long("createdTime"),
            ]),
        ),
        field(
            "domainMetadata",
            structure(vec![text("domain"), text("configuration"), flag("removed")]),
        ),
        field("txn", structure(vec![text("appId"), long("version"), long("lastUpdated")])),
        field(
            "add",
            structure(vec![
                text("path"),
                map("partitionValues"),
                long("size"),
                long("modificationTime"),
                flag("dataChange"),
                text("stats"),
            ]),
        ),
        field(
            "remove",
            structure(vec![
                text("path"),
                long("deletionTimestamp"),
                flag("dataChange"),
                flag("extendedFileMetadata"),
                map("partitionValues"),
                long("size"),
            ]),
        ),
    ])
}

/// Whether a column of a checkpoint, by its path, is read. Other writers' checkpoints have more.
pub(super) fn is_read(schema: &Schema, path: &[String]) -> bool {
    let [action, name, ..] = path else { return false };
    let Ok(field) = schema.field_with_name(action) else { return false };
    let DataType::Struct(fields) = field.data_type() else { return false };
    fields.find(name).is_some() || (action == "add" && name == "deletionVector")
}

fn field(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

fn structure(fields: Vec<Field>) -> DataType {
    DataType::Struct(Fields::from(fields))
}

fn text(name: &str) -> Field {
    field(name, DataType::Utf8)
}

fn long(name: &str) -> Field {
    field(name, DataType::Int64)
}

fn flag(name: &str) -> Field {
    field(name, DataType::Boolean)
}

fn list(name: &str) -> Field {
    field(name, DataType::List(text("element").into()))
}

/// The names inside are those that the format of Parquet prescribes.
fn map(name: &str) -> Field {
    let key = Field::new("key", DataType::Utf8, false);
    let entries = Field::new("key_value", structure(vec![key, text("value")]), false);
    field(name, DataType::Map(entries.into(), false))
}
