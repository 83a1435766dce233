//! Authentication and authorization.
pub(crate) mod rights;
pub(crate) mod tokens;
