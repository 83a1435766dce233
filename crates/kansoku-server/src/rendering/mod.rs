//! Conversion of stored traces for clients: MLflow's JSON, items and columns of lists, and tables.
pub(crate) mod csv_table;
mod span_reader;
pub(crate) mod stored_trace;
pub(crate) mod trace_line;
pub(crate) mod trace_list_item;
pub(crate) mod value_columns;
mod whole_trace;
