//! The store of traces: spans, infos, tags, assessments, links, and their search.
mod activity;
mod correlation;
mod inputs;
mod keys;
mod list;
pub mod metrics_query;
mod provided;
mod reads;
mod reviewed;
mod root_values;
mod scan;
mod sessions;
mod span_columns;
mod span_search;
mod span_tree;
mod span_values;
mod spans;
mod turns;
mod whole;
mod writes;

pub use activity::*;
pub use correlation::*;
pub use inputs::*;
pub use keys::*;
pub use list::*;
pub use reads::*;
pub use reviewed::*;
pub use root_values::*;
pub use scan::*;
pub use sessions::*;
pub use span_columns::*;
pub use span_search::*;
pub use span_tree::*;
pub use span_values::*;
pub use spans::*;
pub use turns::*;
pub use whole::*;
pub use writes::*;

/// The store of everything that a trace filter can refer to.
pub trait TraceStore: TraceWrites + TraceReads + TraceScan {}

impl<T: TraceWrites + TraceReads + TraceScan + ?Sized> TraceStore for T {}
