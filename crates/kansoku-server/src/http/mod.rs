//! Request handling that no area owns: connections, the client's address, host and origin checks,
//! and limits on bodies and responses.
pub(crate) mod admission_error;
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
pub(crate) mod inflate;
pub(crate) mod json_response;
pub mod metrics;
pub(crate) mod origin;
pub(crate) mod read_budget;
pub(crate) mod read_cache;
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

/// Rules that accept or reject requests by their network origin, before any token is checked.
#[derive(Clone, Debug, Default)]
pub struct NetworkRules {
    pub allowed_hosts: AllowedHosts,
    pub trusted_proxies: TrustedProxies,
    pub body_pace: BodyPace,
}

/// The prefix of signed URLs, which need no token.
pub(crate) const SIGNED_URL_PREFIX: &str = "/_signed/";
