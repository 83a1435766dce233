//! Attributes that the archive adds to those that were sent, and removes when it reads them.
use std::borrow::Cow;

/// Keys of the archive begin with this. A sent key that does is stored after [`SENT`].
const PREFIX: &str = "kansoku.archive.";
const SENT: &str = "kansoku.archive.sent.";

/// The OpenTelemetry trace id in hex, if it does not follow from the trace's key.
pub(super) const OTEL_TRACE_ID: &str = "kansoku.archive.otel_trace_id";

/// The types of values in layout v1 whose texts do not show them; see `attribute_map`.
pub(super) const TYPES: &str = "kansoku.archive.types";

/// The key under which a sent attribute is stored.
pub(super) fn stored_key(sent: &str) -> Cow<'_, str> {
    match sent.starts_with(PREFIX) {
        true => Cow::Owned(format!("{SENT}{sent}")),
        false => Cow::Borrowed(sent),
    }
}

/// The key as it was sent; `None` for a key of the archive.
pub(super) fn sent_key(stored: &str) -> Option<&str> {
    match stored.strip_prefix(SENT) {
        Some(sent) => Some(sent),
        None => (!stored.starts_with(PREFIX)).then_some(stored),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sent_key_comes_back_and_none_is_taken_for_a_key_of_the_archive() {
        for sent in ["", "a", OTEL_TRACE_ID, TYPES, SENT, "kansoku.archive.sent.kansoku.archive.x"]
        {
            let stored = stored_key(sent);
            assert!(stored != OTEL_TRACE_ID && stored != TYPES);
            assert_eq!(sent_key(&stored), Some(sent));
        }
        assert_eq!(sent_key(TYPES), None);
    }
}
