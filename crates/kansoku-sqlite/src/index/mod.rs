//! The inverted index: terms, their postings, and the traces that may match.
pub(crate) mod candidates;
pub(crate) mod postings;
pub(crate) mod terms;
