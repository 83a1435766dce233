//! The search language of traces, experiments and runs: text in, SQL out.
//!
//! ```text
//! text --parse--> Expr of conditions --sql::sqlite--> Sql { text, params }
//!                                    --eval---------> does this trace in memory match?
//! filter := ws | [AND] or [AND]          or  := and { OR and }
//! and    := unary { AND unary }          unary := NOT unary | ( or ) | clause
//! clause := name comparator value | name IS [NOT] NULL
//! ```
//!
//! A filter never becomes SQL by string: fields come from closed sets, and every
//! key and value travels as a parameter. Nothing here does I/O.
mod catalog;
mod clause;
mod error;
pub mod eval;
mod experiment;
mod hint;
mod lex;
mod metric;
mod order_by;
mod page;
mod parse;
pub mod pattern;
pub mod print;
mod run;
mod sort;
pub mod sql;
mod term;
mod trace;

pub use catalog::{
    FIELDS, Field, FieldDef, FieldGroup, FieldKind, NumberField, Projection, listed_numbers,
};
pub use error::FilterError;
pub use experiment::{ExperimentFilter, ExperimentOrderBy};
pub use metric::MetricFilter;
pub use order_by::{Order, OrderBy};
pub use page::PageToken;
pub use run::{RunFilter, RunOrderBy};
pub use sql::{Sql, SqlValue};
pub use term::Term;
pub use trace::{AnyOf, Filter, Literal, Required, SessionAssessment};

/// What a filter or an order may cost; each is tested on both sides.
pub mod limits {
    /// Longest filter, in bytes.
    pub const FILTER_BYTES_MAX: usize = 64 * 1024;
    /// Parentheses and NOTs inside each other.
    pub const DEPTH_MAX: usize = 32;
    /// Comparisons in one filter.
    pub const CLAUSES_MAX: usize = 256;
    /// Values in one IN list.
    pub const IN_VALUES_MAX: usize = 1000;
    /// Keys in one `order_by`.
    pub const ORDER_BY_MAX: usize = 16;
    /// Longest page token, in bytes.
    pub const PAGE_TOKEN_BYTES_MAX: usize = 256 * 1024;
    /// Longest key or value that the index of terms holds, in bytes.
    pub const TERM_BYTES_MAX: usize = 1024;
}
