//! Which columns of a trace a client said itself; spans never overrule those.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Given(pub(super) i64);

impl Given {
    /// A client wrote the trace's info, its time with it.
    pub(super) const INFO: Self = Self(1);
    pub(super) const DURATION: Self = Self(1 << 1);
    /// Only a final state counts as said: an open trace ends when its root does.
    pub(super) const STATE: Self = Self(1 << 2);
    pub(super) const NAME: Self = Self(1 << 3);
    pub(super) const REQUEST_PREVIEW: Self = Self(1 << 4);
    pub(super) const RESPONSE_PREVIEW: Self = Self(1 << 5);

    pub(super) fn has(self, part: Self) -> bool {
        self.0 & part.0 != 0
    }

    pub(super) fn add(&mut self, part: Self) {
        self.0 |= part.0;
    }

    pub(super) fn remove(&mut self, part: Self) {
        self.0 &= !part.0;
    }
}
