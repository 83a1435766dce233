//! Request plumbing that no area owns: where a request came from, before anyone asks what it wants.
mod client_address;

pub use client_address::ClientAddress;
