//! The disk space used by artifacts, counted as files are written and deleted, with a limit for all
//! files, and limits for unfinished multipart uploads.
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use kansoku_model::TimestampMs;

use super::folder::ArtifactError;

/// The most unfinished multipart uploads.
pub(super) const UPLOADS_MAX: usize = 1000;
/// The limit of all unfinished uploads together, as a multiple of the largest file.
const UPLOADED_FILES_MAX: u64 = 4;
/// An upload is deleted if no part has arrived for this long, in ms.
const ABANDONED_AFTER_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug)]
pub(super) struct Usage {
    /// The bytes of all files; counted only if there is a limit.
    bytes: AtomicU64,
    bytes_max: Option<u64>,
    uploads: Mutex<HashMap<String, UploadUse>>,
}

/// The size and age of a multipart upload.
#[derive(Clone, Copy, Debug)]
pub(super) struct UploadUse {
    pub(super) bytes: u64,
    pub(super) changed: TimestampMs,
}

impl Usage {
    pub(super) fn new(uploads: HashMap<String, UploadUse>) -> Self {
        Self { bytes: AtomicU64::new(0), bytes_max: None, uploads: Mutex::new(uploads) }
    }

    pub(super) fn limit(&mut self, bytes: u64, bytes_max: u64) {
        (self.bytes, self.bytes_max) = (AtomicU64::new(bytes), Some(bytes_max));
    }

    pub(super) fn begin_upload(&self, id: &str, now: TimestampMs) -> Result<(), ArtifactError> {
        let mut uploads = self.uploads.lock().expect("counting never panics");
        if UPLOADS_MAX <= uploads.len() {
            return Err(ArtifactError::TooManyUploads);
        }
        uploads.insert(id.to_owned(), UploadUse { bytes: 0, changed: now });
        Ok(())
    }

    /// Removes an upload from the count.
    pub(super) fn end_upload(&self, id: &str) {
        self.uploads.lock().expect("counting never panics").remove(id);
    }

    /// Uploads that no part has arrived for lately.
    pub(super) fn abandoned(&self, now: TimestampMs) -> Vec<String> {
        let uploads = self.uploads.lock().expect("counting never panics");
        let since = now.0.saturating_sub(ABANDONED_AFTER_MS);
        let old = uploads.iter().filter(|(_, upload)| upload.changed.0 < since);
        old.map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn free(&self, bytes: u64) {
        let less = |used: u64| Some(used.saturating_sub(bytes));
        let _ = self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Subtracts the bytes of a part that was replaced or deleted.
    pub(super) fn free_of_upload(&self, id: &str, bytes: u64) {
        let mut uploads = self.uploads.lock().expect("counting never panics");
        if let Some(upload) = uploads.get_mut(id) {
            upload.bytes = upload.bytes.saturating_sub(bytes);
        }
    }
}

/// The bytes of a file that is being received; released unless the file is kept.
pub(super) struct Charge<'a> {
    usage: &'a Usage,
    file_bytes_max: u64,
    /// The upload that the file is a part of, and the current time.
    part_of: Option<(&'a str, TimestampMs)>,
    bytes: u64,
}

impl<'a> Charge<'a> {
    pub(super) fn new(
        usage: &'a Usage,
        file_bytes_max: u64,
        part_of: Option<(&'a str, TimestampMs)>,
    ) -> Self {
        Self { usage, file_bytes_max, part_of, bytes: 0 }
    }

    /// Adds received bytes; fails if they exceed a limit.
    pub(super) fn add(&mut self, bytes: u64) -> Result<(), ArtifactError> {
        if self.file_bytes_max < self.bytes + bytes {
            return Err(ArtifactError::TooLarge(self.file_bytes_max));
        }
        if let Some((id, now)) = self.part_of {
            let mut uploads = self.usage.uploads.lock().expect("counting never panics");
            let all: u64 = uploads.values().map(|upload| upload.bytes).sum();
            let all_max = self.file_bytes_max.saturating_mul(UPLOADED_FILES_MAX);
            let unknown = || ArtifactError::NoSuchUpload(id.to_owned());
            let upload = uploads.get_mut(id).ok_or_else(unknown)?;
            if self.file_bytes_max < upload.bytes + bytes {
                return Err(ArtifactError::TooLarge(self.file_bytes_max));
            }
            if all_max < all + bytes {
                return Err(ArtifactError::UploadsTooLarge(all_max));
            }
            upload.bytes += bytes;
            upload.changed = now;
        }
        let used = self.usage.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        match self.usage.bytes_max {
            Some(max) if max < used + bytes => Err(ArtifactError::QuotaReached(max)),
            _ => Ok(()),
        }
    }

    /// Keeps the file, which replaced one of `replaced` bytes.
    pub(super) fn keep(mut self, replaced: u64) {
        self.bytes = 0;
        self.usage.free(replaced);
        if let Some((id, _)) = self.part_of {
            self.usage.free_of_upload(id, replaced);
        }
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        self.usage.free(self.bytes);
        if let Some((id, _)) = self.part_of {
            self.usage.free_of_upload(id, self.bytes);
        }
    }
}
