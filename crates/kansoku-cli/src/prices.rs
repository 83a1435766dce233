//! The price list: the built-in one, preceded by the user's own.
use std::path::Path;

use anyhow::Context as _;
use kansoku_pricing::PriceList;

pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<PriceList> {
    let Some(file) = file else { return Ok(PriceList::bundled()) };
    PriceList::with_file(&read(file)?)
        .with_context(|| format!("the price file {} is not valid", file.display()))
}

pub(crate) fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file)
        .with_context(|| format!("could not read the price file {}", file.display()))
}
