//! Data about the connection of a request, from the accept loop.
use std::net::SocketAddr;

use axum::http::Extensions;

/// The scheme that the client used, as its browser sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    #[default]
    Http,
    Https,
}

impl Scheme {
    /// The scheme of a request, from its extensions; a trusted proxy's `X-Forwarded-Proto` counts.
    #[allow(dead_code, reason = "cookies become `Secure` by it")]
    pub(crate) fn from_extensions(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or_default()
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub(crate) fn default_port(self) -> &'static str {
        match self {
            Self::Http => "80",
            Self::Https => "443",
        }
    }
}

/// The accept loop inserts it into the extensions of each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The other end of the socket: the client or the last proxy.
    pub peer: SocketAddr,
    /// Whether the connection itself uses TLS.
    pub scheme: Scheme,
}
