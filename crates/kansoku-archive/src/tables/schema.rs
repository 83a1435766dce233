//! A table's schema, for Delta's log and for Arrow.
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use serde_json::{Value, json};

use super::definition::{Column, ColumnType, Layout, Table};

impl Table {
    /// The schema as JSON text, as Delta's `metaData` action has it.
    pub fn delta_schema(self, layout: Layout) -> String {
        delta_struct(self.columns(), layout).to_string()
    }

    pub fn arrow_schema(self, layout: Layout) -> SchemaRef {
        Arc::new(Schema::new(arrow_fields(self.columns(), layout)))
    }
}

fn delta_struct(columns: &[Column], layout: Layout) -> Value {
    let field = |column: &Column| {
        let column_type = delta_type(&column.column_type, layout);
        json!({"name": column.name, "type": column_type, "nullable": true, "metadata": {}})
    };
    json!({"type": "struct", "fields": columns.iter().map(field).collect::<Vec<_>>()})
}

fn delta_type(column_type: &ColumnType, layout: Layout) -> Value {
    let map = || json!({"type": "map", "keyType": "string", "valueType": "string", "valueContainsNull": true});
    match (column_type, layout) {
        (ColumnType::String, _) | (ColumnType::Value, Layout::V1) => json!("string"),
        (ColumnType::Integer, _) => json!("integer"),
        (ColumnType::Long, _) => json!("long"),
        (ColumnType::Double, _) => json!("double"),
        (ColumnType::Boolean, _) => json!("boolean"),
        (ColumnType::Date, _) => json!("date"),
        (ColumnType::Timestamp, _) => json!("timestamp"),
        (ColumnType::Attributes | ColumnType::Value, Layout::V2) => json!("variant"),
        (ColumnType::StringMap, _) | (ColumnType::Attributes, Layout::V1) => map(),
        (ColumnType::Struct(columns), _) => delta_struct(columns, layout),
        (ColumnType::List(element), _) => {
            let element = delta_type(element, layout);
            json!({"type": "array", "elementType": element, "containsNull": true})
        }
    }
}

pub(super) fn arrow_fields(columns: &[Column], layout: Layout) -> Fields {
    let field =
        |column: &Column| Field::new(column.name, arrow_type(&column.column_type, layout), true);
    columns.iter().map(field).collect()
}

pub(super) fn arrow_type(column_type: &ColumnType, layout: Layout) -> DataType {
    match (column_type, layout) {
        (ColumnType::String, _) | (ColumnType::Value, Layout::V1) => DataType::Utf8,
        (ColumnType::Integer, _) => DataType::Int32,
        (ColumnType::Long, _) => DataType::Int64,
        (ColumnType::Double, _) => DataType::Float64,
        (ColumnType::Boolean, _) => DataType::Boolean,
        (ColumnType::Date, _) => DataType::Date32,
        (ColumnType::Timestamp, _) => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        (ColumnType::Attributes | ColumnType::Value, Layout::V2) => {
            DataType::Struct(variant_fields())
        }
        (ColumnType::StringMap, _) | (ColumnType::Attributes, Layout::V1) => {
            DataType::Map(map_entries(), false)
        }
        (ColumnType::Struct(columns), _) => DataType::Struct(arrow_fields(columns, layout)),
        (ColumnType::List(element), _) => DataType::List(list_element(element, layout)),
    }
}

/// The Parquet format's form of an unshredded `VARIANT`.
pub(super) fn variant_fields() -> Fields {
    Fields::from(vec![
        Field::new("metadata", DataType::Binary, false),
        Field::new("value", DataType::Binary, false),
    ])
}

/// The entries of a map, with the names of the Parquet format.
pub(super) fn map_entries() -> FieldRef {
    let entries = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, true),
    ]);
    Arc::new(Field::new("key_value", DataType::Struct(entries), false))
}

pub(super) fn list_element(element: &ColumnType, layout: Layout) -> FieldRef {
    Arc::new(Field::new("element", arrow_type(element, layout), true))
}
