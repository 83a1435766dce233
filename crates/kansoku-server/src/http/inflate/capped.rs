//! The output of a decoder, within limits.
use std::io::{self, Write};

use crate::http::body_budget::{BudgetExceeded, Reservation};

/// Output that fails once it exceeds a limit, or there is no memory for it.
pub(super) struct Capped {
    pub(super) bytes: Vec<u8>,
    /// Memory of the decoder itself, in bytes.
    pub(super) beside_bytes: usize,
    bytes_max: usize,
    reserved: Reservation,
}

impl Capped {
    pub(super) fn new(bytes_max: usize, reserved: &Reservation) -> Self {
        Self { bytes: Vec::new(), beside_bytes: 0, bytes_max, reserved: reserved.clone() }
    }

    pub(super) fn reserve(&self, bytes: usize) -> io::Result<()> {
        let reserved = self.reserved.grow_to(bytes + self.beside_bytes);
        reserved.map_err(|BudgetExceeded| io::ErrorKind::OutOfMemory.into())
    }
}

impl Write for Capped {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if self.bytes_max - self.bytes.len() < chunk.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.reserve(self.bytes.len() + chunk.len())?;
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
