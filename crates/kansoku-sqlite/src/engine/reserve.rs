//! A file that reserves space, and is deleted when the disk is full so that traces can be deleted.
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

const NAME: &str = "reserve";
/// Free space required beside the reserve to restore it; otherwise the next writes would fill the
/// disk at once.
const MARGIN_BYTES: u64 = 16 << 20;

pub(crate) struct Reserve {
    path: PathBuf,
    bytes: u64,
}

impl Reserve {
    /// Reserves `bytes` by a file in `folder`; 0 reserves nothing. If the disk has no room for the
    /// file, this is only logged.
    pub(crate) fn keep(folder: &Path, bytes: u64) -> Self {
        let reserve = Self { path: folder.join(NAME), bytes };
        let is_kept = fs::metadata(&reserve.path).is_ok_and(|file| file.len() == bytes);
        let kept = match bytes {
            0 => Ok(()),
            _ if is_kept => Ok(()),
            _ => reserve.restore(),
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "there is no room for the reserve of {bytes} bytes, which lets traces be deleted when the disk is full");
        }
        reserve
    }

    /// Deletes the file, which makes its space available.
    pub(crate) fn release(&self) {
        if 0 < self.bytes
            && let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the reserve file could not be released");
        }
    }

    /// Reserves the space again. Fails if the disk has less than the reserve and [`MARGIN_BYTES`].
    pub(crate) fn restore(&self) -> io::Result<()> {
        if self.bytes == 0 {
            return Ok(());
        }
        let taken = self.allocate();
        if taken.is_err() {
            let _ = fs::remove_file(&self.path);
        }
        taken
    }

    fn allocate(&self) -> io::Result<()> {
        let mut file = File::create(&self.path)?;
        match fallocate(&file, FallocateFlags::empty(), 0, self.bytes + MARGIN_BYTES) {
            Ok(()) => {}
            // The file system does not support `fallocate`: write incompressible bytes instead.
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                let mut bytes = io::Read::take(Noise(1), self.bytes + MARGIN_BYTES);
                io::copy(&mut bytes, &mut file)?;
            }
            Err(error) => return Err(error.into()),
        }
        file.set_len(self.bytes)
    }
}

/// Pseudorandom bytes, which do not compress.
struct Noise(u64);

impl io::Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for part in buffer.chunks_mut(8) {
            // xorshift
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            part.copy_from_slice(&self.0.to_le_bytes()[..part.len()]);
        }
        Ok(buffer.len())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn a_reserve_takes_the_space_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::keep(folder.path(), 1 << 20);
        let file = || fs::metadata(folder.path().join(NAME));
        assert_eq!(file().unwrap().len(), 1 << 20);
        assert!(1 << 20 <= file().unwrap().blocks() * 512);
        reserve.release();
        assert!(file().is_err());
        reserve.restore().unwrap();
        assert_eq!(file().unwrap().len(), 1 << 20);
        // More than any disk provides.
        let too_large = Reserve { path: folder.path().join("large"), bytes: 1 << 60 };
        assert!(too_large.restore().is_err());
        assert!(!folder.path().join("large").exists());
        let none = Reserve::keep(folder.path(), 0);
        none.release();
        none.restore().unwrap();
    }
}
