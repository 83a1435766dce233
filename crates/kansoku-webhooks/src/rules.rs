//! Which URLs may be sent to.
use std::net::IpAddr;

use reqwest::Url;

use crate::address::is_public;

/// By default only HTTPS, and only to public addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebhookRules {
    /// Allows addresses of this machine and its network.
    pub allow_private: bool,
    /// Allows plain HTTP.
    pub allow_http: bool,
}

/// The reason why nothing is sent to a URL. None repeats the URL, which may contain a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("the URL of a webhook cannot be read: {0}")]
    Unreadable(String),
    #[error("Invalid webhook URL scheme: '{scheme}'. Allowed schemes are: {allowed}.")]
    Scheme { scheme: String, allowed: &'static str },
    #[error("the URL of a webhook must not have a user name or password")]
    Credentials,
    #[error("the host name `{host}` cannot be resolved: {why}")]
    Unresolved { host: String, why: String },
    #[error(
        "`{host}` has the address {address}, which is not public; `webhook_allow_private` in the \
         settings of the server allows it"
    )]
    PrivateAddress { host: String, address: IpAddr },
}

impl WebhookRules {
    /// Parses a URL, and checks everything but the addresses of its host name.
    pub(crate) fn parse(self, text: &str) -> Result<Url, UrlError> {
        let url = Url::parse(text).map_err(|error| UrlError::Unreadable(error.to_string()))?;
        let is_allowed = match url.scheme() {
            "https" => true,
            "http" => self.allow_http,
            _ => false,
        };
        if !is_allowed {
            let scheme = url.scheme().chars().take(100).collect();
            let allowed = if self.allow_http { "https, http" } else { "https" };
            return Err(UrlError::Scheme { scheme, allowed });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if let Some(address) = literal_address(&url) {
            self.check(url.host_str().unwrap_or_default(), address)?;
        }
        Ok(url)
    }

    pub(crate) fn check(self, host: &str, address: IpAddr) -> Result<(), UrlError> {
        match self.allow_private || is_public(address) {
            true => Ok(()),
            false => Err(UrlError::PrivateAddress { host: host.to_owned(), address }),
        }
    }
}

/// The address in a URL whose host is one. The parser has read every spelling, such as `127.1`.
pub(crate) fn literal_address(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: WebhookRules = WebhookRules { allow_private: false, allow_http: false };

    #[test]
    fn only_https_without_credentials_is_allowed() {
        assert!(STRICT.parse("https://example.com/hook?token=1").is_ok());
        for (url, complaint) in [
            (
                "http://example.com",
                "Invalid webhook URL scheme: 'http'. Allowed schemes are: https.",
            ),
            ("file:///etc/passwd", "Invalid webhook URL scheme: 'file'"),
            ("gopher://example.com", "Invalid webhook URL scheme: 'gopher'"),
            ("https://user@example.com", "the URL of a webhook must not have a user name"),
            ("https://:secret@example.com", "the URL of a webhook must not have a user name"),
            ("example.com/hook", "the URL of a webhook cannot be read"),
            ("https://", "the URL of a webhook cannot be read"),
            ("  ", "the URL of a webhook cannot be read"),
        ] {
            let said = STRICT.parse(url).unwrap_err().to_string();
            assert!(said.starts_with(complaint), "{url}: {said}");
        }
        let with_http = WebhookRules { allow_http: true, ..STRICT };
        assert!(with_http.parse("http://example.com").is_ok());
        assert!(with_http.parse("ftp://example.com").is_err());
    }

    #[test]
    fn private_addresses_are_recognized_in_every_spelling() {
        for url in [
            "https://127.0.0.1",
            "https://127.1:8443/x",
            "https://2130706433",
            "https://0x7f000001",
            "https://0177.0.0.1",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]",
            "https://[::ffff:127.0.0.1]",
            "https://[::ffff:a9fe:a9fe]",
            "https://１２７.0.0.1",
        ] {
            let refused = STRICT.parse(url);
            assert!(matches!(refused, Err(UrlError::PrivateAddress { .. })), "{url}: {refused:?}");
            let allowed = WebhookRules { allow_private: true, ..STRICT };
            assert!(allowed.parse(url).is_ok(), "{url}");
        }
        assert!(STRICT.parse("https://1.1.1.1").is_ok());
    }
}
