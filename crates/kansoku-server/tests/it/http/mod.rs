//! Connections, requests and bodies, independent of routes.
pub(crate) mod body_budget;
pub(crate) mod connections;
pub(crate) mod hosts_and_origins;
pub(crate) mod requests;
pub(crate) mod slow_readers;
pub(crate) mod tls;
