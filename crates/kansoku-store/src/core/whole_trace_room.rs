//! The room of a read of whole traces.
use crate::WholeTraceLimits;

/// The progress of a read of whole traces.
#[derive(Debug)]
pub struct WholeTraceRoom {
    limits: WholeTraceLimits,
    bytes: u64,
}

/// The next step of a read at a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WholeTraceStep {
    Read,
    Omit,
    End,
}

impl WholeTraceRoom {
    pub fn new(limits: WholeTraceLimits) -> Self {
        Self { limits, bytes: 0 }
    }

    /// Decides by the bytes of a trace.
    pub fn step(&mut self, bytes: u64) -> WholeTraceStep {
        if self.limits.trace_bytes_max < bytes {
            return WholeTraceStep::Omit;
        }
        let sum = self.bytes.saturating_add(bytes);
        if self.limits.bytes_max < sum && 0 < self.bytes {
            return WholeTraceStep::End;
        }
        self.bytes = sum;
        WholeTraceStep::Read
    }
}

#[cfg(test)]
mod tests {
    use super::WholeTraceStep::{End, Omit, Read};
    use super::*;

    #[test]
    fn the_first_trace_is_read_and_the_one_that_exceeds_the_room_ends_the_read() {
        let mut room =
            WholeTraceRoom::new(WholeTraceLimits { trace_bytes_max: 100, bytes_max: 10 });
        assert_eq!([101, 100, 1].map(|bytes| room.step(bytes)), [Omit, Read, End]);
        let mut room =
            WholeTraceRoom::new(WholeTraceLimits { trace_bytes_max: 100, bytes_max: 10 });
        assert_eq!([9, 101, 1, 0, 1].map(|bytes| room.step(bytes)), [Read, Omit, Read, Read, End]);
    }
}
