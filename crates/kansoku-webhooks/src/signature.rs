//! The headers of a delivery: its id, its time, and the signature over both and the body.
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kansoku_model::{TimestampMs, WebhookSecret};
use kansoku_store::JobId;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

const DELIVERY_ID: HeaderName = HeaderName::from_static("x-mlflow-delivery-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-mlflow-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-mlflow-signature");

/// The headers of an attempt at `now`. Without a secret there is no signature.
pub(crate) fn headers(
    id: &JobId,
    now: TimestampMs,
    secret: Option<&WebhookSecret>,
    body: &str,
) -> HeaderMap {
    let timestamp = now.0.div_euclid(1000);
    let mut headers = HeaderMap::from_iter([(TIMESTAMP, HeaderValue::from(timestamp))]);
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(DELIVERY_ID, id);
    }
    let signature = secret.map(|secret| signature(secret, id, timestamp, body));
    if let Some(Ok(signature)) = signature.map(|text| HeaderValue::from_str(&text)) {
        headers.insert(SIGNATURE, signature);
    }
    headers
}

fn signature(secret: &WebhookSecret, id: &JobId, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.0.as_bytes())
        .expect("a key of HMAC may have any length");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_mlflow() {
        // Computed by Python's hmac over "00000000-0000-0000-0000-000000000001.1700000000.{}".
        let (id, secret) = (JobId::from_bits(1), WebhookSecret("hush".to_owned()));
        let headers = headers(&id, TimestampMs(1_700_000_000_999), Some(&secret), "{}");
        assert_eq!(headers[SIGNATURE], "v1,xRqvewAubvDjXXIY3NgL2OgsMUKRL49ESjwOYrnIJFQ=");
        assert_eq!(headers[TIMESTAMP], "1700000000");
        assert_eq!(headers[DELIVERY_ID], "00000000-0000-0000-0000-000000000001");
    }

    #[test]
    fn without_a_secret_there_is_no_signature() {
        let headers = headers(&JobId::from_bits(1), TimestampMs(0), None, "{}");
        assert!(!headers.contains_key(SIGNATURE));
    }
}
