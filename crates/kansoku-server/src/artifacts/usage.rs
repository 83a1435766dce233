//! How much artifacts take up, counted as they come and go: a limit for all of them, and limits for
//! uploads in parts that nobody has completed.
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use kansoku_model::TimestampMs;

use super::folder::ArtifactError;

/// Uploads in parts that are not complete.
pub(super) const UPLOADS_MAX: usize = 1000;
/// All of them together may have so many times the bytes of the largest file.
const UPLOADED_FILES_MAX: u64 = 4;
/// Uploads of which no part came for so long are deleted.
const ABANDONED_AFTER_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug)]
pub(super) struct Usage {
    /// All files together; not counted without a limit.
    bytes: AtomicU64,
    bytes_max: Option<u64>,
    uploads: Mutex<HashMap<String, UploadUse>>,
}

/// An upload in parts.
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

    /// Counts what an upload no longer has.
    pub(super) fn end_upload(&self, id: &str) {
        self.uploads.lock().expect("counting never panics").remove(id);
    }

    /// Uploads that nobody goes on with.
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

    /// A part replaced an older one of so many bytes, or was deleted.
    pub(super) fn free_of_upload(&self, id: &str, bytes: u64) {
        let mut uploads = self.uploads.lock().expect("counting never panics");
        if let Some(upload) = uploads.get_mut(id) {
            upload.bytes = upload.bytes.saturating_sub(bytes);
        }
    }
}

/// The bytes of a file while it arrives; released unless the file is kept.
pub(super) struct Charge<'a> {
    usage: &'a Usage,
    file_bytes_max: u64,
    /// The upload that the file is a part of, and the time.
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

    /// Refuses bytes that are more than anything allows.
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

    /// The file is in its place, where one of so many bytes was before.
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
