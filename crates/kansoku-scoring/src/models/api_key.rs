//! The key of an endpoint: it goes into one header, and nowhere else.
use std::fmt;

use reqwest::header::HeaderValue;

/// The longest key, in bytes. Tokens of identity providers have some thousands.
const KEY_BYTES_MAX: usize = 16 * 1024;

/// Has no `Display` and no `Serialize`, and its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// `None` if the text is empty, longer than any key, or cannot be in a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let usable = !text.is_empty() && text.len() <= KEY_BYTES_MAX;
        (usable && HeaderValue::from_str(text).is_ok()).then(|| Self(text.to_owned()))
    }

    /// The value of a header: the key after a prefix such as `Bearer `.
    pub(super) fn header(&self, prefix: &str) -> HeaderValue {
        let mut value = HeaderValue::from_str(&format!("{prefix}{}", self.0))
            .expect("a key is a valid header value, and so are the prefixes");
        value.set_sensitive(true);
        value
    }

    /// `text` without the key, which some servers repeat in their errors.
    pub(super) fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "[key]")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_no_debug_text_and_in_no_redacted_one() {
        let key = ApiKey::new(" sk-secret\n").unwrap();
        assert_eq!(format!("{key:?} {:?}", key.header("Bearer ")), "ApiKey(…) Sensitive");
        assert_eq!(key.redact("wrong key sk-secret, sk-secret"), "wrong key [key], [key]");
        assert_eq!(key.header("Bearer ").to_str().unwrap(), "Bearer sk-secret");
    }

    #[test]
    fn texts_that_cannot_be_keys_are_refused() {
        for unusable in ["", "  ", "a\nb", "\u{7f}"] {
            assert_eq!(ApiKey::new(unusable), None, "{unusable:?}");
        }
        assert!(ApiKey::new(&"k".repeat(KEY_BYTES_MAX)).is_some());
        assert_eq!(ApiKey::new(&"k".repeat(KEY_BYTES_MAX + 1)), None);
    }
}
