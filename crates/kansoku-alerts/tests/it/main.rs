//! Alert rules over a real store, whose time a test sets.
#![allow(clippy::unwrap_used, reason = "tests")]
mod evaluating;
mod previews;
mod signals;
mod world;
