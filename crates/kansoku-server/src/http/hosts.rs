//! The host names that requests may use for the server.
//!
//! A web page can make its own name resolve to the address of this machine (DNS rebinding). The
//! browser then treats the server as part of the page's site, and lets the page read everything.
//! Such requests still contain the page's name in `Host`, so unknown names are rejected. IP
//! addresses are accepted, because they cannot be rebound.
use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, Uri, header};

/// Allowed host names, in addition to loopback names and IP addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Any,
    Name(String),
    /// `.example.com` for `*.example.com`.
    Suffix(String),
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host name such as `traces.example.com`, `*.example.com` or `*`")]
pub struct InvalidHost(String);

impl AllowedHosts {
    /// Parses names, separated by commas: `traces.example.com`, `*.example.com` or `*` for any.
    pub fn parse(text: &str) -> Result<Self, InvalidHost> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(Self(names.map(Pattern::parse).collect::<Result<_, _>>()?))
    }

    /// Whether requests may use `host`, a name without a port.
    fn allows(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        is_loopback_name(&host)
            || is_ip_address(&host)
            || self.0.iter().any(|pattern| pattern.matches(&host))
    }

    /// The first host name in the request that is not allowed. A proxy's `X-Forwarded-Host` is
    /// checked in addition to `Host`, not instead of it: a page can set the former, but never the
    /// latter.
    pub(crate) fn unknown_host(&self, headers: &HeaderMap, uri: &Uri) -> Option<String> {
        let authority = uri.authority().map(|authority| authority.as_str());
        let hosts = headers.get_all(header::HOST).iter();
        let forwarded = headers.get_all("x-forwarded-host").iter();
        let named = hosts.chain(forwarded).flat_map(|value| {
            // A name that is not ASCII is not a valid host name, and never allowed.
            value.to_str().unwrap_or("?").split(',').map(str::trim)
        });
        let mut named = authority.into_iter().chain(named);
        named.find(|host| !self.allows(without_port(host))).map(str::to_owned)
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, InvalidHost> {
        let is_label = |label: &str| {
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
            !label.is_empty() && label.bytes().all(is_plain)
        };
        let name = text.strip_prefix("*.").unwrap_or(text);
        match text {
            "*" => Ok(Self::Any),
            _ if !name.split('.').all(is_label) => Err(InvalidHost(text.to_owned())),
            _ if name.len() < text.len() => {
                Ok(Self::Suffix(format!(".{}", name.to_ascii_lowercase())))
            }
            _ => Ok(Self::Name(name.to_ascii_lowercase())),
        }
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Name(name) => name == host,
            Self::Suffix(suffix) => host.ends_with(suffix.as_str()) && suffix.len() < host.len(),
        }
    }
}

/// Whether browsers resolve a name to this machine themselves (RFC 6761, section 6.3).
fn is_loopback_name(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

fn is_ip_address(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match v6 {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok(),
    }
}

pub(crate) fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests;
