//! Merges the chunks of a trace that no longer changes, up to the size of one frame.
use super::codec::{FRAME_BYTES_MAX, can_use_dictionary};

/// Chunks of one kind that were merged into one.
pub struct Merged<I> {
    pub ids: Vec<I>,
    pub bytes: Vec<u8>,
}

/// Merges the chunks of a trace, which are pushed oldest first.
pub struct Merger<I> {
    ids: Vec<I>,
    bytes: Vec<u8>,
    /// The last chunk was compressed without a dictionary, and one exists now.
    is_early: bool,
}

impl<I> Default for Merger<I> {
    fn default() -> Self {
        Self { ids: Vec::new(), bytes: Vec::new(), is_early: false }
    }
}

impl<I> Merger<I> {
    /// Adds a chunk; returns the merged chunks before it, if this one does not fit with them.
    pub fn push(&mut self, id: I, bytes: &[u8], is_early: bool) -> Option<Merged<I>> {
        let full = match FRAME_BYTES_MAX < self.bytes.len() + bytes.len() {
            true => self.finish(),
            false => None,
        };
        self.is_early = is_early;
        self.ids.push(id);
        // Concatenated protobuf messages are one message whose repeated fields are concatenated.
        self.bytes.extend_from_slice(bytes);
        full
    }

    /// Returns the remaining chunks as one. A single chunk is not rewritten (`None`) unless it gets
    /// smaller.
    pub fn finish(&mut self) -> Option<Merged<I>> {
        let (ids, bytes) = (std::mem::take(&mut self.ids), std::mem::take(&mut self.bytes));
        let is_early = std::mem::take(&mut self.is_early);
        let gets_smaller = is_early && can_use_dictionary(bytes.len());
        (1 < ids.len() || gets_smaller).then_some(Merged { ids, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_as_far_as_a_frame_reaches() {
        let mut merger = Merger::default();
        assert!(merger.push(1, b"ab", false).is_none());
        assert!(merger.push(2, b"cd", false).is_none());
        let large = vec![0; FRAME_BYTES_MAX - 1];
        let full = merger.push(3, &large, false).unwrap();
        assert_eq!((full.ids, full.bytes), (vec![1, 2], b"abcd".to_vec()));
        // A single chunk has been merged already.
        assert!(merger.push(4, b"ef", false).is_none());
        assert!(merger.finish().is_none());
    }

    #[test]
    fn one_alone_from_before_there_was_a_dictionary_is_compressed_anew() {
        let mut merger = Merger::default();
        assert!(merger.push(1, &[b'x'; 1000], true).is_none());
        assert_eq!(merger.finish().unwrap().ids, [1]);
        assert!(merger.finish().is_none());
    }
}
