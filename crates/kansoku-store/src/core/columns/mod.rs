//! Packed columns: numbers in blocks, groups over them, and values in Python's JSON format.
pub mod block;
pub mod column;
pub mod groups;
pub mod ints;
pub mod metric_rows;
pub mod packed;
pub mod python_json;
pub mod values;
