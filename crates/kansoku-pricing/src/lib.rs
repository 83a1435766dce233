//! Computes the cost of tokens from a dated price list, with exact arithmetic.
//!
//! Prices are decimals per million tokens in a TOML file. The price of one token is a whole number
//! of units of 10⁻¹² dollars, so no sum is ever rounded. A model that is not in the list has no
//! price, because the price of a similar model would be a guess. Nothing here does I/O.
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
