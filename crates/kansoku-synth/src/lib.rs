//! Synthetic traces, the same for the same seed.
//!
//! [`demo`] makes a few hundred that look as real applications do, with assessments; [`load`] makes
//! any number for measurements, and knows what each holds. Nothing here does I/O.
pub mod demo;
pub mod load;
