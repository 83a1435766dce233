//! The reasons why objects cannot be read, without secrets.
use std::error::Error;

use object_store::client::{HttpError, HttpErrorKind};

/// The paths below which machines in clouds have their credentials.
const MACHINE_CREDENTIALS: [&str; 2] = ["latest/api/token", "security-credentials"];
/// Codes of S3 that come with another status than 401 and 403, although the credentials are wrong.
const CREDENTIAL_CODES: [&str; 3] = ["ExpiredToken", "InvalidToken", "TokenRefreshRequired"];
const REASON_LENGTH_MAX: usize = 200;

/// None contains a key, a token or the body of a response: S3 repeats the session token of a request
/// whose signature is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum S3Error {
    #[error("there is no such object")]
    NotFound,
    #[error("the bucket `{bucket}` does not exist")]
    NoSuchBucket { bucket: String },
    #[error(
        "S3 refuses this server access to the bucket `{bucket}` ({reason}); check its `AWS_*` variables, \
         and the policy of the bucket"
    )]
    Refused { bucket: String, reason: String },
    #[error(
        "this server has no credentials for the bucket `{bucket}`: set `AWS_ACCESS_KEY_ID` and \
         `AWS_SECRET_ACCESS_KEY` where it is started, or give its machine a role"
    )]
    NoCredentials { bucket: String },
    #[error("the bucket `{bucket}` did not respond in time")]
    TimedOut { bucket: String },
    #[error("a folder of the bucket `{bucket}` has more than {entries_max} entries")]
    TooManyEntries { bucket: String, entries_max: usize },
    #[error("the bucket `{bucket}` cannot be read: {reason}")]
    Failed { bucket: String, reason: String },
}

impl S3Error {
    pub(crate) fn new(bucket: &str, error: &object_store::Error) -> Self {
        let (bucket, text) = (bucket.to_owned(), error.to_string());
        if MACHINE_CREDENTIALS.iter().any(|path| text.contains(path)) {
            return Self::NoCredentials { bucket };
        }
        let (code, status) = (between(&text, "<Code>", "</Code>"), status(&text));
        match (code, status, error) {
            (Some("NoSuchBucket"), ..) => Self::NoSuchBucket { bucket },
            (_, _, object_store::Error::NotFound { .. }) => Self::NotFound,
            (Some(code), ..) if CREDENTIAL_CODES.contains(&code) => {
                Self::Refused { bucket, reason: code.to_owned() }
            }
            (code, Some(status @ (401 | 403)), _) => {
                let reason = code.map_or_else(|| format!("status {status}"), shortened);
                Self::Refused { bucket, reason }
            }
            (Some(code), ..) => Self::Failed { bucket, reason: shortened(code) },
            (None, Some(status), _) => Self::Failed { bucket, reason: format!("status {status}") },
            (None, None, error) => match http_error(error) {
                Some(HttpErrorKind::Timeout) => Self::TimedOut { bucket },
                Some(_) => Self::Failed { bucket, reason: shortened(&innermost(error)) },
                None => {
                    Self::Failed { bucket, reason: "the response cannot be understood".to_owned() }
                }
            },
        }
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    Some(text.split_once(before)?.1.split_once(after)?.0)
}

/// The status of a response, as messages of `object_store` have it.
fn status(text: &str) -> Option<u16> {
    text.split_once("status code: ")?.1.get(..3)?.parse().ok()
}

fn shortened(text: &str) -> String {
    text.chars().take(REASON_LENGTH_MAX).collect()
}

fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (**error).source())
}

fn http_error(error: &object_store::Error) -> Option<HttpErrorKind> {
    sources(error).find_map(|error| error.downcast_ref::<HttpError>()).map(HttpError::kind)
}

/// The innermost cause, such as a refused connection.
fn innermost(error: &object_store::Error) -> String {
    sources(error).last().map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(message: &str) -> S3Error {
        let source = message.to_owned().into();
        S3Error::new("b", &object_store::Error::Generic { store: "S3", source })
    }

    #[test]
    fn a_reason_is_the_code_of_s3_and_not_the_rest_of_its_response() {
        let wrong_signature = failed(
            "Server returned non-2xx status code: 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code>\
             <CanonicalRequest>x-amz-security-token:hush</CanonicalRequest></Error>",
        );
        let (bucket, reason) = ("b".to_owned(), "SignatureDoesNotMatch".to_owned());
        assert_eq!(wrong_signature, S3Error::Refused { bucket, reason });
        for (message, expected) in [
            (
                "status code: 404 Not Found: <Code>NoSuchBucket</Code>",
                "the bucket `b` does not exist",
            ),
            ("status code: 403 Forbidden: ", "(status 403)"),
            ("status code: 503: <Code>SlowDown</Code>", "cannot be read: SlowDown"),
            ("status code: 502 Bad Gateway: <html>hush</html>", "cannot be read: status 502"),
            ("hush", "the response cannot be understood"),
            ("Error performing PUT http://x/latest/api/token in 1s - hush", "has no credentials"),
        ] {
            let message = failed(message).to_string();
            assert!(message.contains(expected) && !message.contains("hush"), "{message}");
        }
    }
}
