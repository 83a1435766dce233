//! The OTLP bytes of spans: compressed with dictionaries, which are trained from them.
pub mod codec;
pub mod merging;
pub mod personal;
pub mod training;
