//! Deliveries from a real store to receivers on this machine. Time is that of a clock that the tests
//! advance; only the tests of the loop use the clock of the system.
#![allow(clippy::unwrap_used, reason = "tests")]
mod addresses;
mod attempts;
mod receiver;
mod running;
mod secrets;
mod slack;
mod world;
