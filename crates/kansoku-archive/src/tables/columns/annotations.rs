//! `<prefix>_otel_annotations`: metadata, tags, assessments and run links, one row per change.
//!
//! The table is only appended to. The row of an annotation with the latest `updated_at` counts, and
//! one with `deleted_at` deletes it.
use super::super::definition::{Column, ColumnType};
use ColumnType::{Attributes, String, Timestamp, Value};

pub(in crate::tables) const ANNOTATIONS: &[Column] = &[
    Column::distinct("annotation_id", String),
    Column::new("target_type", String),
    Column::new("target_id", String),
    Column::new("annotation_type", String),
    Column::new("name", String),
    Column::distinct("value", Value),
    Column::distinct("comment", String),
    Column::new("metadata", Attributes),
    Column::new("created_at", Timestamp),
    Column::new("created_by", String),
    Column::new("updated_at", Timestamp),
    Column::new("updated_by", String),
    Column::new("deleted_at", Timestamp),
    Column::new("deleted_by", String),
];
