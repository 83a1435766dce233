//! Connections, the writer, statements and the schema.
pub(crate) mod connections;
pub(crate) mod fair_slots;
pub(crate) mod functions;
pub(crate) mod migrate;
pub(crate) mod pending;
pub(crate) mod readers;
pub(crate) mod reserve;
pub(crate) mod settings;
pub(crate) mod statement;
pub(crate) mod tx;
pub(crate) mod writer;
