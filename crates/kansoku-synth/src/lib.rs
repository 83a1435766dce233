//! Synthetic traces; the same for the same seed.
//!
//! [`demo`] generates realistic traces of several applications, with assessments. [`load`]
//! generates any number of traces for benchmarks, with content that is a function of the trace's
//! number. Nothing here does I/O.
pub mod demo;
pub mod load;
