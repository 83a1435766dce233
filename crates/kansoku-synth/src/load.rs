//! Traces for benchmarks. The content of trace number `n` is a function of `n` and the seed.
mod conversation;
mod corpus;
mod otlp;
mod plan;
mod shape;
mod template;

pub use conversation::Conversation;
pub use plan::{Plan, mix};
pub use shape::RARE_WORD;
