//! The TOML form of a price list. It is read strictly: each error names its line.
use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::PriceFileError;
use crate::bill::{Rates, Tier};
use crate::date::Day;
use crate::rate::Rate;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceFile {
    #[serde(default)]
    pub(crate) provider: Vec<ProviderEntry>,
    #[serde(default)]
    pub(crate) model: Vec<ModelEntry>,
}

/// A seller of tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderEntry {
    pub(crate) name: Spanned<String>,
    /// Other names by which spans refer to it.
    #[serde(default)]
    pub(crate) also: Vec<Spanned<String>>,
    /// The page from which its prices were taken, and the day they were checked.
    #[serde(default, rename = "source")]
    _source: Option<String>,
    #[serde(default, rename = "checked")]
    _checked: Option<Day>,
    /// Providers whose prices it charges for models without a price of its own.
    #[serde(default)]
    pub(crate) sells: Vec<Spanned<String>>,
    /// Whether it bills all models that it serves, so that no other provider's price applies.
    #[serde(default)]
    pub(crate) exclusive: bool,
    /// Whether its prices apply only if a span names the provider, because others use the same
    /// model names.
    #[serde(default)]
    pub(crate) named_only: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelEntry {
    /// The seller; if absent, the prices apply to any seller.
    pub(crate) provider: Option<Spanned<String>>,
    /// Names of the model; `*` stands for any text.
    pub(crate) names: Spanned<Vec<Spanned<String>>>,
    /// Prices from old to new.
    pub(crate) prices: Spanned<Vec<Spanned<PriceEntry>>>,
}

/// Rates of a model from a day on, of one of its service tiers, or of its long requests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceEntry {
    from: Option<Day>,
    /// The day on which the price ends, if the next price is not known.
    until: Option<Day>,
    /// For long requests: they apply to requests with more than this many input tokens.
    over: Option<u64>,
    /// For tiers: the percentage of the standard rates, instead of separate rates.
    percent: Option<u16>,
    input: Option<Rate>,
    output: Option<Rate>,
    cache_read: Option<Rate>,
    cache_write: Option<Rate>,
    cache_write_1h: Option<Rate>,
    reasoning: Option<Rate>,
    #[serde(default)]
    long: Vec<Spanned<PriceEntry>>,
    #[serde(default)]
    tiers: BTreeMap<String, Spanned<PriceEntry>>,
}

/// All rates of a model from a day on.
#[derive(Debug)]
pub(crate) struct Price {
    pub(crate) from_ns: Option<i64>,
    pub(crate) until_ns: Option<i64>,
    pub(crate) standard: Tier,
    pub(crate) tiers: BTreeMap<String, Tier>,
}

pub(crate) fn read(text: &str) -> Result<PriceFile, PriceFileError> {
    toml::from_str(text).map_err(|error| PriceFileError::of_toml(text, &error))
}

impl ModelEntry {
    pub(crate) fn prices(&self, text: &str) -> Result<Vec<Price>, PriceFileError> {
        let mut prices: Vec<Price> = Vec::new();
        for entry in self.prices.get_ref() {
            let price = price(text, entry)?;
            let not_later = prices.last().is_some_and(|last| price.from_ns <= last.from_ns);
            if not_later {
                let message = "each price needs a `from` later than the one before it";
                return Err(PriceFileError::new(text, entry.span(), message));
            }
            prices.push(price);
        }
        if prices.is_empty() {
            return Err(PriceFileError::new(text, self.prices.span(), "`prices` is empty"));
        }
        Ok(prices)
    }
}

fn price(text: &str, entry: &Spanned<PriceEntry>) -> Result<Price, PriceFileError> {
    let said = entry.get_ref();
    let wrong = |message: &str| Err(PriceFileError::new(text, entry.span(), message));
    if said.over.is_some() || said.percent.is_some() {
        return wrong("`over` belongs into `long`, and `percent` into `tiers`");
    }
    let standard = tier(text, entry)?;
    let mut tiers = BTreeMap::new();
    for (name, entry) in &said.tiers {
        let own = entry.get_ref();
        let wrong = |message: &str| Err(PriceFileError::new(text, entry.span(), message));
        if own.has_days() || own.over.is_some() || !own.tiers.is_empty() {
            return wrong("a tier has no `from`, `until`, `over` or `tiers`");
        }
        let tier = match own.percent {
            None => tier(text, entry)?,
            Some(_) if own.has_rates() || !own.long.is_empty() => {
                return wrong("a tier has either `percent` or rates of its own");
            }
            Some(percent) => match part_of(&standard, percent) {
                Some(tier) => tier,
                None => return wrong("that part of a rate is not exact; write the tier's rates"),
            },
        };
        tiers.insert(plain_tier(name), tier);
    }
    let [from_ns, until_ns] = [said.from, said.until].map(|day| day.map(|day| day.start_ns));
    if until_ns.is_some_and(|until_ns| from_ns.is_some_and(|from_ns| until_ns <= from_ns)) {
        return wrong("`until` is not later than `from`");
    }
    Ok(Price { from_ns, until_ns, standard, tiers })
}

/// A tier's name in the form in which tiers are compared: `On-Demand` becomes `on_demand`.
pub(crate) fn plain_tier(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace(['-', ' '], "_")
}

fn tier(text: &str, entry: &Spanned<PriceEntry>) -> Result<Tier, PriceFileError> {
    let said = entry.get_ref();
    let rates = rates(text, entry)?;
    let mut long: Vec<(u64, Rates)> = Vec::new();
    for entry in &said.long {
        let own = entry.get_ref();
        let wrong = |message: &str| Err(PriceFileError::new(text, entry.span(), message));
        let nested = !own.long.is_empty() || !own.tiers.is_empty();
        if own.has_days() || own.percent.is_some() || nested {
            return wrong("an entry of `long` has `over` and rates only");
        }
        let Some(over) = own.over else { return wrong("`over` is missing") };
        if long.last().is_some_and(|(last, _)| over <= *last) {
            return wrong("`long` goes from the smallest `over` to the largest");
        }
        if own.output.is_some() != said.output.is_some() {
            return wrong("`output` must stand both here and in the rates around, or in neither");
        }
        long.push((over, self::rates(text, entry)?));
    }
    Ok(Tier { rates, long })
}

/// The rates of an entry. A kind without a rate has the rate of the most similar kind.
fn rates(text: &str, entry: &Spanned<PriceEntry>) -> Result<Rates, PriceFileError> {
    let said = entry.get_ref();
    let Some(input) = said.input else {
        return Err(PriceFileError::new(text, entry.span(), "`input` is missing"));
    };
    // Embedding models have no output.
    let output = said.output.unwrap_or_default();
    let cache_write = said.cache_write.unwrap_or(input);
    Ok(Rates {
        input,
        output,
        cache_read: said.cache_read.unwrap_or(input),
        cache_write,
        cache_write_1h: said.cache_write_1h.unwrap_or(cache_write),
        reasoning: said.reasoning.unwrap_or(output),
    })
}

impl PriceEntry {
    fn has_days(&self) -> bool {
        self.from.is_some() || self.until.is_some()
    }

    fn has_rates(&self) -> bool {
        let own = [self.input, self.output, self.cache_read, self.cache_write];
        own.into_iter().chain([self.cache_write_1h, self.reasoning]).any(|rate| rate.is_some())
    }
}

fn part_of(tier: &Tier, percent: u16) -> Option<Tier> {
    let part = |rates: &Rates| {
        Some(Rates {
            input: rates.input.percent(percent)?,
            output: rates.output.percent(percent)?,
            cache_read: rates.cache_read.percent(percent)?,
            cache_write: rates.cache_write.percent(percent)?,
            cache_write_1h: rates.cache_write_1h.percent(percent)?,
            reasoning: rates.reasoning.percent(percent)?,
        })
    };
    let long = tier.long.iter().map(|(over, rates)| Some((*over, part(rates)?)));
    Some(Tier { rates: part(&tier.rates)?, long: long.collect::<Option<_>>()? })
}
