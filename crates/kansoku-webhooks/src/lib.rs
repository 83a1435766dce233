//! Sends the events of a store to the URLs of webhooks.
//!
//! The store adds a job for each webhook in the commit that is the event; this crate takes the jobs,
//! sends them, and repeats what failed. Nothing is sent to private addresses unless the rules allow
//! it, and nothing runs while there are no jobs.
mod address;
mod client;
mod deliveries;
mod key_file;
mod payload;
mod resolver;
mod retry;
mod rules;
mod secrets;
mod sending;
mod signature;
mod slack;

pub use client::{SendError, WebhookClient, WebhookResponse};
pub use deliveries::{Deliveries, TestOutcome};
pub use key_file::SecretError;
pub use resolver::{Lookup, SystemLookup};
pub use rules::{UrlError, WebhookRules};
pub use secrets::SecretCipher;
