//! Host names, resolved and checked at the moment of the connection.
//!
//! The addresses that are checked are those that are connected to, so a name that has another
//! address by then gains nothing.
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::rules::{UrlError, WebhookRules};

/// Looks up the addresses of a host name.
#[async_trait]
pub trait Lookup: Send + Sync {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system.
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect())
    }
}

#[derive(Clone)]
pub(crate) struct CheckedResolver {
    pub(crate) rules: WebhookRules,
    pub(crate) lookup: Arc<dyn Lookup>,
}

impl CheckedResolver {
    /// The addresses of a host; fails if one of them may not be sent to.
    pub(crate) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, UrlError> {
        let unresolved = |why: String| UrlError::Unresolved { host: host.to_owned(), why };
        let found = self.lookup.addresses(host).await;
        let addresses = found.map_err(|error| unresolved(error.to_string()))?;
        if addresses.is_empty() {
            return Err(unresolved("it has no address".to_owned()));
        }
        addresses.iter().try_for_each(|address| self.rules.check(host, *address))?;
        Ok(addresses)
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            // The port is that of the URL.
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
