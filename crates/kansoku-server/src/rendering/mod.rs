//! Stored traces as clients read them: MLflow's JSON, and items of lists.
pub(crate) mod assessment_json;
pub(crate) mod stored_trace;
pub(crate) mod trace_json;
pub(crate) mod trace_line;
pub(crate) mod trace_list_item;
