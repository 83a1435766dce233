//! What tokens cost: a dated price list, and exact arithmetic over it.
//!
//! Prices are decimals per million tokens in a TOML file; one token's price is a whole number of
//! 10⁻¹² dollars, so no sum is ever rounded. A model the list does not know has no price: the
//! price of a neighbour would be a guess. Nothing here does I/O.
mod bill;
mod date;
mod error;
mod file;
mod list;
mod name;
mod rate;
mod usage;

pub use error::PriceFileError;
pub use list::{PriceList, Tokens};
pub use usage::usage_of;

#[cfg(test)]
mod tests;
