//! Reads the error of a response: its kind from the status and body, the pause it asks for, and a
//! bounded text.
use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

use super::api_key::ApiKey;
use super::error::ModelError;

/// The longest text of an error, in characters.
const MESSAGE_CHARS_MAX: usize = 500;
/// The longest pause that is believed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// The error of a response whose status is not one of success.
pub(super) fn read(
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    key: Option<&ApiKey>,
) -> ModelError {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = message(&json, body, key);
    let retry_after = retry_after(headers);
    match status {
        _ if is_filtered(&json) => ModelError::Filtered(message),
        401 | 403 => ModelError::Unauthorized { status, message },
        429 => ModelError::RateLimited { retry_after, message },
        408 | 409 | 425 | 500..=599 => ModelError::Overloaded { status, retry_after, message },
        _ => ModelError::BadRequest { status, message },
    }
}

/// A text for an error: without the key, in one line, and bounded.
pub(super) fn bound_text(text: &str, key: Option<&ApiKey>) -> String {
    let text = key.map_or_else(|| text.to_owned(), |key| key.redact(text));
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// The providers' own text, wherever they put it; otherwise the beginning of the body.
fn message(json: &Value, body: &[u8], key: Option<&ApiKey>) -> String {
    let pointers =
        ["/error/message", "/message", "/Message", "/error", "/detail", "/0/error/message"];
    let said = pointers.iter().find_map(|pointer| json.pointer(pointer)?.as_str());
    let whole = String::from_utf8_lossy(body);
    match bound_text(said.unwrap_or(&whole), key) {
        empty if empty.is_empty() => "the response is empty".to_owned(),
        message => message,
    }
}

/// Azure's filter answers 400 with these codes.
fn is_filtered(json: &Value) -> bool {
    let codes = ["/error/code", "/error/innererror/code", "/error/type"];
    codes.iter().filter_map(|pointer| json.pointer(pointer)?.as_str()).any(|code| {
        matches!(
            code,
            "content_filter" | "ResponsibleAIPolicyViolation" | "content_policy_violation"
        )
    })
}

/// The pause in `Retry-After`: seconds, or a time, which is compared with the server's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(millis) = text("retry-after-ms".parse().ok()?) {
        let millis: f64 = millis.parse().ok().filter(|millis| 0.0 <= *millis)?;
        return Some(seconds(millis / 1000.0));
    }
    let asked = text(RETRY_AFTER)?;
    if let Ok(number) = asked.parse::<f64>() {
        return (0.0 <= number).then(|| seconds(number));
    }
    let until = jiff::fmt::rfc2822::parse(asked).ok()?.timestamp();
    let now = jiff::fmt::rfc2822::parse(text(DATE)?).ok()?.timestamp();
    let pause = until.as_millisecond().saturating_sub(now.as_millisecond());
    Some(seconds(pause.max(0) as f64 / 1000.0))
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or(RETRY_AFTER_MAX).min(RETRY_AFTER_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(lines: &[(&'static str, &str)]) -> Option<f64> {
        let headers = lines.iter().map(|(name, value)| {
            (reqwest::header::HeaderName::from_static(name), value.parse().unwrap())
        });
        retry_after(&headers.collect()).map(|pause| pause.as_secs_f64())
    }

    #[test]
    fn a_pause_is_seconds_or_a_time_and_has_a_maximum() {
        assert_eq!(pause(&[("retry-after", " 12 ")]), Some(12.0));
        assert_eq!(pause(&[("retry-after", "0.25")]), Some(0.25));
        assert_eq!(pause(&[("retry-after-ms", "1500"), ("retry-after", "9")]), Some(1.5));
        assert_eq!(pause(&[("retry-after", "3600")]), Some(3600.0));
        assert_eq!(pause(&[("retry-after", "3601")]), Some(3600.0));
        assert_eq!(pause(&[("retry-after", "1e300")]), Some(3600.0));
        let date = ("date", "Sun, 06 Nov 1994 08:49:27 GMT");
        assert_eq!(pause(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), date]), Some(10.0));
        assert_eq!(pause(&[("retry-after", "Sun, 06 Nov 1994 08:49:17 GMT"), date]), Some(0.0));
        for unreadable in ["-1", "soon", "", "NaN"] {
            assert_eq!(pause(&[("retry-after", unreadable)]), None, "{unreadable}");
        }
        assert_eq!(pause(&[]), None);
    }

    #[test]
    fn the_text_of_an_error_is_where_providers_put_it() {
        for body in [
            r#"{"error":{"message":"no such model","code":404}}"#,
            r#"{"error_code":"X","message":"no such model"}"#,
            r#"{"error":"no such model"}"#,
            r#"{"detail":"no such model"}"#,
            r#"[{"error":{"message":"no such model"}}]"#,
            "no\nsuch   model",
        ] {
            let error = read(404, &HeaderMap::new(), body.as_bytes(), None);
            let message = "no such model".to_owned();
            assert_eq!(error, ModelError::BadRequest { status: 404, message }, "{body}");
        }
    }

    #[test]
    fn the_text_of_an_error_has_a_maximum_and_no_key() {
        let key = ApiKey::new("sk-secret").unwrap();
        let text = |length: usize| bound_text(&"é".repeat(length), None);
        assert_eq!(text(MESSAGE_CHARS_MAX), "é".repeat(MESSAGE_CHARS_MAX));
        assert_eq!(text(MESSAGE_CHARS_MAX + 1), format!("{}…", "é".repeat(MESSAGE_CHARS_MAX)));
        // The key is across the end of the text.
        let body = format!("{} sk-secret", "x".repeat(MESSAGE_CHARS_MAX - 4));
        let error = read(500, &HeaderMap::new(), body.as_bytes(), Some(&key)).to_string();
        assert!(!error.contains("sk-"), "{error}");
    }

    #[test]
    fn statuses_say_whether_another_attempt_may_help() {
        let retried = |status: u16| read(status, &HeaderMap::new(), b"", None).is_worth_retrying();
        for status in [408, 409, 425, 429, 500, 502, 503, 504, 529] {
            assert!(retried(status), "{status}");
        }
        for status in [301, 307, 400, 401, 403, 404, 413, 422] {
            assert!(!retried(status), "{status}");
        }
    }
}
