//! Traces for measurements: what trace number `n` of a seed holds is known without asking.
mod conversation;
mod corpus;
mod otlp;
mod plan;
mod shape;
mod template;

pub use conversation::Conversation;
pub use plan::{Plan, mix};
pub use shape::RARE_WORD;
