//! Request plumbing that no area owns: connections, where a request came from, whether it may come
//! from there, and what its body and its answer may cost, before anyone asks what it wants.
pub(crate) mod body;
pub(crate) mod body_budget;
mod body_pace;
pub(crate) mod client_address;
pub(crate) mod compression;
pub(crate) mod connection_info;
mod connections;
pub(crate) mod error;
pub(crate) mod extract;
pub(crate) mod forwarded;
mod hosts;
pub(crate) mod json_response;
pub mod metrics;
pub(crate) mod origin;
pub(crate) mod read_budget;
pub(crate) mod rejection;
pub(crate) mod security_headers;
pub(crate) mod small_json;
pub(crate) mod streaming;
pub(crate) mod unread_body;
pub(crate) mod wrapped_body;
mod write_timeout;

pub use body_budget::BodyBudget;
pub use body_pace::BodyPace;
pub use client_address::ClientAddress;
pub use connection_info::{ConnectionInfo, Scheme};
pub use connections::{ConnectionLimits, Connections, TlsCertificate, TlsError};
pub use forwarded::{InvalidProxy, TrustedProxies};
pub use hosts::{AllowedHosts, InvalidHost};
pub use read_budget::ReadBudget;
pub use write_timeout::{WriteLimits, WriteTimeout};

pub(crate) use body_pace::limit_body_time;

/// Which requests are let in by where they come from, before any token is looked at.
#[derive(Clone, Debug, Default)]
pub struct NetworkRules {
    pub allowed_hosts: AllowedHosts,
    pub trusted_proxies: TrustedProxies,
    pub body_pace: BodyPace,
}

/// Paths below this need no token: their signature speaks for them.
pub(crate) const SIGNED_URL_PREFIX: &str = "/_signed/";
