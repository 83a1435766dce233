//! What the store does for itself, and what is measured of it.
pub(crate) mod audit;
pub(crate) mod housekeeping;
pub(crate) mod reprice;
pub(crate) mod retention;
pub(crate) mod upkeep;
