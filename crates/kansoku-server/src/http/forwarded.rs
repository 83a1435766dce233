//! Forwarding headers: the client behind a proxy, and the trusted proxies.
//!
//! `X-Forwarded-For`, `-Proto`, `-Host` and `Forwarded` (RFC 7239) can be sent by anyone, including
//! web pages. Only those from a peer in `trusted_proxies` are kept; others are removed from the
//! request, so that no later code can trust them by mistake.
use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
};
use ipnet::IpNet;

use super::{
    client_address::ClientAddress,
    connection_info::{ConnectionInfo, Scheme},
};

const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Addresses whose forwarding headers are trusted; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an IP address nor a network such as `10.0.0.0/8`")]
pub struct InvalidProxy(String);

impl TrustedProxies {
    /// Parses addresses and networks, separated by commas: `10.0.0.7,192.168.0.0/16,::1`.
    pub fn parse(text: &str) -> Result<Self, InvalidProxy> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let network = |entry: &str| {
            let address = entry.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| entry.parse()).map_err(|_| InvalidProxy(entry.to_owned()))
        };
        Ok(Self(entries.map(network).collect::<Result<_, _>>()?))
    }

    /// Whether `address` is a trusted proxy.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Inserts [`ClientAddress`] and [`Scheme`] into the request, and makes its forwarding headers
/// reliable: those of an untrusted peer are removed, and `X-Forwarded-Proto` is `https` exactly if
/// the client used https.
pub(crate) fn resolve_client(request: &mut Request, trusted: &TrustedProxies) {
    let connection = request.extensions().get::<ConnectionInfo>().copied();
    let is_trusted = connection.is_some_and(|it| trusted.contains(it.peer.ip()));
    let headers = request.headers_mut();
    let mut scheme = connection.map(|it| it.scheme).unwrap_or_default();
    let mut client = connection.map(|it| it.peer.ip().to_canonical());
    if is_trusted {
        let elements = forwarded_elements(headers);
        client = client.map(|peer| client_behind(peer, &elements, headers, trusted));
        let first = elements.first();
        let proto =
            first_value(headers, &FORWARDED_PROTO).or(first.and_then(|it| it.proto.clone()));
        match proto {
            Some(proto) if proto.eq_ignore_ascii_case("https") => scheme = Scheme::Https,
            Some(_) => scheme = Scheme::Http,
            None => {}
        }
        let host = first.and_then(|it| it.host.as_deref());
        if !headers.contains_key(FORWARDED_HOST)
            && let Some(host) = host.and_then(|host| HeaderValue::from_str(host).ok())
        {
            headers.insert(FORWARDED_HOST, host);
        }
    } else {
        headers.remove(FORWARDED_HOST);
    }
    headers.remove(FORWARDED);
    headers.remove(FORWARDED_FOR);
    headers.remove(FORWARDED_PROTO);
    if scheme == Scheme::Https {
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    }
    request.extensions_mut().insert(scheme);
    if let Some(client) = client {
        request.extensions_mut().insert(ClientAddress(client));
    }
}

/// The right-most address that is not a trusted proxy. Addresses to the left of it may be forged.
fn client_behind(
    peer: IpAddr,
    elements: &[Forwarded],
    headers: &HeaderMap,
    trusted: &TrustedProxies,
) -> IpAddr {
    let listed = values(headers, &FORWARDED_FOR).map(str::to_owned);
    let mut hops: Vec<Option<IpAddr>> = listed.map(|hop| address(&hop)).collect();
    if hops.is_empty() {
        hops = elements.iter().map(|it| address(it.client.as_deref()?)).collect();
    }
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        // `unknown` and names hide the addresses before them.
        let Some(hop) = hop else { break };
        client = hop;
        if !trusted.contains(hop) {
            break;
        }
    }
    client
}

/// Parses `10.0.0.7`, `10.0.0.7:1234`, `2001:db8::7` or `[2001:db8::7]:1234`.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let plain = match bracketed {
        Some((address, _)) => address,
        None if text.matches(':').count() == 1 => text.split(':').next().unwrap_or(text),
        None => text,
    };
    plain.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// One element of `Forwarded` (RFC 7239, section 4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Forwarded {
    client: Option<String>,
    host: Option<String>,
    proto: Option<String>,
}

fn forwarded_elements(headers: &HeaderMap) -> Vec<Forwarded> {
    let element = |text: &str| {
        let mut element = Forwarded::default();
        for pair in text.split(';') {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let value = Some(value.trim().trim_matches('"').to_owned());
            match name.trim().to_ascii_lowercase().as_str() {
                "for" => element.client = value,
                "host" => element.host = value,
                "proto" => element.proto = value,
                _ => {}
            }
        }
        element
    };
    values(headers, &FORWARDED).map(element).collect()
}

fn values<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'h str> + use<'h> {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|value| !value.is_empty())
}

/// Behind several proxies, the first value is the one that the client used.
fn first_value(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    values(headers, name).next().map(str::to_owned)
}

#[cfg(test)]
mod tests;
