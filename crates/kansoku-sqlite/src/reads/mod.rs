//! What searches, lists and screens read.
pub(crate) mod correlation;
pub(crate) mod facts;
pub(crate) mod infos;
pub(crate) mod keys;
pub(crate) mod list_bounds;
pub(crate) mod outlines;
pub(crate) mod search;
pub(crate) mod session_place;
pub(crate) mod sessions;
pub(crate) mod skeleton;
pub(crate) mod span_list;
pub(crate) mod turns;
