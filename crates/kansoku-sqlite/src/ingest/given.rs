//! Which columns of a trace a client said itself; spans never overrule those.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given(pub(crate) i64);

impl Given {
    /// A client wrote the trace's info, its time with it.
    pub(crate) const INFO: Self = Self(1);
    pub(crate) const DURATION: Self = Self(1 << 1);
    /// Only a final state counts as said: an open trace ends when its root does.
    pub(crate) const STATE: Self = Self(1 << 2);
    pub(crate) const NAME: Self = Self(1 << 3);
    pub(crate) const REQUEST_PREVIEW: Self = Self(1 << 4);
    pub(crate) const RESPONSE_PREVIEW: Self = Self(1 << 5);

    pub(crate) fn has(self, part: Self) -> bool {
        self.0 & part.0 != 0
    }

    pub(crate) fn add(&mut self, part: Self) {
        self.0 |= part.0;
    }

    pub(crate) fn remove(&mut self, part: Self) {
        self.0 &= !part.0;
    }
}
