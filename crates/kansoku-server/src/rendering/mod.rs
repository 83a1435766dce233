//! Conversion of stored traces for clients: MLflow's JSON, and items of lists.
pub(crate) mod stored_trace;
pub(crate) mod trace_line;
pub(crate) mod trace_list_item;
