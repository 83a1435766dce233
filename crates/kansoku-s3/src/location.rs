//! The URLs of buckets.
use std::{fmt, str::FromStr};

/// A bucket and a prefix of keys in it, which may be empty: `s3://BUCKET/PREFIX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Location {
    pub bucket: String,
    /// Without slashes at its ends.
    pub prefix: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no location on S3; give `s3://BUCKET/PREFIX`")]
pub struct InvalidS3Location(String);

impl S3Location {
    /// The path of a URL below this location; `None` if the URL is not below it.
    pub fn path_of<'a>(&self, url: &'a str) -> Option<&'a str> {
        let below = url.strip_prefix(&self.to_string())?;
        if below.is_empty() { Some(below) } else { below.strip_prefix('/') }
    }
}

impl FromStr for S3Location {
    type Err = InvalidS3Location;

    fn from_str(text: &str) -> Result<Self, InvalidS3Location> {
        let invalid = || InvalidS3Location(text.to_owned());
        let place = text.strip_prefix("s3://").ok_or_else(invalid)?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if bucket.is_empty() || !bucket.chars().all(is_plain) || text.contains(['?', '#', '\\']) {
            return Err(invalid());
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

impl fmt::Display for S3Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix.as_str() {
            "" => write!(f, "s3://{}", self.bucket),
            prefix => write!(f, "s3://{}/{prefix}", self.bucket),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(bucket: &str, prefix: &str) -> S3Location {
        S3Location { bucket: bucket.to_owned(), prefix: prefix.to_owned() }
    }

    #[test]
    fn a_location_is_the_url_of_a_bucket_with_a_prefix() {
        assert_eq!("s3://traces".parse(), Ok(location("traces", "")));
        assert_eq!("s3://traces/a/b/".parse(), Ok(location("traces", "a/b")));
        assert_eq!(location("traces", "a/b").to_string(), "s3://traces/a/b");
        assert_eq!(location("traces", "").to_string(), "s3://traces");
        for wrong in ["", "traces", "s3://", "s3:///a", "s3://a b", "s3://a?x=1", "gs://a"] {
            assert_eq!(wrong.parse::<S3Location>(), Err(InvalidS3Location(wrong.to_owned())));
        }
    }

    #[test]
    fn only_urls_below_the_prefix_have_a_path() {
        let root = location("traces", "team/a");
        assert_eq!(root.path_of("s3://traces/team/a/1/x"), Some("1/x"));
        assert_eq!(root.path_of("s3://traces/team/a"), Some(""));
        for outside in [
            "s3://traces/team/ab/1",
            "s3://traces/team",
            "s3://traces2/team/a/1",
            "S3://traces/team/a/1",
            "/team/a/1",
        ] {
            assert_eq!(root.path_of(outside), None, "{outside}");
        }
        assert_eq!(location("traces", "").path_of("s3://traces/1/x"), Some("1/x"));
        assert_eq!(location("traces", "").path_of("s3://traces2/1/x"), None);
    }
}
