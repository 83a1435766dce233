//! Objects below a prefix as a folder: lists and downloads.
use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore};
use tokio::time::timeout;

use crate::{S3Error, S3Location, S3Settings};

const ENTRIES_MAX: usize = 100_000;

pub struct S3Folder {
    location: S3Location,
    client: AmazonS3,
    response_max: Duration,
}

/// An object or a folder in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Entry {
    pub name: String,
    /// `None` for a folder.
    pub bytes: Option<u64>,
}

pub struct S3Object {
    pub bytes: u64,
    /// In quotes.
    pub etag: String,
    pub content: BoxStream<'static, io::Result<Bytes>>,
}

impl S3Folder {
    /// Sends no request.
    pub fn open(location: S3Location, settings: &S3Settings) -> Result<Self, S3Error> {
        let client = settings.reader(&location.bucket).build();
        let client = client.map_err(|error| S3Error::Failed {
            bucket: location.bucket.clone(),
            reason: error.to_string(),
        })?;
        Ok(Self { location, client, response_max: settings.response_max })
    }

    pub fn location(&self) -> &S3Location {
        &self.location
    }

    /// The objects and folders directly in the folder `below`, sorted by name; empty if there is no
    /// such folder.
    pub async fn list(&self, below: &str) -> Result<Vec<S3Entry>, S3Error> {
        let mut prefix = self.key(below);
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let (mut entries, mut page_token) = (Vec::new(), None);
        loop {
            let options = PaginatedListOptions {
                delimiter: Some("/".into()),
                page_token,
                ..PaginatedListOptions::default()
            };
            let page = self.in_time(self.client.list_paginated(Some(&prefix), options)).await?;
            let name = |key: &Path| {
                let name = key.as_ref().strip_prefix(&prefix)?;
                // An object whose key ends with a slash stands for the folder itself.
                (!name.is_empty()).then(|| name.to_owned())
            };
            let folders = page.result.common_prefixes.iter().filter_map(name);
            entries.extend(folders.map(|name| S3Entry { name, bytes: None }));
            let objects = page.result.objects.iter();
            entries.extend(objects.filter_map(|object| {
                Some(S3Entry { name: name(&object.location)?, bytes: Some(object.size) })
            }));
            if ENTRIES_MAX < entries.len() {
                let bucket = self.location.bucket.clone();
                return Err(S3Error::TooManyEntries { bucket, entries_max: ENTRIES_MAX });
            }
            page_token = page.page_token;
            if page_token.is_none() {
                break;
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// An object, whose content arrives as it is read.
    pub async fn read(&self, below: &str) -> Result<S3Object, S3Error> {
        let key = Path::parse(self.key(below)).map_err(|_| S3Error::NotFound)?;
        let found = self.in_time(self.client.get_opts(&key, GetOptions::default())).await?;
        let (bytes, changed) = (found.meta.size, found.meta.last_modified.timestamp_millis());
        let etag = found.meta.e_tag.clone().unwrap_or_else(|| format!("\"{changed:x}-{bytes:x}\""));
        let bucket = self.location.bucket.clone();
        let content = found.into_stream();
        let content = content.map_err(move |error| io::Error::other(S3Error::new(&bucket, &error)));
        Ok(S3Object { bytes, etag, content: content.boxed() })
    }

    fn key(&self, below: &str) -> String {
        let names = [self.location.prefix.as_str(), below];
        names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join("/")
    }

    async fn in_time<T>(
        &self,
        request: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, S3Error> {
        let bucket = &self.location.bucket;
        match timeout(self.response_max, request).await {
            Ok(response) => response.map_err(|error| S3Error::new(bucket, &error)),
            Err(_) => Err(S3Error::TimedOut { bucket: bucket.clone() }),
        }
    }
}
