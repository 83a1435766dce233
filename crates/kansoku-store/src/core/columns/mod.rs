//! Packed columns: numbers in blocks, groups over them, and values as Python spells them.
pub mod groups;
pub mod ints;
pub mod python_json;
