//! Every dialect, by what its packages really sent: the fixtures in `conformance/fixtures/dialects`.
mod fixture;
mod meanings;
mod parity;
mod table;
mod totals;
mod traces;
mod windows;
