//! The address that a request came from.
use std::net::{IpAddr, Ipv4Addr};

use axum::http::Extensions;

/// The IP address of the client; the accept loop inserts it into the extensions of each request.
///
/// Behind a trusted proxy it is the address that the proxy forwards, else that of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The address in a request's extensions. A request that did not arrive over a socket, as in
    /// tests, counts as local.
    pub(crate) fn from_extensions(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self(IpAddr::V4(Ipv4Addr::LOCALHOST)))
    }
}
