//! Background maintenance.
pub(crate) mod clock;
