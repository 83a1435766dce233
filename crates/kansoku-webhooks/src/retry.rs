//! Which failures of a delivery are worth another attempt.
use kansoku_model::{DurationMs, TimestampMs};

/// Whether a later attempt may have another result than this status.
pub(crate) fn is_worth_retrying(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// The pause that the header `Retry-After` asks for, in seconds or as a time.
pub(crate) fn parse_retry_after(text: &str, now: TimestampMs) -> Option<DurationMs> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(DurationMs(i64::from(seconds) * 1000));
    }
    let time = jiff::fmt::rfc2822::parse(text).ok()?;
    let pause = time.timestamp().as_millisecond().saturating_sub(now.0);
    (0 <= pause).then_some(DurationMs(pause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_time() {
        let now = TimestampMs(784_111_767_000);
        let read = |text: &str| parse_retry_after(text, now).map(|pause| pause.0);
        assert_eq!(read(" 120 "), Some(120_000));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(10_000));
        for unreadable in ["Sun, 06 Nov 1994 08:49:17 GMT", "soon", "-1", ""] {
            assert_eq!(read(unreadable), None, "{unreadable}");
        }
    }
}
