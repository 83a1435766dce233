//! The columns of a trace that a client has set; spans do not override them.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientOverrides(pub i64);

impl ClientOverrides {
    /// A client wrote the trace's info, including its time.
    pub const INFO: Self = Self(1);
    pub const DURATION: Self = Self(1 << 1);
    /// Set only for a final state: an open trace ends when its root ends.
    pub const STATE: Self = Self(1 << 2);
    pub const NAME: Self = Self(1 << 3);
    pub const REQUEST_PREVIEW: Self = Self(1 << 4);
    pub const RESPONSE_PREVIEW: Self = Self(1 << 5);

    pub fn has(self, part: Self) -> bool {
        self.0 & part.0 != 0
    }

    pub fn add(&mut self, part: Self) {
        self.0 |= part.0;
    }

    pub fn remove(&mut self, part: Self) {
        self.0 &= !part.0;
    }
}
