//! The schema of each table, in Delta's words and in Arrow's.
use arrow_schema::DataType;
use kansoku_archive::tables::{ColumnType, Layout, Table};
use serde_json::Value;

use crate::archive::LAYOUTS;

#[test]
fn delta_and_arrow_have_the_same_columns() {
    for layout in LAYOUTS {
        for table in Table::ALL {
            let delta: Value = serde_json::from_str(&table.delta_schema(layout)).unwrap();
            let delta = delta["fields"].as_array().unwrap();
            let delta = delta.iter().map(|field| field["name"].as_str().unwrap());
            let arrow = table.arrow_schema(layout);
            let arrow = arrow.fields().iter().map(|field| field.name().as_str());
            assert!(delta.eq(arrow), "{table:?}");
        }
    }
}

#[test]
fn only_layout_v2_has_variants() {
    for table in [Table::Spans, Table::Logs, Table::Annotations, Table::Metrics] {
        assert!(table.delta_schema(Layout::V2).contains("\"variant\""), "{table:?}");
        assert!(!table.delta_schema(Layout::V1).contains("variant"), "{table:?}");
    }
    assert!(!Table::Traces.delta_schema(Layout::V2).contains("variant"));
}

#[test]
fn spans_have_the_columns_that_databricks_documents() {
    let names: Vec<&str> = Table::Spans.columns().iter().map(|column| column.name).collect();
    assert_eq!(names.len(), 24);
    assert_eq!(names[..5], ["record_id", "time", "date", "service_name", "trace_id"]);
}

#[test]
fn columns_with_statistics_exist_and_have_no_payload() {
    for table in Table::ALL {
        for name in table.statistics().iter().chain(table.clustering()).chain(&table.trace_column())
        {
            let column = table.columns().iter().find(|column| column.name == *name);
            let column = column.unwrap_or_else(|| panic!("{table:?} has no column {name}"));
            let is_flat = !matches!(
                column.column_type,
                ColumnType::Attributes
                    | ColumnType::Value
                    | ColumnType::Struct(_)
                    | ColumnType::List(_)
            );
            assert!(is_flat, "{table:?} {name}");
        }
    }
}

#[test]
fn maps_and_lists_have_the_names_of_the_parquet_format() {
    let schema = Table::Traces.arrow_schema(Layout::V2);
    let DataType::Map(entries, false) = schema.field_with_name("tags").unwrap().data_type() else {
        panic!("tags are a map")
    };
    assert_eq!(entries.name(), "key_value");
    let runs = schema.field_with_name("run_ids").unwrap();
    let DataType::List(element) = runs.data_type() else { panic!("run ids are a list") };
    assert_eq!(element.name(), "element");
}
