//! The search language of traces, experiments, runs, datasets and registered models: text in, SQL out.
//!
//! ```text
//! text --parse--> Expr of conditions --sql::sqlite--> Sql { text, params }
//!                                    --eval---------> does this trace in memory match?
//! filter := ws | [AND] or [AND]          or  := and { OR and }
//! and    := unary { AND unary }          unary := NOT unary | ( or ) | clause
//! clause := name comparator value | name IS [NOT] NULL
//! ```
//!
//! No text of a filter becomes part of SQL: fields come from closed sets, and all keys and values
//! are parameters. Nothing here does I/O.
mod catalog;
mod clause;
mod dataset;
mod error;
pub mod eval;
mod experiment;
mod hint;
mod issue;
mod lex;
mod logged_model;
mod metric;
mod order_by;
mod page;
mod parse;
pub mod pattern;
pub mod print;
mod registry;
mod run;
mod sort;
pub mod sql;
mod term;
mod trace;

pub use catalog::{
    FIELDS, Field, FieldDef, FieldGroup, FieldKind, NumberField, Projection, listed_numbers,
};
pub use dataset::{DatasetFilter, DatasetOrderBy};
pub use error::FilterError;
pub use experiment::{ExperimentFilter, ExperimentOrderBy};
pub use issue::IssueFilter;
pub use logged_model::{DatasetRef, LoggedModelFilter, LoggedModelOrderBy};
pub use metric::MetricFilter;
pub use order_by::{Order, OrderBy};
pub use page::PageToken;
pub use registry::{
    ModelVersionFilter, ModelVersionOrderBy, RegisteredModelFilter, RegisteredModelOrderBy,
};
pub use run::{RunFilter, RunOrderBy};
pub use sql::{Sql, SqlValue};
pub use term::Term;
pub use trace::{AnyOf, Filter, Literal, Required, SessionAssessment, Tested};

/// Limits of filters and orders. Each is tested on both sides.
pub mod limits {
    /// Maximum length of a filter in bytes.
    pub const FILTER_BYTES_MAX: usize = 64 * 1024;
    /// Maximum nesting of parentheses and NOTs.
    pub const DEPTH_MAX: usize = 32;
    /// Maximum number of comparisons in a filter.
    pub const CLAUSES_MAX: usize = 256;
    /// Maximum number of values in an IN list.
    pub const IN_VALUES_MAX: usize = 1000;
    /// Maximum number of keys in `order_by`.
    pub const ORDER_BY_MAX: usize = 16;
    /// Maximum length of a page token in bytes.
    pub const PAGE_TOKEN_BYTES_MAX: usize = 256 * 1024;
    /// Maximum length of a key or value in the inverted index, in bytes.
    pub const TERM_BYTES_MAX: usize = 1024;
}
